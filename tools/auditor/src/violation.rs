use std::fmt;

use serde::Serialize;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// What can be wrong. The names are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Kind {
            $($(#[doc = $doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its stable name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// An order that a caller was told of is not there.
    AcknowledgedOrderMissing = "acknowledged-order-missing",
    /// A caller was told of a state of an order that its history does not have.
    AcknowledgedStateMissing = "acknowledged-state-missing",
    /// A caller was told something else of a version than its history tells.
    AcknowledgedStateDiffers = "acknowledged-state-differs",
    /// An order is in a status that the acknowledged one does not lead to.
    StatusWentBack = "status-went-back",
    /// A caller was told of a refund that is not there.
    AcknowledgedRefundMissing = "acknowledged-refund-missing",
    /// A caller was told of a failed attempt that the history does not have.
    RefusalWithoutTrace = "refusal-without-trace",
    /// An order that nobody asked for.
    UnaskedOrder = "unasked-order",
    /// One key was answered with two different things.
    AnswersDiffer = "answers-differ",
    /// What was asked under one key was done twice.
    KeyTookEffectTwice = "key-took-effect-twice",
    /// Two keys were told that the same attempt is theirs.
    AttemptUnderTwoKeys = "attempt-under-two-keys",
    /// Versions in a history are missing or come twice.
    VersionsNotGapless = "versions-not-gapless",
    /// A history has a step that is not allowed.
    IllegalTransition = "illegal-transition",
    /// An order is not as its last event tells.
    HistoryDisagreesWithOrder = "history-disagrees-with-order",
    /// An event is in the log twice.
    EventTwice = "event-twice",
    /// Positions of a log are missing or come twice.
    LogNotGapless = "log-not-gapless",
    /// Events have waited for their place in the log.
    EventsWaiting = "events-waiting",
    /// An order was shipped before its money was taken.
    ShippedBeforeCapture = "shipped-before-capture",
    /// The status of a payment does not fit its amounts.
    PaymentContradictsItself = "payment-contradicts-itself",
    /// The operations of a payment do not add up to its amounts.
    OperationsDisagreeWithPayment = "operations-disagree-with-payment",
    /// More was given back than taken.
    RefundsExceedCapture = "refunds-exceed-capture",
    /// The events of a payment are not a history that a payment can have.
    PaymentHistoryIllegal = "payment-history-illegal",
    /// One attempt of an order has two payments.
    AttemptPaidTwice = "attempt-paid-twice",
    /// One payment has two charges at the provider.
    PaymentChargedTwice = "payment-charged-twice",
    /// Money of one order was taken by two payments.
    OrderChargedTwice = "order-charged-twice",
    /// The provider has a charge that no payment knows.
    ChargeWithoutPayment = "charge-without-payment",
    /// A payment says that there is a charge which the provider does not have.
    PaymentWithoutCharge = "payment-without-charge",
    /// The provider has another amount or status than the payment.
    ProviderDisagreesWithPayment = "provider-disagrees-with-payment",
    /// The provider took more than was authorized or gave back more than it took.
    ProviderBooksImpossible = "provider-books-impossible",
    /// The ledger of a payment does not add up to its amounts.
    LedgerDisagreesWithPayment = "ledger-disagrees-with-payment",
    /// The sum of an account is not what payments or the provider say.
    LedgerAccountWrong = "ledger-account-wrong",
    /// A movement is in the ledger twice.
    LedgerMovementTwice = "ledger-movement-twice",
    /// A movement between accounts, or of an amount, that there is not.
    LedgerMovementImpossible = "ledger-movement-impossible",
    /// The checkout says PAID, and its payment is not captured whole.
    PaidWithoutCapture = "paid-without-capture",
    /// The order is confirmed, and its checkout says neither paid nor given back.
    ConfirmedWithoutPayment = "confirmed-without-payment",
    /// The order is cancelled, and its money is kept.
    CancelledWithMoneyKept = "cancelled-with-money-kept",
    /// The checkout says REFUNDED, and money is kept.
    RefundedWithMoneyKept = "refunded-with-money-kept",
    /// The checkout says PARTIALLY_REFUNDED, and the payment does not.
    PartialRefundDisagrees = "partial-refund-disagrees",
    /// The checkout says FAILED, or that nobody paid, and money is kept.
    FailedWithMoneyKept = "failed-with-money-kept",
    /// An earlier attempt of an order holds or keeps money.
    EarlierAttemptKeptMoney = "earlier-attempt-kept-money",
    /// The refund is said to have failed, and the provider refused none.
    RefundFailedUnfounded = "refund-failed-unfounded",
    /// The payment that a checkout names is not there, or is another order's.
    CheckoutPaymentMissing = "checkout-payment-missing",
    /// A payment has another amount, currency or customer than its order.
    PaymentDisagreesWithOrder = "payment-disagrees-with-order",
    /// A checkout is not decided, or its work is overdue.
    OrderStuck = "order-stuck",
    /// The provider was asked, and nobody knows what came of it.
    OperationStuck = "operation-stuck",
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Violation {
    /// What kind of thing.
    pub kind: Kind,
    /// What it is wrong with: `order <id>`, `payment <id>`, `key <key>`.
    pub subject: String,
    /// What was found and what was expected.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.kind, self.subject, self.text)
    }
}
