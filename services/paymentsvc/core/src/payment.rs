use kernel::{Money, UserId};
use time::OffsetDateTime;

pub(crate) use self::draft::checked_text;
pub use self::{
    ask::{Ask, NotPossible},
    draft::{PaymentDraft, PaymentFields},
    settle::{Answer, ProviderRefused, SettleIds, Settlement, Settling},
    status::Status,
};
use crate::{
    Card, Operation, OperationId, OperationKind, OperationStatus,
    ports::{ChargeId, RefusalReason},
};

mod ask;
mod draft;
mod settle;
mod status;

kernel::typed_id!(
    /// A payment.
    PaymentId
);

kernel::typed_id!(
    /// An order that a payment pays for. What orders are, others know.
    OrderId
);

/// When the money of a payment is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaptureMethod {
    /// With the authorization.
    Automatic,
    /// When it is asked for.
    Manual,
}

impl CaptureMethod {
    /// Every method.
    pub const ALL: [CaptureMethod; 2] = [CaptureMethod::Automatic, CaptureMethod::Manual];

    /// The name in databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            CaptureMethod::Automatic => "AUTOMATIC",
            CaptureMethod::Manual => "MANUAL",
        }
    }
}

/// Money that was given back, or is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The operation that gives it back.
    pub id: OperationId,
    /// How much, in minor units of the payment's currency.
    pub amount_minor: i64,
    /// Where it is.
    pub status: OperationStatus,
    /// Why the provider refused it, if it did.
    pub failure: Option<RefusalReason>,
    /// Why it was made; may be empty.
    pub reason: String,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
}

/// A payment as those see it who may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentSnapshot {
    /// Identity.
    pub id: PaymentId,
    /// Which order it pays for, if one.
    pub order_id: Option<OrderId>,
    /// Whose it is.
    pub customer_id: UserId,
    /// Where it is in its life.
    pub status: Status,
    /// What was asked for; also tells the currency of the other amounts.
    pub amount: Money,
    /// When the money is taken.
    pub capture_method: CaptureMethod,
    /// What the provider authorized.
    pub authorized_minor: i64,
    /// What was taken.
    pub captured_minor: i64,
    /// What was given back.
    pub refunded_minor: i64,
    /// Why the card or the capture was refused, if one was.
    pub failure: Option<RefusalReason>,
    /// What is known of the card.
    pub card: Card,
    /// What it is for; may be empty.
    pub description: String,
    /// What was given back or is to be, oldest first.
    pub refunds: Vec<Refund>,
    /// Which of authorize, capture and void is undecided; one at most.
    pub pending: Option<OperationKind>,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// 1 when recorded, one more with each change.
    pub version: i64,
}

impl PaymentSnapshot {
    /// What was given back, and what is undecided of it.
    pub fn reserved_minor(&self) -> i64 {
        self.refunds
            .iter()
            .filter(|refund| refund.status != OperationStatus::Refused)
            .map(|refund| refund.amount_minor)
            .sum()
    }

    /// What of this amount is asked for.
    pub(crate) const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.amount.currency())
    }
}

/// A payment.
///
/// Its status only moves as [`Status::may_become`] allows. What is captured is at most what was authorized; refunds,
/// undecided ones too, sum to at most what was captured. At most one of authorize, capture and void is undecided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    state: PaymentSnapshot,
    payment_method: String,
    charge: Option<ChargeId>,
}

impl Payment {
    /// Begins a payment, PROCESSING, with the operation that authorizes it.
    pub fn begin(id: PaymentId, draft: PaymentDraft, card: Card, ask: Ask) -> (Self, Operation) {
        let now = ask.now;
        let state = PaymentSnapshot {
            id,
            order_id: draft.fields.order_id,
            customer_id: draft.fields.customer_id,
            status: Status::Processing,
            amount: draft.amount,
            capture_method: draft.fields.capture_method,
            authorized_minor: 0,
            captured_minor: 0,
            refunded_minor: 0,
            failure: None,
            card,
            description: draft.description,
            refunds: Vec::new(),
            pending: Some(OperationKind::Authorize),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let operation = ask.operation(&state, OperationKind::Authorize, state.amount.minor(), String::new());
        let payment = Self {
            state,
            payment_method: draft.fields.payment_method,
            charge: None,
        };
        (payment, operation)
    }

    /// Takes a payment as it was kept.
    pub const fn restore(state: PaymentSnapshot, payment_method: String, charge: Option<ChargeId>) -> Self {
        Self {
            state,
            payment_method,
            charge,
        }
    }

    /// As those see it who may.
    pub const fn snapshot(&self) -> &PaymentSnapshot {
        &self.state
    }

    /// As those see it who may, for good.
    pub fn into_snapshot(self) -> PaymentSnapshot {
        self.state
    }

    /// Identity.
    pub const fn id(&self) -> PaymentId {
        self.state.id
    }

    /// What pays, a token.
    pub fn payment_method(&self) -> &str {
        &self.payment_method
    }

    /// The provider's charge, once there is one.
    pub const fn charge(&self) -> Option<&ChargeId> {
        self.charge.as_ref()
    }

    /// Whether an operation may be recorded now: the condition under which a store keeps it.
    pub fn admits(&self, operation: &Operation) -> bool {
        let state = &self.state;
        match operation.kind {
            OperationKind::Authorize => false,
            OperationKind::Capture | OperationKind::Void => {
                state.status == Status::RequiresCapture
                    && state.pending.is_none()
                    && operation.amount.minor() <= state.authorized_minor
            }
            OperationKind::Refund => {
                state.status.is_captured() && operation.amount.minor() <= state.captured_minor - state.reserved_minor()
            }
        }
    }

    /// Notes an operation that it admits: from now on it is undecided.
    pub fn note(&mut self, operation: &Operation) {
        match operation.kind {
            OperationKind::Refund => self.state.refunds.push(Refund {
                id: operation.id,
                amount_minor: operation.amount.minor(),
                status: OperationStatus::Pending,
                failure: None,
                reason: operation.reason.clone(),
                created_at: operation.created_at,
            }),
            kind => self.state.pending = Some(kind),
        }
        self.touch(operation.created_at);
    }

    fn touch(&mut self, now: OffsetDateTime) {
        self.state.version += 1;
        self.state.updated_at = now;
    }
}

#[cfg(test)]
mod tests;
