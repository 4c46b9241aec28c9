//! What orders need of the world. The comments are contracts: `testing::contract` holds every adapter to them.

use async_trait::async_trait;
use kernel::{Change, IdempotencyKey, Kept, KeyReused, Page, PageSize, PortError, Refusal, UserId};
use time::OffsetDateTime;

pub use self::paying::{Authorization, Background, BackgroundWork, Checkouts, Due, PaymentError, Payments, Unfinished};
use crate::{CheckoutOutcome, CheckoutState, Order, OrderId, RecordedEvent, Status};

mod paying;

/// The orders that are kept.
///
/// A write, its events, its checkout and its idempotency key MUST become visible together or not at all. Every
/// method MUST answer an error that classifies as UNAVAILABLE when the store is away.
#[async_trait]
pub trait Orders: Send + Sync {
    /// Keeps a new order with its events, its checkout with what is to be done, and, if there is one, its key.
    ///
    /// MUST keep at most one order for a key: when the key is known with the same fingerprint, nothing is
    /// written and what is kept under it is answered, after waiting for a call that holds the key to end.
    async fn insert(&self, order: NewOrder, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError>;

    /// What is kept under a key.
    async fn find_kept(&self, key: &IdempotencyKey) -> Result<Option<Kept<Order>>, WriteError>;

    /// The order, archived or not.
    async fn find(&self, id: OrderId) -> Result<Option<Order>, PortError>;

    /// The order and what is kept under the key, at one moment. With something kept the order MAY be left out.
    async fn find_for_change(&self, id: OrderId, key: Option<&IdempotencyKey>) -> Result<ForChange, WriteError>;

    /// Replaces an order that still has the version it was read at, with its events and its key.
    ///
    /// MUST write nothing, and MUST leave no key behind, when the version is another: [`WriteError::Stale`].
    /// A known key is treated as by [`Orders::insert`], whatever the version.
    ///
    /// The checkout and its work MUST be replaced when [`Order::has_new_checkout`] says so, and left alone
    /// otherwise. One call MUST NOT start two checkouts: work that was started by a key under which another
    /// order's work was started is [`WriteError::KeyReused`]. An outcome MUST be kept under its key, unless
    /// something is kept there already.
    async fn save(&self, change: OrderChange, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError>;

    /// Keeps an answer that changed no order: a refusal, or that there was nothing left to do. Answers
    /// what was kept under the key before, if something was, and then MUST change nothing.
    async fn keep(&self, key: IdempotencyKey, answer: Kept<Order>) -> Result<Option<Kept<Order>>, WriteError>;

    /// A page of orders, newest first: by time of placing, then by id.
    ///
    /// MUST neither skip nor repeat an order that was there before the first page, however many are added.
    async fn list(
        &self,
        filter: &OrderFilter,
        after: Option<OrderCursor>,
        size: PageSize,
    ) -> Result<Page<Order, OrderCursor>, PortError>;
}

/// A new order with what is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// The order.
    pub order: Order,
    /// What happened, oldest first.
    pub events: Vec<RecordedEvent>,
}

/// A changed order with what is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    /// The order as it is to be; [`Order::kept_version`] tells the version it was read at.
    pub order: Order,
    /// What happened since, oldest first; at least one.
    pub events: Vec<RecordedEvent>,
    /// How an attempt to pay ended that a call with a key started.
    pub outcome: Option<CheckoutOutcome>,
}

/// What a change starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForChange {
    /// The order, if there is one.
    pub order: Option<Order>,
    /// What is kept under the key, if something is.
    pub kept: Option<Kept<Order>>,
}

/// Which orders to list; what is `None` lets every order pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only of this customer.
    pub customer_id: Option<UserId>,
    /// Only with this status.
    pub status: Option<Status>,
    /// Only with a checkout in this state.
    pub checkout_state: Option<CheckoutState>,
    /// Only placed at this instant or later.
    pub created_after: Option<OffsetDateTime>,
    /// Only placed before this instant.
    pub created_before: Option<OffsetDateTime>,
    /// Archived ones too.
    pub include_archived: bool,
}

impl OrderFilter {
    /// Whether an order passes.
    pub fn admits(&self, order: &Order) -> bool {
        let state = order.snapshot();
        self.customer_id.is_none_or(|id| id == state.customer_id)
            && self.status.is_none_or(|status| status == state.status)
            && self
                .checkout_state
                .is_none_or(|checkout| checkout == state.checkout.state)
            && self.created_after.is_none_or(|from| state.created_at >= from)
            && self.created_before.is_none_or(|until| state.created_at < until)
            && (self.include_archived || !state.archived)
    }
}

/// The place of an order in a listing, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderCursor {
    /// When it was placed.
    pub created_at: OffsetDateTime,
    /// Tells apart those placed at one instant.
    pub id: OrderId,
}

impl OrderCursor {
    /// The place of this order.
    pub const fn of(order: &Order) -> Self {
        Self {
            created_at: order.snapshot().created_at,
            id: order.id(),
        }
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The order has another version by now, or is gone.
    #[error("the order has changed since it was read")]
    Stale,
    /// The key was used with another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// A call with the same key was refused.
    #[error(transparent)]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(WriteError {
    pass KeyReused, Refused, Store;
    Stale => Conflict "ORDER_CHANGED";
});

/// What happened to orders, as it was recorded with them.
#[async_trait]
pub trait OrderEvents: Send + Sync {
    /// A page of the history of one order, newest first. `before` is the version of the last event of the
    /// page before. MUST show what is committed, whether it has its place in the log yet or not.
    async fn history(
        &self,
        id: OrderId,
        before: Option<i64>,
        size: PageSize,
    ) -> Result<Page<RecordedEvent, i64>, PortError>;

    /// Follows the log from right after `from`, or from now on.
    ///
    /// MUST give each event of the scope once, in the order of the log; those of one order in order of
    /// version. A reader that stops reading MUST cost neither memory nor a connection.
    async fn watch(&self, scope: WatchScope, from: Option<Position>) -> Result<Box<dyn Watch>, WatchFailed>;
}

/// A reader of the log.
#[async_trait]
pub trait Watch: Send {
    /// What comes next; waits for it. Cancelling the wait loses nothing.
    async fn next(&mut self) -> Result<Watched, WatchFailed>;
}

/// What a watch gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// Something happened.
    Event {
        /// What.
        event: Box<RecordedEvent>,
        /// Where to resume to see what comes after it.
        position: Position,
    },
    /// Everything older has been given; told once.
    Live {
        /// Where to resume to see what comes from now on.
        position: Position,
    },
}

/// Whose events to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WatchScope {
    /// Everybody's.
    All,
    /// Those of one customer.
    Customer(UserId),
    /// Those of one order.
    Order(OrderId),
}

/// A place in the log. Positions of different epochs do not compare: a restore begins a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Which life of the log it is from.
    pub epoch: i32,
    /// How many events came before and with it.
    pub offset: i64,
}

/// Why a watch cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum WatchFailed {
    /// Events right after the position are no longer kept, or it is from before a restore.
    #[error("the resume token is older than what is kept: start again without it")]
    Expired,
    /// The log failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(WatchFailed { pass Store; Expired => OutOfRange "RESUME_TOKEN_EXPIRED"; });

/// The users of the installation.
#[async_trait]
pub trait Users: Send + Sync {
    /// Whether the user exists and may be acted for. The answer MAY be up to 30 s old.
    async fn is_valid(&self, user: UserId) -> Result<bool, PortError>;
}
