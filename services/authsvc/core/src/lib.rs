//! How users and services sign in.
//!
//! A credential is an address, a password hash and roles. Registration writes it as pending, makes the
//! profile at the user service under the id that the credential chose, then activates it: after a crash
//! anywhere, registering again or the sweeper goes on, and a pending one that nobody goes on with never
//! blocks an address. Signing in starts a session, which is a family of refresh tokens: each is the
//! successor of the one before, only a digest of the newest is kept, and an old one that turns up late
//! ends the family. An unknown address and a wrong password get the same answer in the same time, and
//! failures first slow an address down and then lock it, whether anybody has it or not. Access tokens
//! are signed with keys that are published before they are used and kept until the last token they
//! signed has expired; private halves rest sealed. Services prove themselves through a port.

mod authority;
mod change_password;
mod credential;
mod erase;
mod issue_service_token;
mod issuer;
mod keyring;
mod lockout;
mod login;
mod logout;
mod password;
pub mod ports;
mod refresh;
mod register;
pub mod service;
mod session;
mod set_roles;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod validate_token;

pub use authority::{Authority, Ports, Rules};
pub use change_password::{ChangePassword, ChangePasswordError};
pub use credential::{Credential, CredentialRecord, CredentialState};
pub use erase::EraseError;
pub use issue_service_token::IssueServiceTokenError;
pub use issuer::{IssuedToken, Issuer};
pub use keyring::{KeyId, KeyPolicy, Keyring, KeyringError, PublicKey, SealedKey};
pub use lockout::{Ladder, LockedOut};
pub use login::{InvalidCredentials, Login, LoginError};
pub use logout::LogoutError;
pub use password::{BadPassword, Password, PasswordHash};
pub use refresh::{RefreshError, TokenExpired, TokenInvalid};
pub use register::{RegisterError, Registration};
pub use session::{BadRefreshToken, ChainKey, Presented, RefreshToken, Session, SessionId, SessionRecord};
pub use set_roles::{SetRolesError, UserNotFound};
pub use token::{Claims, Subject, Tokens};
pub use validate_token::{TokenState, ValidateTokenError};
