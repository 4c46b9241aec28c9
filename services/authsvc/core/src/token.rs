use std::{collections::BTreeSet, time::Duration};

use kernel::{Permission, Role, Secret, UserId};
use time::OffsetDateTime;

use crate::{RefreshToken, SessionId};

/// Whom an access token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A user in a session.
    User {
        /// Who.
        id: UserId,
        /// Which session.
        session: SessionId,
        /// What the user may be.
        roles: BTreeSet<Role>,
    },
    /// A service.
    Service {
        /// Its name.
        name: String,
        /// What it may do elsewhere.
        permissions: BTreeSet<Permission>,
    },
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Whom it speaks for.
    pub subject: Subject,
    /// When it was issued.
    pub issued_at: OffsetDateTime,
    /// When it stops being valid.
    pub expires_at: OffsetDateTime,
}

/// What a user gets for signing in or refreshing.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Who signed in.
    pub user_id: UserId,
    /// Goes with every call.
    pub access_token: Secret<String>,
    /// Gets the next tokens.
    pub refresh_token: RefreshToken,
    /// How long the access token is valid.
    pub expires_in: Duration,
}
