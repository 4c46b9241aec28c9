//! Who a user is: a name, an e-mail address, perhaps a phone number.
//!
//! A profile is created by staff, or by registration acting as a service. It is active until staff say
//! otherwise. An address belongs to one profile at a time, however it is written. Everybody reads and
//! changes the own profile, staff all; another's profile does not exist for a customer. Deleting erases
//! every personal datum at once and for good, and leaves the bare id behind, so that orders still name
//! somebody and nobody gets the id again. An erased profile is found by no one. Every change is an
//! event that carries ids and no personal data; deleting is how others learn to forget.

mod create;
mod delete;
mod directory;
mod event;
mod get;
mod list;
pub mod ports;
#[cfg(feature = "testing")]
pub mod testing;
mod update;
mod user;
mod validate;

pub use create::{CreateError, NewUser};
pub use delete::DeleteError;
pub use directory::{Directory, UserNotFound};
pub use event::{UserEvent, UserEventKind};
pub use get::GetError;
pub use list::ListError;
pub use update::{UpdateError, UserPatch};
pub use user::{Name, Phone, User, UserRecord};
pub use validate::{ValidateError, Validity};
