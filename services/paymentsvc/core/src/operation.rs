use std::{fmt, time::Duration};

use kernel::{IdempotencyKey, Money};
use time::OffsetDateTime;

use crate::{PaymentId, ports::RefusalReason};

kernel::typed_id!(
    /// Something that the provider was asked to do; also the key under which it is asked.
    OperationId
);

/// How long whoever took an operation has it to itself: longer than the provider may take to answer.
pub const LEASE: Duration = Duration::from_secs(4);

/// What the provider is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationKind {
    /// To hold money.
    Authorize,
    /// To take what is held.
    Capture,
    /// To release what is held.
    Void,
    /// To give back what was taken.
    Refund,
}

impl OperationKind {
    /// Every kind.
    pub const ALL: [OperationKind; 4] = [
        OperationKind::Authorize,
        OperationKind::Capture,
        OperationKind::Void,
        OperationKind::Refund,
    ];

    /// The name in databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            OperationKind::Authorize => "AUTHORIZE",
            OperationKind::Capture => "CAPTURE",
            OperationKind::Void => "VOID",
            OperationKind::Refund => "REFUND",
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an operation is. Leaves [`OperationStatus::Pending`] once, and never comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationStatus {
    /// Recorded; what the provider did is not known.
    Pending,
    /// Done.
    Succeeded,
    /// Refused by the provider.
    Refused,
}

impl OperationStatus {
    /// Every status.
    pub const ALL: [OperationStatus; 3] = [
        OperationStatus::Pending,
        OperationStatus::Succeeded,
        OperationStatus::Refused,
    ];

    /// The name in databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            OperationStatus::Pending => "PENDING",
            OperationStatus::Succeeded => "SUCCEEDED",
            OperationStatus::Refused => "REFUSED",
        }
    }
}

impl fmt::Display for OperationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that the provider is asked to do. Recorded before it is asked, so that no crash loses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Identity, and the key under which the provider is asked.
    pub id: OperationId,
    /// Which payment it is about.
    pub payment_id: PaymentId,
    /// What is asked for.
    pub kind: OperationKind,
    /// How much of the payment it is about; more than nothing.
    pub amount: Money,
    /// Where it is.
    pub status: OperationStatus,
    /// Why it was refused, if it was.
    pub failure: Option<RefusalReason>,
    /// Why it was asked for; may be empty.
    pub reason: String,
    /// Who asked for it, as [`kernel::Caller`] displays it.
    pub actor: String,
    /// The key of the call that is answered with what becomes of it.
    pub key: Option<IdempotencyKey>,
    /// How often the provider was asked without an answer.
    pub tries: u32,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
    /// When it was settled, or recorded.
    pub updated_at: OffsetDateTime,
}

impl Operation {
    /// When the provider is asked again that has not answered just now: soon at first, rarely when it has been away
    /// for long. Operations that began together spread out.
    pub fn next_try_at(&self, now: OffsetDateTime) -> OffsetDateTime {
        now + spread(self.pause(now - self.created_at), self.id, self.tries)
    }

    fn pause(&self, age: time::Duration) -> Duration {
        const FIRST: Duration = Duration::from_millis(200);
        const LONGEST_AT_FIRST: Duration = Duration::from_secs(5);
        if age >= time::Duration::hours(24) {
            Duration::from_secs(600)
        } else if age >= time::Duration::minutes(10) {
            Duration::from_secs(60)
        } else {
            FIRST
                .saturating_mul(1 << self.tries.saturating_sub(1).min(16))
                .min(LONGEST_AT_FIRST)
        }
    }
}

/// Between three quarters of a pause and all of it, as the identity says: no two processes need agree on it.
fn spread(pause: Duration, id: OperationId, tries: u32) -> Duration {
    let bytes = id.as_uuid().into_bytes();
    let place = bytes
        .iter()
        .fold(tries, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    pause - pause / 4 * (place % 256) / 255
}

#[cfg(test)]
mod tests {
    use kernel::Currency;
    use uuid::Uuid;

    use super::*;

    fn operation(number: u128, tries: u32) -> Operation {
        Operation {
            id: OperationId::new(Uuid::from_u128(number)),
            payment_id: PaymentId::new(Uuid::nil()),
            kind: OperationKind::Authorize,
            amount: Money::new(1, Currency::USD),
            status: OperationStatus::Pending,
            failure: None,
            reason: String::new(),
            actor: String::new(),
            key: None,
            tries,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn pause(number: u128, tries: u32, age: time::Duration) -> time::Duration {
        let now = OffsetDateTime::UNIX_EPOCH + age;
        operation(number, tries).next_try_at(now) - now
    }

    #[test]
    fn the_provider_is_asked_again_soon_at_first_and_rarely_later() {
        let longest = [
            (1, time::Duration::ZERO, 200),
            (2, time::Duration::seconds(1), 400),
            (5, time::Duration::seconds(9), 3_200),
            (6, time::Duration::minutes(9), 5_000),
            (u32::MAX, time::Duration::minutes(9), 5_000),
            (40, time::Duration::minutes(10), 60_000),
            (900, time::Duration::hours(24), 600_000),
        ];
        for (tries, age, millis) in longest {
            for number in 0..300 {
                let pause = pause(number, tries, age);
                let longest = time::Duration::milliseconds(millis);
                assert!(
                    pause <= longest && pause >= longest / 4 * 3 - time::Duration::MILLISECOND,
                    "{tries} {age}: {pause}"
                );
            }
        }
    }

    #[test]
    fn operations_that_began_together_are_not_asked_for_together() {
        let mut pauses: Vec<_> = (0..256).map(|number| pause(number, 5, time::Duration::ZERO)).collect();
        pauses.sort();
        pauses.dedup();
        assert!(pauses.len() > 100, "{}", pauses.len());
    }
}
