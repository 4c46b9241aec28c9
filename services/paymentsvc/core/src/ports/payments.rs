use async_trait::async_trait;
use kernel::{IdempotencyKey, Kept, KeyReused, Page, PageSize, PortError, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Answer, Operation, OperationId, OrderId, Payment, PaymentId, PaymentSnapshot, Settling, Status, Transfer};

/// The payments that are kept, with their operations and their ledger.
///
/// Every method MUST answer an error that classifies as UNAVAILABLE when the store is away, and MUST then have done
/// all of it or nothing. Whoever records an operation or takes it holds it until the time given; holding keeps others
/// from doing the same work, and nothing else rests on it.
#[async_trait]
pub trait Payments: Send + Sync {
    /// What a call with this key meets. An operation MUST be met for as long as it is kept, also when the answer
    /// that was kept under the key is not kept any more.
    async fn find_call(&self, key: &IdempotencyKey) -> Result<Option<Call>, CallError>;

    /// Keeps a new payment with the operation that authorizes it, held until `held_until`.
    ///
    /// MUST keep at most one payment for a key, at any concurrency: [`RecordError::KeyTaken`].
    async fn insert(
        &self,
        payment: &Payment,
        operation: &Operation,
        held_until: OffsetDateTime,
    ) -> Result<(), RecordError>;

    /// Records an operation of a payment that [admits](Payment::admits) it, held until `held_until`, and
    /// [notes](Payment::note) it in the payment.
    ///
    /// MUST judge by the payment as it is at that moment, at any concurrency: [`RecordError::NotAdmitted`]. MUST
    /// record at most one operation for a key: [`RecordError::KeyTaken`].
    async fn record(&self, operation: &Operation, held_until: OffsetDateTime) -> Result<(), RecordError>;

    /// Settles an operation: lets [`Payment::settle`] decide over payment and operation as they are at that moment,
    /// and keeps both with everything that comes of it. The answer is kept under the key of the operation; what
    /// follows is recorded, held until `held_until`. `seen` is both as the caller saw them last, which spares reading
    /// them when nothing has changed since; it MAY be old.
    ///
    /// MUST settle an operation once, at any concurrency; after that it MUST change nothing and answer what is there.
    async fn settle(
        &self,
        settling: &Settling,
        seen: Option<&Work>,
        held_until: OffsetDateTime,
    ) -> Result<Settled, PortError>;

    /// Keeps an answer that recorded no operation: a refusal, or that there was nothing left to do. Answers whether
    /// it is kept: MUST change nothing when the key has an answer or an operation already, at any concurrency.
    async fn keep(&self, key: &IdempotencyKey, answer: &Kept<Answer>) -> Result<bool, CallError>;

    /// The payment.
    async fn find(&self, id: PaymentId) -> Result<Option<Payment>, PortError>;

    /// The undecided operations of a payment, oldest first.
    async fn pending(&self, id: PaymentId) -> Result<Vec<Operation>, PortError>;

    /// Takes an operation that nobody holds, until `held_until`, whether it is due or not; counts the try. Of several
    /// who take it at one time, one gets it.
    async fn take(&self, id: OperationId, now: OffsetDateTime, held_until: OffsetDateTime) -> Result<Taken, PortError>;

    /// Takes undecided operations that are due and that nobody holds, until `held_until`, the longest due first, at
    /// most `limit`; counts the tries. Two who take at the same time MUST NOT get the same one, nor wait for each other.
    async fn take_due(
        &self,
        now: OffsetDateTime,
        held_until: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<Work>, PortError>;

    /// Lets go of an operation that is still undecided; it is due at `due_at`.
    async fn postpone(&self, id: OperationId, due_at: OffsetDateTime) -> Result<(), PortError>;

    /// How many operations are undecided, and when the oldest of them was recorded.
    async fn backlog(&self) -> Result<Backlog, PortError>;

    /// A page of payments, newest first: by time of recording, then by id.
    ///
    /// MUST neither skip nor repeat a payment that was there before the first page, however many are added.
    async fn list(
        &self,
        filter: &PaymentFilter,
        after: Option<PaymentCursor>,
        size: PageSize,
    ) -> Result<Page<PaymentSnapshot, PaymentCursor>, PortError>;

    /// A page of the ledger, of one payment or of all, newest first: by time of booking, then by id.
    async fn list_transfers(
        &self,
        payment_id: Option<PaymentId>,
        after: Option<TransferCursor>,
        size: PageSize,
    ) -> Result<Page<Transfer, TransferCursor>, PortError>;
}

/// What the provider has still to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// How many operations there are.
    pub undecided: u64,
    /// When the oldest of them was recorded.
    pub oldest: Option<OffsetDateTime>,
}

/// An operation and its payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What is asked for.
    pub operation: Operation,
    /// The payment as it is.
    pub payment: Payment,
}

/// What a call with a key meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// It was answered.
    Kept(Box<Kept<Answer>>),
    /// What it asked for is recorded, and undecided, or was decided long ago.
    Recorded(Box<Work>),
}

/// What came of taking one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is held now.
    Held(Box<Work>),
    /// Somebody else holds it.
    Busy,
    /// It is not undecided any more, or there is none.
    Settled,
}

/// An operation that is settled, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The payment as it is.
    pub payment: Payment,
    /// What followed by itself, when it was settled just now.
    pub next: Option<Operation>,
    /// What the call that asked is answered; none while what follows has taken over its key.
    pub answer: Option<Kept<Answer>>,
}

/// Why nothing is known of a call.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The key was used with another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(CallError { pass KeyReused, Store; });

/// Why an operation was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The payment does not admit it, or is not there.
    #[error("the payment does not admit the operation")]
    NotAdmitted,
    /// Another call with the key recorded one before.
    #[error("another call with the idempotency key was faster")]
    KeyTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

/// Which payments to list; what is `None` lets every payment pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentFilter {
    /// Only of this customer.
    pub customer_id: Option<UserId>,
    /// Only of this order.
    pub order_id: Option<OrderId>,
    /// Only with this status.
    pub status: Option<Status>,
}

impl PaymentFilter {
    /// Whether a payment passes.
    pub fn admits(&self, payment: &PaymentSnapshot) -> bool {
        self.customer_id.is_none_or(|id| id == payment.customer_id)
            && self.order_id.is_none_or(|id| payment.order_id == Some(id))
            && self.status.is_none_or(|status| status == payment.status)
    }
}

/// The place of a payment in a listing, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PaymentCursor {
    /// When it was recorded.
    pub created_at: OffsetDateTime,
    /// Tells apart those recorded at one instant.
    pub id: PaymentId,
}

impl PaymentCursor {
    /// The place of this payment.
    pub const fn of(payment: &PaymentSnapshot) -> Self {
        Self {
            created_at: payment.created_at,
            id: payment.id,
        }
    }
}

/// The place of a transfer in the ledger, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransferCursor {
    /// When it was booked.
    pub created_at: OffsetDateTime,
    /// Tells apart those booked at one instant.
    pub id: Uuid,
}

impl TransferCursor {
    /// The place of this transfer.
    pub const fn of(transfer: &Transfer) -> Self {
        Self {
            created_at: transfer.created_at,
            id: transfer.id,
        }
    }
}
