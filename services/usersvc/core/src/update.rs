use kernel::{
    Caller, Change, Etag, EtagMismatch, IdempotencyKey, InvalidInput, Kept, NotAllowed, PortError, Refusal, Role,
    UserId, Violation, text::Email,
};

use crate::{
    Directory, Name, Phone, User, UserNotFound,
    directory::DECISIONS,
    ports::{ForChange, WriteError},
};

/// What shall change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UserPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another address.
    pub email: Option<String>,
    /// Another number; empty for none.
    pub phone: Option<String>,
    /// May act; staff decide.
    pub active: Option<bool>,
}

/// Why a profile was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// It does not exist, or is another's.
    #[error(transparent)]
    NotFound(#[from] UserNotFound),
    /// Only staff say who is active.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The input is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// Another profile has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
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

kernel::classify!(UpdateError {
    pass NotFound, NotAllowed, Invalid, Conflict, Replayed, Storage;
    EmailTaken => AlreadyExists "EMAIL_TAKEN";
});

impl Directory {
    /// Changes a profile: the owner and staff; `active` only staff. Without an etag it applies to the
    /// latest version.
    ///
    /// # Errors
    /// [`UpdateError`].
    pub async fn update(
        &self,
        caller: &Caller,
        id: UserId,
        patch: &UserPatch,
        etag: Option<&Etag>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<User>, UpdateError> {
        if !caller.may_act_for(id) {
            return Err(UserNotFound.into());
        }
        if patch.active.is_some() && !caller.has_role(Role::Staff) {
            return Err(NotAllowed.into());
        }
        let read = Read::of(patch)?;
        for _ in 0..DECISIONS {
            let ForChange { user, kept } = self.users.find_for_change(id, key).await?;
            match kept {
                Some(Kept::Answer(answer)) => return Ok(Change::Replayed(answer)),
                Some(Kept::Refusal(refusal)) => return Err(UpdateError::Replayed(refusal)),
                None => {}
            }
            let mut user = user.ok_or(UserNotFound)?;
            Etag::check(etag, user.version())?;
            user.change(
                read.name.clone(),
                read.email.clone(),
                read.phone.clone(),
                patch.active,
                self.stamp(caller),
            );
            match self.users.save(&user, key).await {
                Ok(change) => return Ok(change),
                Err(WriteError::Stale | WriteError::IdTaken) => {}
                Err(WriteError::Refused(refusal)) => return Err(UpdateError::Replayed(refusal)),
                Err(WriteError::Storage(error)) => return Err(error.into()),
                Err(WriteError::EmailTaken) => {
                    let error = UpdateError::EmailTaken;
                    return match self.keep(key, Refusal::of(&error)).await? {
                        Some(Kept::Answer(earlier)) => Ok(Change::Replayed(earlier)),
                        Some(Kept::Refusal(earlier)) => Err(UpdateError::Replayed(earlier)),
                        None => Err(error),
                    };
                }
            }
        }
        Err(EtagMismatch.into())
    }
}

struct Read {
    name: Option<Name>,
    email: Option<Email>,
    phone: Option<Option<Phone>>,
}

impl Read {
    fn of(patch: &UserPatch) -> Result<Self, InvalidInput> {
        let mut found = Vec::new();
        let name = patch.name.as_deref().map(Name::parse).transpose();
        let name = name.map_err(|error| found.push(Violation::new("name", error.to_string())));
        let email = patch.email.as_deref().map(Email::parse).transpose();
        let email = email.map_err(|error| found.push(Violation::new("email", error.to_string())));
        let phone = patch.phone.as_deref().map(Phone::parse).transpose();
        let phone = phone.map_err(|error| found.push(Violation::new("phone", error.to_string())));
        match (name, email, phone) {
            (Ok(name), Ok(email), Ok(phone)) => Ok(Self { name, email, phone }),
            _ => Err(InvalidInput(found)),
        }
    }
}
