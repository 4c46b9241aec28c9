//! When to ask again what another process has not answered.

use std::time::Duration;

use uuid::Uuid;

const FIRST: Duration = Duration::from_millis(200);
/// Of what is as young as this, everything is decided within ten seconds of its peers being back: after one pause it is asked
/// for, and the answers of two steps may each be lost once.
const NEW: Duration = Duration::from_mins(1);
const MOST_WHILE_NEW: Duration = Duration::from_secs(2);
const YOUNG: Duration = Duration::from_mins(10);
const MOST_WHILE_YOUNG: Duration = Duration::from_secs(5);
const LATER: Duration = Duration::from_mins(1);
const OLD: Duration = Duration::from_hours(24);
const MUCH_LATER: Duration = Duration::from_mins(10);

/// How long to wait before something is tried again that was repeated so often and is so old: soon at first, rarely
/// when its peer has been away for long. Up to a fifth longer by its id: what failed together is not tried again
/// together.
pub fn pause(id: Uuid, repeated: u32, age: Duration) -> Duration {
    let regular = if age >= OLD {
        MUCH_LATER
    } else if age >= YOUNG {
        LATER
    } else {
        let most = if age >= NEW { MOST_WHILE_YOUNG } else { MOST_WHILE_NEW };
        FIRST.saturating_mul(1 << repeated.min(10)).min(most)
    };
    regular + regular.mul_f64(spread(id, repeated) / 5.0)
}

/// A number from 0 to 1 that looks like chance and is the same for the same try of the same thing.
fn spread(id: Uuid, repeated: u32) -> f64 {
    // The finaliser of SplitMix64.
    let mut mixed = id.as_u64_pair().1 ^ (u64::from(repeated) << 32);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    f64::from(u32::try_from(mixed >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn is_about(pause: Duration, regular: Duration) -> bool {
        regular <= pause && pause <= regular.mul_f64(1.2)
    }

    #[test]
    fn pauses_double_and_grow_with_age() {
        for (repeated, new, young) in [
            (0, 200, 200),
            (1, 400, 400),
            (2, 800, 800),
            (3, 1_600, 1_600),
            (4, 2_000, 3_200),
            (5, 2_000, 5_000),
            (u32::MAX, 2_000, 5_000),
        ] {
            for (age, millis) in [(Duration::from_secs(59), new), (NEW, young)] {
                let pause = pause(ID, repeated, age);
                let regular = Duration::from_millis(millis);
                assert!(is_about(pause, regular), "{repeated}, {age:?}: {pause:?}");
            }
        }
        for (age, regular) in [(YOUNG, LATER), (OLD - Duration::from_secs(1), LATER), (OLD, MUCH_LATER)] {
            assert!(is_about(pause(ID, 9, age), regular), "{age:?}");
        }
    }

    #[test]
    fn what_failed_together_comes_back_one_by_one() {
        let pauses: std::collections::BTreeSet<Duration> = (0..1_000)
            .map(|id| pause(Uuid::from_u128(id), 3, Duration::ZERO))
            .collect();
        assert!(pauses.len() > 990, "{}", pauses.len());
        let spread = *pauses.last().unwrap() - *pauses.first().unwrap();
        assert!(spread > Duration::from_millis(300), "{spread:?}");
    }
}
