//! Who calls us and who we are, as auth.v1 tells it: [`GrpcJwks`] brings the keys that verify tokens,
//! [`ServiceTokens`] our own token to call others
//! with, against [`ServiceCredential`].
//!
//! `platform` has the ports and knows no contract; this is where the two meet. authsvc itself uses
//! neither: it has keys and tokens at hand.

mod credential;
mod jwks;
mod service_tokens;
mod settings;

pub use credential::ServiceCredential;
pub use jwks::GrpcJwks;
pub use service_tokens::ServiceTokens;
pub use settings::IdentitySettings;
