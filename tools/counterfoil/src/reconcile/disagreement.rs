//! What can be wrong, and what would end it.

use super::books::Id;

/// Two books that say different things of the same money, or something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disagreement {
    /// What kind it is.
    pub kind: Kind,
    /// Of which order, where it is of one.
    pub order_id: Option<Id>,
    /// Of which payment, where it is of one.
    pub payment_id: Option<Id>,
    /// Of which charge of the provider, where it is of one.
    pub charge_id: Option<String>,
    /// What should be.
    pub expected: String,
    /// What is.
    pub found: String,
}

/// What kinds there are. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The provider has not told for a day what became of a checkout.
    CheckoutNeedsAttention,
    /// A checkout has been running for long.
    CheckoutPending,
    /// The money of a cancelled order has been on its way back for long.
    RefundPending,
    /// The provider refused to give the money of a cancelled order back.
    RefundFailed,
    /// The provider was asked something about a payment long ago and has not answered.
    OperationPending,
    /// An order has not followed its payment.
    OrderBehindPayment,
    /// An order says that money moved, and its payment does not.
    OrderAheadOfPayment,
    /// The status of an order and its checkout exclude each other.
    OrderInconsistent,
    /// An order names a payment that does not exist, is another's, or names none where there must be one.
    OrderWithoutPayment,
    /// A payment names an order that does not exist.
    PaymentWithoutOrder,
    /// An order and its payment are about different amounts.
    AmountDiffers,
    /// An order and its payment are different customers'.
    CustomerDiffers,
    /// A payment holds or keeps money that its order does not account for.
    UnclaimedMoney,
    /// The status of a payment and its amounts exclude each other.
    PaymentInconsistent,
    /// A movement of the ledger does not sum to nothing.
    LedgerUnbalanced,
    /// The ledger and a payment say different things.
    LedgerDiffers,
    /// The ledger has entries of a payment that does not exist.
    LedgerWithoutPayment,
    /// The provider and a payment say different things.
    ProviderDiffers,
    /// The provider has no charge for a payment that it authorized.
    PaymentWithoutCharge,
    /// The provider has a charge that no payment asked for.
    ChargeWithoutPayment,
    /// The provider charged for one payment more than once.
    SeveralCharges,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 21] = [
        Kind::CheckoutNeedsAttention,
        Kind::CheckoutPending,
        Kind::RefundPending,
        Kind::RefundFailed,
        Kind::OperationPending,
        Kind::OrderBehindPayment,
        Kind::OrderAheadOfPayment,
        Kind::OrderInconsistent,
        Kind::OrderWithoutPayment,
        Kind::PaymentWithoutOrder,
        Kind::AmountDiffers,
        Kind::CustomerDiffers,
        Kind::UnclaimedMoney,
        Kind::PaymentInconsistent,
        Kind::LedgerUnbalanced,
        Kind::LedgerDiffers,
        Kind::LedgerWithoutPayment,
        Kind::ProviderDiffers,
        Kind::PaymentWithoutCharge,
        Kind::ChargeWithoutPayment,
        Kind::SeveralCharges,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::CheckoutNeedsAttention => "CHECKOUT_NEEDS_ATTENTION",
            Kind::CheckoutPending => "CHECKOUT_PENDING",
            Kind::RefundPending => "REFUND_PENDING",
            Kind::RefundFailed => "REFUND_FAILED",
            Kind::OperationPending => "OPERATION_PENDING",
            Kind::OrderBehindPayment => "ORDER_BEHIND_PAYMENT",
            Kind::OrderAheadOfPayment => "ORDER_AHEAD_OF_PAYMENT",
            Kind::OrderInconsistent => "ORDER_INCONSISTENT",
            Kind::OrderWithoutPayment => "ORDER_WITHOUT_PAYMENT",
            Kind::PaymentWithoutOrder => "PAYMENT_WITHOUT_ORDER",
            Kind::AmountDiffers => "AMOUNT_DIFFERS",
            Kind::CustomerDiffers => "CUSTOMER_DIFFERS",
            Kind::UnclaimedMoney => "UNCLAIMED_MONEY",
            Kind::PaymentInconsistent => "PAYMENT_INCONSISTENT",
            Kind::LedgerUnbalanced => "LEDGER_UNBALANCED",
            Kind::LedgerDiffers => "LEDGER_DIFFERS",
            Kind::LedgerWithoutPayment => "LEDGER_WITHOUT_PAYMENT",
            Kind::ProviderDiffers => "PROVIDER_DIFFERS",
            Kind::PaymentWithoutCharge => "PAYMENT_WITHOUT_CHARGE",
            Kind::ChargeWithoutPayment => "CHARGE_WITHOUT_PAYMENT",
            Kind::SeveralCharges => "SEVERAL_CHARGES",
        }
    }
}

/// What would end a disagreement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Asking the provider what became of this payment.
    Resolve(Id),
    /// Letting this order follow its payment.
    Sync(Id),
    /// A person, who may do this.
    Person(String),
}

impl Disagreement {
    /// What would end it.
    pub fn remedy(&self) -> Remedy {
        let sync = || match &self.order_id {
            Some(order) => Remedy::Sync(order.clone()),
            None => runbook(),
        };
        match self.kind {
            Kind::CheckoutNeedsAttention
            | Kind::CheckoutPending
            | Kind::RefundPending
            | Kind::OrderBehindPayment
            | Kind::UnclaimedMoney => sync(),
            Kind::OperationPending => match &self.payment_id {
                Some(payment) => Remedy::Resolve(payment.clone()),
                None => runbook(),
            },
            Kind::RefundFailed => match &self.payment_id {
                Some(payment) => Remedy::Person(format!("counterfoil payments refund {payment}")),
                None => runbook(),
            },
            _ => runbook(),
        }
    }
}

fn runbook() -> Remedy {
    Remedy::Person("a person: docs/runbooks/reconcile-finds-something.md".to_owned())
}

impl Remedy {
    /// The command or the place to look.
    pub fn text(&self) -> String {
        match self {
            Remedy::Resolve(payment) => format!("counterfoil payments resolve {payment}"),
            Remedy::Sync(order) => format!("counterfoil orders sync {order}"),
            Remedy::Person(text) => text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_tells_every_kind_and_whether_it_can_be_fixed() {
        let readme = include_str!("../../README.md");
        for kind in Kind::ALL {
            let row = format!("| `{}` |", kind.as_str());
            let row = readme.lines().find(|line| line.starts_with(&row)).unwrap_or_default();
            let found = Disagreement {
                kind,
                order_id: Some("order".to_owned()),
                payment_id: Some("payment".to_owned()),
                charge_id: None,
                expected: String::new(),
                found: String::new(),
            };
            let is_for_a_person = matches!(found.remedy(), Remedy::Person(_));
            assert_eq!(row.contains("a person"), is_for_a_person, "{kind:?}: {row}");
            assert_eq!(row.contains("`--fix`"), !is_for_a_person, "{kind:?}: {row}");
        }
    }
}
