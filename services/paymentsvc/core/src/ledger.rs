use std::fmt;

use kernel::Money;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{OperationId, PaymentId};

/// An account of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What cards let us take and we have not taken.
    Authorizations,
    /// The other side of [`Account::Authorizations`].
    AuthorizationHolds,
    /// What the provider owes us.
    ProviderClearing,
    /// What was sold.
    Sales,
    /// What was given back.
    Refunds,
}

impl Account {
    /// Every account.
    pub const ALL: [Account; 5] = [
        Account::Authorizations,
        Account::AuthorizationHolds,
        Account::ProviderClearing,
        Account::Sales,
        Account::Refunds,
    ];

    /// The name in contracts and databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Account::Authorizations => "authorizations",
            Account::AuthorizationHolds => "authorization_holds",
            Account::ProviderClearing => "provider_clearing",
            Account::Sales => "sales",
            Account::Refunds => "refunds",
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why money moves; decides between which accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Movement {
    /// A card let us take money.
    Hold,
    /// What was held is no longer: it was taken, or given up.
    Release,
    /// Money was taken.
    Capture,
    /// Money was given back.
    Refund,
}

impl Movement {
    /// Every movement.
    pub const ALL: [Movement; 4] = [Movement::Hold, Movement::Release, Movement::Capture, Movement::Refund];

    /// The account that is debited.
    pub const fn debit(self) -> Account {
        match self {
            Movement::Hold => Account::Authorizations,
            Movement::Release => Account::AuthorizationHolds,
            Movement::Capture => Account::ProviderClearing,
            Movement::Refund => Account::Refunds,
        }
    }

    /// The account that is credited.
    pub const fn credit(self) -> Account {
        match self {
            Movement::Hold => Account::AuthorizationHolds,
            Movement::Release => Account::Authorizations,
            Movement::Capture => Account::Sales,
            Movement::Refund => Account::ProviderClearing,
        }
    }

    /// The name in databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Movement::Hold => "HOLD",
            Movement::Release => "RELEASE",
            Movement::Capture => "CAPTURE",
            Movement::Refund => "REFUND",
        }
    }
}

/// One movement of money: two entries that sum to nothing, whatever the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// Identity.
    pub id: Uuid,
    /// Which payment it belongs to.
    pub payment_id: PaymentId,
    /// What it is the effect of; an operation has one transfer of a kind at most.
    pub operation_id: OperationId,
    /// Why, and between which accounts.
    pub movement: Movement,
    /// How much; more than nothing.
    pub amount: Money,
    /// When it was booked.
    pub created_at: OffsetDateTime,
}

impl Transfer {
    /// Both sides: what is added to which account, a debit positive, a credit negative.
    pub const fn entries(&self) -> [(Account, i64); 2] {
        [
            (self.movement.debit(), self.amount.minor()),
            (self.movement.credit(), -self.amount.minor()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use kernel::Currency;

    use super::*;

    #[test]
    fn the_sides_of_every_movement_sum_to_nothing_and_are_on_two_accounts() {
        for movement in Movement::ALL {
            for minor in [1, 100, i64::MAX] {
                let transfer = Transfer {
                    id: Uuid::nil(),
                    payment_id: PaymentId::new(Uuid::nil()),
                    operation_id: OperationId::new(Uuid::nil()),
                    movement,
                    amount: Money::new(minor, Currency::USD),
                    created_at: OffsetDateTime::UNIX_EPOCH,
                };
                let [debit, credit] = transfer.entries();
                assert_eq!(debit.1 + credit.1, 0);
                assert!(debit.1 > 0);
                assert_ne!(debit.0, credit.0);
            }
        }
    }

    #[test]
    fn a_release_undoes_a_hold() {
        assert_eq!(Movement::Hold.debit(), Movement::Release.credit());
        assert_eq!(Movement::Hold.credit(), Movement::Release.debit());
    }
}
