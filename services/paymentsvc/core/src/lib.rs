//! Payments: charging a card once, giving money back, and the ledger of both.
//!
//! A payment belongs to one customer and has one amount in one currency. It starts PROCESSING; the provider
//! authorizes it, REQUIRES_CAPTURE, or refuses the card, DECLINED. What is authorized is captured once, in part or
//! whole, CAPTURED, or voided, VOIDED. What was captured can be refunded, in as many parts as there are cents:
//! PARTIALLY_REFUNDED, REFUNDED. Nothing else ever happens to its status, and refunds never sum to more than what
//! was captured. Whatever the provider is asked is an operation that is recorded first and asked under its own id,
//! as often as it takes: asking again moves nothing a second time. What became of it is settled once, together with
//! the transfers of the ledger. Capturing and voiding exclude each other while one of them is undecided.
//!
//! [`Payment`] is the aggregate, [`Paying`] the use cases (one file each), [`ports`] what they need of the world.

mod capture;
mod card;
mod create;
mod event;
mod get;
mod ledger;
mod list;
mod list_ledger;
mod list_provider_charges;
mod operation;
mod paying;
mod payment;
pub mod ports;
mod refund;
mod resolve;
mod resume_due;
mod run;
#[cfg(feature = "testing")]
pub mod testing;
mod tokenize;
mod void;

pub use capture::CapturePayment;
pub use card::{Card, CardDetails, CardInput, CardNumber, Cvc, Expiry, InvalidCard};
pub use create::CreateError;
pub use event::{EventKind, PaymentEvent};
pub use get::GetError;
pub use ledger::{Account, Movement, Transfer};
pub use list::{ListError, ListPayments};
pub use list_ledger::ListLedger;
pub use operation::{LEASE, Operation, OperationId, OperationKind, OperationStatus};
pub use paying::Paying;
pub use payment::{
    Answer, Ask, CaptureMethod, NotPossible, OrderId, Payment, PaymentDraft, PaymentFields, PaymentId, PaymentSnapshot,
    ProviderRefused, Refund, SettleIds, Settlement, Settling, Status,
};
pub use refund::RefundPayment;
pub use resolve::ResolveError;
pub use resume_due::Resumed;
pub use run::{ChangeError, InFlight, PaymentPending, RunError};
pub use tokenize::TokenizeError;
