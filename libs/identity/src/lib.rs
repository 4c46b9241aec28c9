//! Who calls us and who we are, as auth.v1 tells it: [`GrpcJwks`] brings the keys that verify tokens,
//! [`ServiceTokens`] our own token to call others with, against [`ServiceCredential`], [`Peers`] how they are reached.
//!
//! `platform` has the ports and knows no contract; this is where the two meet. authsvc itself needs only
//! the last: it has keys and tokens at hand.

mod credential;
mod jwks;
mod peers;
mod service_tokens;
mod settings;

pub use credential::ServiceCredential;
pub use jwks::GrpcJwks;
pub use peers::{PeerSettings, Peers};
pub use service_tokens::ServiceTokens;
pub use settings::IdentitySettings;
