use kernel::{
    Change, IdempotencyKey, InvalidInput, Kept, PortError, Refusal, UserId, Violation,
    text::{self, Email},
};

use crate::{
    Authority, Credential, CredentialState, Password,
    authority::DECISIONS,
    ports::{ForChange, NewProfile, ProfileError, WriteError},
};

/// Who registers, as it was typed.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Address to sign in with.
    pub email: String,
    /// Password to sign in with.
    pub password: kernel::Secret<String>,
    /// What to call the user.
    pub name: String,
}

/// Why nobody was registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The input is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// Somebody has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Somebody is registering the address right now, with another password.
    #[error("the e-mail address is being registered: try again")]
    InFlight,
    /// An earlier call with the same key was refused.
    #[error(transparent)]
    Replayed(Refusal),
    /// The world failed; registering again goes on where this stopped.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(RegisterError {
    pass Invalid, Replayed, Storage;
    EmailTaken => AlreadyExists "EMAIL_TAKEN";
    InFlight => Conflict "REGISTRATION_IN_FLIGHT";
});

/// Where a registration goes from here.
enum Step {
    Finished(Change<UserId>),
    Again,
}

impl Authority {
    /// Registers a user, or goes on with a registration of the same address and password that stopped
    /// half-way. The profile gets the name that was given first.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn register(
        &self,
        input: &Registration,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<UserId>, RegisterError> {
        let (email, password, name) = read(input)?;
        for _ in 0..DECISIONS {
            let ForChange { credential, kept } = self.ports.credentials.find_for_register(&email, key).await?;
            match kept {
                Some(Kept::Answer(user)) => return Ok(Change::Replayed(user)),
                Some(Kept::Refusal(refusal)) => return Err(RegisterError::Replayed(refusal)),
                None => {}
            }
            let pending = match credential {
                Some(credential) if credential.is_active() => return self.email_taken(key).await,
                Some(credential) => self.take_up(credential, &password).await?,
                None => self.begin(&email, &password, &name).await?,
            };
            let Some(pending) = pending else { continue };
            match self.complete(pending, key).await? {
                Step::Finished(change) => return Ok(change),
                Step::Again => {}
            }
        }
        Err(RegisterError::InFlight)
    }

    /// Goes on with registrations that stopped half-way a while ago; tells how many were finished. One
    /// that cannot be finished now keeps no other from it.
    ///
    /// # Errors
    /// The first failure of the world, after all were tried.
    pub async fn sweep_pending(&self, limit: u16) -> Result<usize, RegisterError> {
        let before = self.ports.clock.now() - self.rules.pending_patience;
        let mut finished = 0;
        let mut failed = None;
        for credential in self.ports.credentials.pending_before(before, limit).await? {
            match self.complete(credential, None).await {
                Ok(Step::Finished(_)) => finished += 1,
                Ok(Step::Again) | Err(RegisterError::EmailTaken) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(finished), Err)
    }

    async fn begin(&self, email: &Email, password: &Password, name: &str) -> Result<Option<Credential>, RegisterError> {
        let hash = self.ports.hasher.hash(password).await?;
        let id = UserId::new(self.ports.ids.next());
        let pending = Credential::pending(id, email.clone(), name.to_owned(), hash, self.ports.clock.now());
        match self.ports.credentials.insert(&pending).await {
            Ok(()) => Ok(Some(pending.settled())),
            Err(WriteError::Storage(error)) => Err(error.into()),
            Err(WriteError::EmailTaken | WriteError::Stale | WriteError::Refused(_)) => Ok(None),
        }
    }

    /// A pending credential belongs to whoever has its password; once it is old, to whoever comes.
    async fn take_up(&self, mut pending: Credential, password: &Password) -> Result<Option<Credential>, RegisterError> {
        let hash = &pending.record().password;
        if self.ports.hasher.verify(password, Some(hash)).await? {
            return Ok(Some(pending));
        }
        if self.ports.clock.now() - pending.record().updated_at < self.rules.pending_patience {
            return Err(RegisterError::InFlight);
        }
        let hash = self.ports.hasher.hash(password).await?;
        pending.set_password(hash, self.ports.clock.now());
        match self.ports.credentials.save_pending(&pending).await {
            Ok(()) => Ok(Some(pending.settled())),
            Err(WriteError::Storage(error)) => Err(error.into()),
            Err(WriteError::EmailTaken | WriteError::Stale | WriteError::Refused(_)) => Ok(None),
        }
    }

    async fn complete(&self, mut pending: Credential, key: Option<&IdempotencyKey>) -> Result<Step, RegisterError> {
        let CredentialState::Pending { name } = pending.record().state.clone() else {
            return Ok(Step::Again);
        };
        let profile = NewProfile {
            user_id: pending.user_id(),
            name,
            email: pending.record().email.clone(),
            key: format!("register:{}", pending.user_id()),
        };
        match self.ports.users.create(&profile).await {
            Ok(()) => {}
            Err(ProfileError::EmailTaken) => {
                self.ports.credentials.discard(&pending).await?;
                return self.email_taken(key).await.map(Step::Finished);
            }
            Err(ProfileError::Erased) => {
                self.ports.credentials.discard(&pending).await?;
                return Ok(Step::Again);
            }
            Err(ProfileError::Away(error)) => return Err(error.into()),
        }
        pending.activate(self.ports.clock.now());
        match self.ports.credentials.activate(&pending, key).await {
            Ok(change) => Ok(Step::Finished(change)),
            Err(WriteError::Refused(refusal)) => Err(RegisterError::Replayed(refusal)),
            Err(WriteError::Storage(error)) => Err(error.into()),
            Err(WriteError::EmailTaken | WriteError::Stale) => self.overtaken(&pending, key).await,
        }
    }

    /// Somebody else activated or took over what this call was going on with. Whoever activated the very
    /// same credential knew its password, as this caller does.
    async fn overtaken(&self, ours: &Credential, key: Option<&IdempotencyKey>) -> Result<Step, RegisterError> {
        let found = self
            .ports
            .credentials
            .find_for_register(&ours.record().email, key)
            .await?;
        match (found.kept, found.credential) {
            (Some(Kept::Answer(user)), _) => Ok(Step::Finished(Change::Replayed(user))),
            (Some(Kept::Refusal(refusal)), _) => Err(RegisterError::Replayed(refusal)),
            (None, Some(theirs)) if theirs.is_active() && theirs.record().password == ours.record().password => {
                Ok(Step::Finished(Change::Done(theirs.user_id())))
            }
            (None, _) => Ok(Step::Again),
        }
    }

    /// Refuses, unless another call with the same key was answered meanwhile.
    async fn email_taken(&self, key: Option<&IdempotencyKey>) -> Result<Change<UserId>, RegisterError> {
        let error = RegisterError::EmailTaken;
        let earlier = match (key, Refusal::of(&error)) {
            (Some(key), Some(refusal)) => self.ports.credentials.refuse_register(key, &refusal).await?,
            _ => None,
        };
        match earlier {
            Some(Kept::Answer(user)) => Ok(Change::Replayed(user)),
            Some(Kept::Refusal(refusal)) => Err(RegisterError::Replayed(refusal)),
            None => Err(error),
        }
    }
}

fn read(input: &Registration) -> Result<(Email, Password, String), InvalidInput> {
    let mut found = Vec::new();
    let email = Email::parse(&input.email).map_err(|error| found.push(Violation::new("email", error.to_string())));
    let password = Password::choose(input.password.expose(), &input.email)
        .map_err(|error| found.push(Violation::new("password", error.to_string())));
    let name = text::clean(&input.name, 2, 50).map_err(|error| found.push(Violation::new("name", error.to_string())));
    match (email, password, name) {
        (Ok(email), Ok(password), Ok(name)) => Ok((email, password, name)),
        _ => Err(InvalidInput(found)),
    }
}
