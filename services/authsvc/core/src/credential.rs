use std::collections::BTreeSet;

use kernel::{Role, UserId, text::Email};
use time::OffsetDateTime;

use crate::PasswordHash;

/// How far registration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialState {
    /// The profile may or may not exist yet; nobody can sign in. Keeps what the profile is made of.
    Pending {
        /// The name to make the profile with.
        name: String,
    },
    /// Signs in.
    Active,
}

/// A credential as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRecord {
    /// Whose it is; chosen here, before the profile exists.
    pub user_id: UserId,
    /// The address to sign in with, unique.
    pub email: Email,
    /// How far registration is.
    pub state: CredentialState,
    /// The password, hashed.
    pub password: PasswordHash,
    /// What the user may be; always a customer.
    pub roles: BTreeSet<Role>,
    /// Counts changes from 1.
    pub version: i64,
    /// Creation.
    pub created_at: OffsetDateTime,
    /// Last change.
    pub updated_at: OffsetDateTime,
}

/// A credential. Every change raises the version by one; a write is conditional on the version read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    record: CredentialRecord,
    stored_version: i64,
}

impl Credential {
    pub(crate) fn pending(
        user_id: UserId,
        email: Email,
        name: String,
        password: PasswordHash,
        at: OffsetDateTime,
    ) -> Self {
        Self {
            record: CredentialRecord {
                user_id,
                email,
                state: CredentialState::Pending { name },
                password,
                roles: BTreeSet::from([Role::Customer]),
                version: 1,
                created_at: at,
                updated_at: at,
            },
            stored_version: 0,
        }
    }

    /// A credential as storage has it.
    pub fn restore(record: CredentialRecord) -> Self {
        Self {
            stored_version: record.version,
            record,
        }
    }

    fn changed(&mut self, at: OffsetDateTime) {
        self.record.version = self.stored_version + 1;
        self.record.updated_at = at;
    }

    pub(crate) fn activate(&mut self, at: OffsetDateTime) {
        self.record.state = CredentialState::Active;
        self.changed(at);
    }

    pub(crate) fn set_password(&mut self, password: PasswordHash, at: OffsetDateTime) {
        self.record.password = password;
        self.changed(at);
    }

    pub(crate) fn set_roles(&mut self, roles: BTreeSet<Role>, at: OffsetDateTime) {
        self.record.roles = roles;
        self.record.roles.insert(Role::Customer);
        self.changed(at);
    }

    /// Everything about it.
    pub fn record(&self) -> &CredentialRecord {
        &self.record
    }
    /// Whose it is.
    pub fn user_id(&self) -> UserId {
        self.record.user_id
    }
    /// Signs in.
    pub fn is_active(&self) -> bool {
        self.record.state == CredentialState::Active
    }
    /// The version storage had when this was read; 0 for a new one.
    pub fn stored_version(&self) -> i64 {
        self.stored_version
    }
    /// The credential as storage has it after a write.
    pub fn settled(&self) -> Self {
        Self::restore(self.record.clone())
    }
}
