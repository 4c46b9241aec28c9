use std::collections::BTreeSet;

use kernel::{
    Caller, Change, Classify, ErrorKind, EtagMismatch, IdempotencyKey, Kept, NotAllowed, PortError, Refusal, Role,
    UserId, text::Email,
};

use crate::{
    Authority,
    authority::DECISIONS,
    ports::{ForChange, WriteError},
};

/// Nobody signs in as that user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such user")]
pub struct UserNotFound;

impl Classify for UserNotFound {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
    fn reason(&self) -> &str {
        "USER_NOT_FOUND"
    }
}

/// Why roles stay.
#[derive(Debug, thiserror::Error)]
pub enum SetRolesError {
    /// Only admins grant.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Nobody signs in as that user.
    #[error(transparent)]
    NotFound(#[from] UserNotFound),
    /// Admins do not stop being admins by themselves, so that one is left.
    #[error("admins cannot take the role of admin from themselves")]
    OwnAdminRole,
    /// Others were faster.
    #[error(transparent)]
    Conflict(#[from] EtagMismatch),
    /// An earlier call with the same key was refused.
    #[error(transparent)]
    Replayed(Refusal),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(SetRolesError {
    pass NotAllowed, NotFound, Conflict, Replayed, Storage;
    OwnAdminRole => WrongState "OWN_ADMIN_ROLE";
});

impl Authority {
    /// Replaces the roles of a user; everybody stays a customer. Tokens issued before keep theirs.
    ///
    /// # Errors
    /// [`SetRolesError`].
    pub async fn set_roles(
        &self,
        caller: &Caller,
        user: UserId,
        roles: &BTreeSet<Role>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<BTreeSet<Role>>, SetRolesError> {
        if !caller.has_role(Role::Admin) {
            return Err(NotAllowed.into());
        }
        let demotes_self = caller.user_id() == Some(user) && !roles.contains(&Role::Admin);
        for _ in 0..DECISIONS {
            let ForChange { credential, kept } = self.ports.credentials.find_for_roles(user, key).await?;
            match kept {
                Some(Kept::Answer(roles)) => return Ok(Change::Replayed(roles)),
                Some(Kept::Refusal(refusal)) => return Err(SetRolesError::Replayed(refusal)),
                None => {}
            }
            let active = credential.filter(crate::Credential::is_active);
            let mut credential = active.ok_or(UserNotFound)?;
            if demotes_self {
                return self.own_admin_role(key).await;
            }
            credential.set_roles(roles.clone(), self.ports.clock.now());
            match self.ports.credentials.save_roles(&credential, key).await {
                Ok(change) => return Ok(change),
                Err(WriteError::Stale | WriteError::EmailTaken) => {}
                Err(WriteError::Refused(refusal)) => return Err(SetRolesError::Replayed(refusal)),
                Err(WriteError::Storage(error)) => return Err(error.into()),
            }
        }
        Err(EtagMismatch.into())
    }

    /// Refuses, unless another call with the same key was answered meanwhile.
    async fn own_admin_role(&self, key: Option<&IdempotencyKey>) -> Result<Change<BTreeSet<Role>>, SetRolesError> {
        let error = SetRolesError::OwnAdminRole;
        let earlier = match (key, Refusal::of(&error)) {
            (Some(key), Some(refusal)) => self.ports.credentials.refuse_roles(key, &refusal).await?,
            _ => None,
        };
        match earlier {
            Some(Kept::Answer(roles)) => Ok(Change::Replayed(roles)),
            Some(Kept::Refusal(refusal)) => Err(SetRolesError::Replayed(refusal)),
            None => Err(error),
        }
    }

    /// Adds a role to whoever signs in with an address. For the operator at the machine, who makes the
    /// first admin so; no caller is asked for.
    ///
    /// # Errors
    /// [`SetRolesError`].
    pub async fn grant_role(&self, email: &Email, role: Role) -> Result<BTreeSet<Role>, SetRolesError> {
        for _ in 0..DECISIONS {
            let found = self.ports.credentials.find_by_email(email).await?;
            let active = found.filter(crate::Credential::is_active);
            let mut credential = active.ok_or(UserNotFound)?;
            let mut roles = credential.record().roles.clone();
            roles.insert(role);
            credential.set_roles(roles, self.ports.clock.now());
            match self.ports.credentials.save_roles(&credential, None).await {
                Ok(change) => return Ok(change.into_inner()),
                Err(WriteError::Storage(error)) => return Err(error.into()),
                Err(_) => {}
            }
        }
        Err(EtagMismatch.into())
    }
}
