//! Orders: what a customer wants to buy, from the first draft to delivery.
//!
//! An order belongs to one customer and has 1 to 500 items in one currency; its total is computed here and
//! never overflows. It starts PENDING, is CONFIRMED when it is paid for, then SHIPPED, then DELIVERED; a
//! PENDING or CONFIRMED order can be CANCELLED; nothing else ever happens to its status. Only a PENDING
//! order can be changed. Deleting archives: a PENDING order is cancelled first, a CANCELLED or DELIVERED
//! one only leaves the lists. Each change raises the version by one and is one event that carries the order
//! as it was right after, without the address, which is personal and can be erased. Who asks for another
//! customer's order by its id learns nothing, not even that it exists.
//!
//! A checkout pays for an order in attempts, one at a time. An attempt has the money held, confirms the order
//! (the pivot: before it everything may still fail and nothing was taken, after it everything is asked for
//! until it is done) and has the money taken. Cancelling takes back whatever was done. What is asked of
//! payments is keyed by order, attempt and step, so it may be asked any number of times, by anyone, after any
//! crash: nothing is charged twice. What is to be done next is kept with the order, in the same write.
//!
//! [`Order`] is the aggregate, [`Ordering`] the use cases (one file each), [`ports`] what they need of the
//! world.

mod address;
mod cancel;
mod change;
mod checkout;
mod delete;
mod drive;
mod event;
mod get;
mod history;
mod item;
mod list;
mod list_user_orders;
mod metadata;
mod order;
mod ordering;
mod place;
pub mod ports;
mod resume;
mod sync_payment;
#[cfg(feature = "testing")]
pub mod testing;
mod update;
mod update_status;
mod watch;

pub use address::{Address, AddressFields};
pub use cancel::CancelOrder;
pub use change::ChangeError;
pub use checkout::{CheckoutError, CheckoutOrder};
pub use delete::DeleteOrder;
pub use drive::PutOff;
pub use event::{OrderEvent, RecordedEvent};
pub use get::GetError;
pub use history::HistoryError;
pub use item::Item;
pub use list::{ListError, ListOrders};
pub use list_user_orders::ListUserOrders;
pub use order::{
    Ask, CancelRefused, Checkout, CheckoutFailed, CheckoutNeedsAttention, CheckoutOutcome, CheckoutRunning,
    CheckoutState, DeleteRefused, NotCancellable, NotCaptured, NotDeletable, NotPending, Order, OrderChanges,
    OrderDraft, OrderId, OrderSnapshot, PaymentId, PaymentStatus, PaymentSummary, ShipRefused, StartKey, StartRefused,
    Status, Step, StepKey, Transition, UpdateRefused, Work,
};
pub use ordering::{CheckoutPolicy, Needs, Ordering};
pub use place::{PlaceError, PlaceOrder};
pub use sync_payment::SyncError;
pub use update::UpdateOrder;
pub use update_status::UpdateOrderStatus;
pub use watch::WatchError;
