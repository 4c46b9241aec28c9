use kernel::{Classify, ErrorKind, PortError, text::Email};

use crate::{
    Authority, Credential, KeyringError, LockedOut, Password, Session, SessionId, Tokens, authority::DECISIONS,
};

/// Who signs in, as it was typed.
#[derive(Debug, Clone)]
pub struct Login {
    /// Address.
    pub email: String,
    /// Password.
    pub password: kernel::Secret<String>,
}

/// Address and password do not belong together. Says no more, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the e-mail address or the password is wrong")]
pub struct InvalidCredentials;

impl Classify for InvalidCredentials {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unauthenticated
    }
    fn reason(&self) -> &str {
        "INVALID_CREDENTIALS"
    }
}

/// Why nobody signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Address and password do not belong together.
    #[error(transparent)]
    Invalid(#[from] InvalidCredentials),
    /// Too many failures.
    #[error(transparent)]
    LockedOut(#[from] LockedOut),
    /// No token can be signed.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(LoginError { pass Invalid, LockedOut, Keys, Storage; });

/// Why a password was not believed.
pub(crate) enum Doubt {
    Invalid,
    LockedOut(LockedOut),
    Storage(PortError),
}

impl From<PortError> for Doubt {
    fn from(error: PortError) -> Self {
        Doubt::Storage(error)
    }
}

impl Authority {
    /// Starts a session.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn login(&self, input: &Login) -> Result<Tokens, LoginError> {
        let email = Email::parse(&input.email).map_err(|_| InvalidCredentials);
        let password = Password::claimed(input.password.expose());
        let Ok(email) = email else {
            self.ports.hasher.verify(&password, None).await?;
            return Err(InvalidCredentials.into());
        };
        let mut credential = self.believe(&email, &password).await.map_err(|doubt| match doubt {
            Doubt::Invalid => LoginError::Invalid(InvalidCredentials),
            Doubt::LockedOut(error) => error.into(),
            Doubt::Storage(error) => error.into(),
        })?;
        for _ in 0..DECISIONS {
            let (session, refresh) = Session::start(
                SessionId::new(self.ports.ids.next()),
                credential.user_id(),
                self.rules.session_lifetime,
                self.ports.clock.now(),
                self.ports.chain.as_ref(),
            )?;
            if self.ports.sessions.insert(&session, &credential).await? {
                return Ok(self.tokens(&credential, session.record(), refresh).await?);
            }
            // Roles may have changed meanwhile; with another password it is not the same any more.
            let latest = self.ports.credentials.find(credential.user_id()).await?;
            let unchanged = |latest: &Credential| latest.record().password == credential.record().password;
            credential = latest.filter(unchanged).ok_or(InvalidCredentials)?;
        }
        Err(InvalidCredentials.into())
    }

    /// The active credential of an address, if the password is its own. Costs the same whether there is
    /// one or not, and tells nothing while the address is shut.
    pub(crate) async fn believe(&self, email: &Email, password: &Password) -> Result<Credential, Doubt> {
        let (attempts, clock) = (&self.ports.attempts, &self.ports.clock);
        let now = clock.now();
        if let Some(until) = attempts.shut_until(email, now).await? {
            return Err(Doubt::LockedOut(LockedOut::until(until, now)));
        }
        let found = self.ports.credentials.find_by_email(email).await?;
        let credential = found.filter(Credential::is_active);
        let hash = credential.as_ref().map(|credential| &credential.record().password);
        let right = self.ports.hasher.verify(password, hash).await?;
        let now = clock.now();
        if let Some(until) = attempts.settle(email, right, &self.rules.ladder, now).await? {
            return Err(Doubt::LockedOut(LockedOut::until(until, now)));
        }
        credential.filter(|_| right).ok_or(Doubt::Invalid)
    }
}
