use kernel::{
    Caller, Change, IdempotencyKey, InvalidInput, Kept, NotAllowed, PortError, Refusal, UserId, Violation, text::Email,
};

use crate::{Directory, Name, Phone, User, ports::WriteError};

/// What a new profile is made of, as it was typed.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The id it shall have; only services choose one, so that a repeated registration meets its own profile.
    pub id: Option<UserId>,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Telephone number; empty for none.
    pub phone: String,
}

/// Why a profile was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Only staff and registration create profiles.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The input is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// Another profile has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Another profile, perhaps an erased one, has the id.
    #[error("the id is taken")]
    IdTaken,
    /// An earlier call with the same key was refused.
    #[error(transparent)]
    Replayed(Refusal),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(CreateError {
    pass NotAllowed, Invalid, Replayed, Storage;
    EmailTaken => AlreadyExists "EMAIL_TAKEN";
    IdTaken => AlreadyExists "USER_ID_TAKEN";
});

impl Directory {
    /// Creates a profile. With a chosen id, creating again with the same id and address answers the
    /// profile that exists.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn create(
        &self,
        caller: &Caller,
        input: NewUser,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<User>, CreateError> {
        if !caller.sees_everyone() {
            return Err(NotAllowed.into());
        }
        let (name, email, phone) = read(&input)?;
        let chosen = match caller {
            Caller::Service { .. } => input.id,
            Caller::Anonymous | Caller::User { .. } if input.id.is_some() => return Err(NotAllowed.into()),
            Caller::Anonymous | Caller::User { .. } => None,
        };
        let id = chosen.unwrap_or_else(|| UserId::new(self.ids.next()));
        let user = User::create(id, name, email, phone, self.stamp(caller));
        let error = match self.users.insert(&user, key).await {
            Ok(change) => return Ok(change),
            Err(WriteError::Refused(refusal)) => return Err(CreateError::Replayed(refusal)),
            Err(WriteError::Storage(error)) => return Err(error.into()),
            Err(WriteError::EmailTaken) => CreateError::EmailTaken,
            Err(WriteError::IdTaken | WriteError::Stale) => CreateError::IdTaken,
        };
        if let Some(id) = chosen
            && let Some(existing) = self.users.find(id).await?
            && existing.record().email == user.record().email
        {
            return Ok(Change::Replayed(existing));
        }
        match self.keep(key, Refusal::of(&error)).await? {
            Some(Kept::Answer(earlier)) => Ok(Change::Replayed(earlier)),
            Some(Kept::Refusal(earlier)) => Err(CreateError::Replayed(earlier)),
            None => Err(error),
        }
    }
}

fn read(input: &NewUser) -> Result<(Name, Email, Option<Phone>), InvalidInput> {
    let mut found = Vec::new();
    let name = Name::parse(&input.name).map_err(|error| found.push(Violation::new("name", error.to_string())));
    let email = Email::parse(&input.email).map_err(|error| found.push(Violation::new("email", error.to_string())));
    let phone = Phone::parse(&input.phone).map_err(|error| found.push(Violation::new("phone", error.to_string())));
    match (name, email, phone) {
        (Ok(name), Ok(email), Ok(phone)) => Ok((name, email, phone)),
        _ => Err(InvalidInput(found)),
    }
}
