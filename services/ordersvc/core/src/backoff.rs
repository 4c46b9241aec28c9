//! When to ask again what was not answered.

use std::time::Duration;

use uuid::Uuid;

const FIRST: Duration = Duration::from_millis(200);
const MOST_WHILE_YOUNG: Duration = Duration::from_secs(5);
const YOUNG: Duration = Duration::from_mins(10);
const LATER: Duration = Duration::from_mins(1);
const OLD: Duration = Duration::from_hours(24);
const MUCH_LATER: Duration = Duration::from_mins(10);

/// How long to wait after so many tries of a step of this age, up to a fifth longer: what failed together is
/// not tried again together.
pub(crate) fn pause(order: Uuid, tries: u32, age: Duration) -> Duration {
    let regular = if age >= OLD {
        MUCH_LATER
    } else if age >= YOUNG {
        LATER
    } else {
        FIRST.saturating_mul(1 << tries.min(10)).min(MOST_WHILE_YOUNG)
    };
    regular + regular.mul_f64(spread(order, tries) / 5.0)
}

/// A number from 0 to 1 that looks like chance and is the same for the same try of the same order.
fn spread(order: Uuid, tries: u32) -> f64 {
    // The finaliser of SplitMix64.
    let mut mixed = order.as_u64_pair().1 ^ (u64::from(tries) << 32);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    f64::from(u32::try_from(mixed >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}
