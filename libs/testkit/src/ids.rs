use std::sync::atomic::{AtomicU64, Ordering};

use kernel::IdSource;
use uuid::Uuid;

/// Identifiers that are the same in every run: UUIDv7 in shape, counted up, apart for each seed.
#[derive(Debug)]
pub struct SeededIds {
    seed: u16,
    next: AtomicU64,
}

impl SeededIds {
    /// The identifiers of a seed.
    pub const fn new(seed: u16) -> Self {
        Self {
            seed,
            next: AtomicU64::new(1),
        }
    }
}

impl Default for SeededIds {
    fn default() -> Self {
        Self::new(0)
    }
}

impl IdSource for SeededIds {
    fn next(&self) -> Uuid {
        const BASE_MILLIS: u128 = 1_782_907_200_000;
        const VERSION_7: u128 = 0x7000 << 64;
        const VARIANT: u128 = 0x8000 << 48;
        let number = u128::from(self.next.fetch_add(1, Ordering::Relaxed));
        let millis = (BASE_MILLIS + number) << 80;
        Uuid::from_u128(millis | VERSION_7 | VARIANT | u128::from(self.seed) << 32 | (number & 0xffff_ffff))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_and_seeds_do_not_meet() {
        let (one, other) = (SeededIds::new(1), SeededIds::new(2));
        let (first, second) = (one.next(), one.next());
        assert!(first < second);
        assert_eq!(first.get_version_num(), 7);
        assert_ne!(first, other.next());
    }
}
