use kernel::{Caller, InvalidInput, NotAllowed, PortError, Secret};

use crate::{
    Authority, InvalidCredentials, LockedOut, Password, SessionId, authority::DECISIONS, login::Doubt,
    ports::WriteError,
};

/// The old and the new password, as they were typed.
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// Until now.
    pub current: Secret<String>,
    /// From now on.
    pub new: Secret<String>,
}

/// Why the password stays.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// Only users have passwords.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The new password breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// The current password is wrong.
    #[error(transparent)]
    Wrong(#[from] InvalidCredentials),
    /// Too many failures.
    #[error(transparent)]
    LockedOut(#[from] LockedOut),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(ChangePasswordError { pass NotAllowed, Invalid, Wrong, LockedOut, Storage; });

impl Authority {
    /// Changes the caller's password and ends the caller's other sessions.
    ///
    /// # Errors
    /// [`ChangePasswordError`].
    pub async fn change_password(&self, caller: &Caller, input: &ChangePassword) -> Result<(), ChangePasswordError> {
        let Caller::User { id, session, .. } = caller else {
            return Err(NotAllowed.into());
        };
        let found = self.ports.credentials.find(*id).await?;
        let email = found.ok_or(InvalidCredentials)?.record().email.clone();
        let new = Password::choose(input.new.expose(), email.as_str())
            .map_err(|error| InvalidInput(vec![kernel::Violation::new("new_password", error.to_string())]))?;
        let current = Password::claimed(input.current.expose());
        let believed = self.believe(&email, &current).await;
        let mut credential = believed.map_err(|doubt| match doubt {
            Doubt::Invalid => ChangePasswordError::Wrong(InvalidCredentials),
            Doubt::LockedOut(error) => error.into(),
            Doubt::Storage(error) => error.into(),
        })?;
        let hash = self.ports.hasher.hash(&new).await?;
        for _ in 0..DECISIONS {
            let believed = credential.record().password.clone();
            credential.set_password(hash.clone(), self.ports.clock.now());
            let keep = SessionId::new(*session);
            match self.ports.credentials.save_password(&credential, Some(keep)).await {
                Ok(()) => return Ok(()),
                Err(WriteError::Storage(error)) => return Err(error.into()),
                Err(WriteError::Stale | WriteError::EmailTaken | WriteError::Refused(_)) => {}
            }
            let latest = self.ports.credentials.find(*id).await?;
            let same = latest.filter(|latest| latest.record().password == believed);
            credential = same.ok_or(InvalidCredentials)?;
        }
        Err(InvalidCredentials.into())
    }
}
