use kernel::{Caller, Role, UserId};
use serde::{Deserialize, Serialize};

use super::AuthError;

/// What the subject of a service's token begins with: `service:ordersvc`.
pub const SERVICE_SUBJECT: &str = "service:";

/// The claims of an access token, of users and of services alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// A user's id, or `service:` and a service's name.
    pub sub: String,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
    /// The session of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The roles of a user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The permissions of a service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
}

impl Claims {
    /// The caller these claims speak of. Roles that this version does not know grant nothing.
    ///
    /// # Errors
    /// The subject is neither a user with a session nor a service.
    pub fn caller(&self) -> Result<Caller, AuthError> {
        if let Some(name) = self.sub.strip_prefix(SERVICE_SUBJECT) {
            if name.is_empty() || !self.roles.is_empty() {
                return Err(AuthError::Invalid);
            }
            return Ok(Caller::service(name, self.permissions.iter().cloned()));
        }
        let id: UserId = self.sub.parse().map_err(|_| AuthError::Invalid)?;
        let session = self.sid.as_deref().ok_or(AuthError::Invalid)?;
        let session = kernel::BadId::check(session).map_err(|_| AuthError::Invalid)?;
        let roles = self.roles.iter().filter_map(|role| role.parse::<Role>().ok());
        Ok(Caller::user(id, roles, session))
    }
}
