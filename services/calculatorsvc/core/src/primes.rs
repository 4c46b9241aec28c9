//! Prime numbers, one at a time.

use kernel::{Classify, ErrorKind, Violation};

/// The largest limit that may be asked for: a sieve of it is 1 MB.
pub const MAX_LIMIT: i32 = 1_000_000;

/// The limit is outside 0 to [`MAX_LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limit must be between 0 and {MAX_LIMIT}")]
pub struct BadLimit;

impl Classify for BadLimit {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
    fn reason(&self) -> &str {
        "INVALID_INPUT"
    }
    fn violations(&self) -> Vec<Violation> {
        vec![Violation::new("limit", format!("must be between 0 and {MAX_LIMIT}"))]
    }
}

/// The primes up to and including a limit, ascending (sieve of Eratosthenes).
#[derive(Debug)]
pub struct Primes {
    composite: Vec<bool>,
    next: usize,
}

impl Primes {
    /// Prepares the primes up to `limit`.
    ///
    /// # Errors
    /// The limit is negative or above [`MAX_LIMIT`].
    pub fn try_up_to(limit: i32) -> Result<Self, BadLimit> {
        if limit > MAX_LIMIT {
            return Err(BadLimit);
        }
        let limit = usize::try_from(limit).map_err(|_| BadLimit)?;
        let mut composite = vec![false; limit + 1];
        let mut n = 2;
        while n * n <= limit {
            if !composite[n] {
                for multiple in (n * n..=limit).step_by(n) {
                    composite[multiple] = true;
                }
            }
            n += 1;
        }
        Ok(Self { composite, next: 2 })
    }
}

impl Iterator for Primes {
    type Item = i32;
    fn next(&mut self) -> Option<i32> {
        let offset = self
            .composite
            .get(self.next..)?
            .iter()
            .position(|composite| !composite)?;
        let prime = self.next + offset;
        self.next = prime + 1;
        i32::try_from(prime).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primes_to_thirty_are_ten() {
        let primes: Vec<i32> = Primes::try_up_to(30).unwrap().collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
    }

    #[test]
    fn the_limit_itself_counts() {
        assert_eq!(Primes::try_up_to(7).unwrap().last(), Some(7));
        assert_eq!(Primes::try_up_to(1).unwrap().next(), None);
        assert_eq!(Primes::try_up_to(0).unwrap().next(), None);
    }

    #[test]
    fn there_are_78498_primes_below_a_million() {
        assert_eq!(Primes::try_up_to(1_000_000).unwrap().count(), 78_498);
    }

    #[test]
    fn limits_outside_the_range_are_refused() {
        for limit in [-1, 1_000_001, i32::MAX, i32::MIN] {
            assert_eq!(Primes::try_up_to(limit).err(), Some(BadLimit), "{limit}");
        }
    }
}
