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
//! [`ports`] is what payments need of the world, the provider first.

mod card;
mod ledger;
pub mod ports;

pub use card::{Card, CardDetails, CardInput, CardNumber, Cvc, Expiry, InvalidCard};
pub use ledger::{Account, Movement, Transfer};

kernel::typed_id!(
    /// A payment.
    PaymentId
);

kernel::typed_id!(
    /// Something that the provider was asked to do; also the key under which it is asked.
    OperationId
);
