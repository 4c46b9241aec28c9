//! The words every domain shares, and nothing that talks to the world.
//!
//! Time, identity and callers come in as values or ports ([`Clock`], [`IdSource`], [`Caller`]); money
//! is integer minor units ([`Money`]); an error says what kind it is ([`Classify`]) and leaves the
//! wording of transports to `wire`. Nothing here knows gRPC, HTTP or SQL.

pub mod backoff;
mod caller;
mod clock;
mod error;
mod etag;
mod id;
mod idempotency;
mod money;
mod page;
mod secret;
pub mod text;

pub use caller::{Caller, NotAllowed, Permission, Role, UnknownRole, UserId};
pub use clock::{Clock, SystemClock};
pub use error::{Chain, Classify, ErrorKind, InvalidInput, PortError, Violation};
pub use etag::{Etag, EtagMismatch};
pub use id::{BadId, IdSource, UuidV7Source};
pub use idempotency::{Change, IdempotencyKey, Kept, KeyReused, Refusal};
pub use money::{BadCurrency, Currency, Money, MoneyError};
pub use page::{BadPageSize, Page, PageSize};
pub use secret::Secret;
