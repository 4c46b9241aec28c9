//! What signing in needs from the world. The doc comments are contracts; `testing` has the suites that
//! test adapters against them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use kernel::{Change, IdempotencyKey, Kept, PortError, Refusal, Role, Secret, UserId, text::Email};
use time::OffsetDateTime;

use crate::{ChainKey, Claims, Credential, KeyId, Ladder, Password, PasswordHash, SealedKey, Session, SessionId};

/// Why a credential was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another credential has the address.
    #[error("the e-mail address belongs to another credential")]
    EmailTaken,
    /// The stored version is another than the one read, or the credential is gone.
    #[error("the credential has changed since it was read")]
    Stale,
    /// The key was kept with a refusal.
    #[error("an earlier call with the same key was refused")]
    Refused(#[source] Refusal),
    /// The world failed.
    #[error("credentials cannot be written")]
    Storage(#[source] PortError),
}

/// A credential about to be changed, and what an earlier call with the same key was answered.
#[derive(Debug)]
pub struct ForChange<T> {
    /// The credential, if there is one.
    pub credential: Option<Credential>,
    /// What is kept under the key.
    pub kept: Option<Kept<T>>,
}

/// Credentials.
///
/// Every write MUST be conditional on `stored_version` and one step, key included. When the key is kept
/// already, it MUST change nothing and answer what is kept; a key of another fingerprint MUST be
/// `IDEMPOTENCY_KEY_REUSED`. A write that is not made MUST leave no key behind.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// Adds a pending credential. MUST refuse an address that any credential has.
    async fn insert(&self, credential: &Credential) -> Result<(), WriteError>;
    /// The credential of an address.
    async fn find_by_email(&self, email: &Email) -> Result<Option<Credential>, PortError>;
    /// The credential of a user.
    async fn find(&self, user: UserId) -> Result<Option<Credential>, PortError>;
    /// The credential of an address, and what is kept under the key of a registration.
    async fn find_for_register(
        &self,
        email: &Email,
        key: Option<&IdempotencyKey>,
    ) -> Result<ForChange<UserId>, PortError>;
    /// The credential of a user, and what is kept under the key of a change of roles.
    async fn find_for_roles(
        &self,
        user: UserId,
        key: Option<&IdempotencyKey>,
    ) -> Result<ForChange<BTreeSet<Role>>, PortError>;
    /// Stores a pending credential that another password took over.
    async fn save_pending(&self, credential: &Credential) -> Result<(), WriteError>;
    /// Stores an activated credential; the name it was pending with MUST be forgotten.
    async fn activate(
        &self,
        credential: &Credential,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<UserId>, WriteError>;
    /// Stores a new password and ends all sessions of the user but one, in one step.
    async fn save_password(&self, credential: &Credential, keep: Option<SessionId>) -> Result<(), WriteError>;
    /// Stores new roles.
    async fn save_roles(
        &self,
        credential: &Credential,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<BTreeSet<Role>>, WriteError>;
    /// Removes a pending credential, if it still has the version read; never an active one.
    async fn discard(&self, credential: &Credential) -> Result<(), PortError>;
    /// Removes the credential of a user with all sessions, in one step. Without one, nothing happens.
    async fn erase(&self, user: UserId) -> Result<(), PortError>;
    /// Pending credentials last changed before, oldest first.
    async fn pending_before(&self, before: OffsetDateTime, limit: u16) -> Result<Vec<Credential>, PortError>;
    /// Keeps a refusal under the key of a registration. What was kept before wins and is answered; `None`
    /// when the refusal is kept.
    async fn refuse_register(&self, key: &IdempotencyKey, refusal: &Refusal)
    -> Result<Option<Kept<UserId>>, PortError>;
    /// As [`Credentials::refuse_register`], under the key of a change of roles.
    async fn refuse_roles(
        &self,
        key: &IdempotencyKey,
        refusal: &Refusal,
    ) -> Result<Option<Kept<BTreeSet<Role>>>, PortError>;
}

/// Sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Adds a session for a credential. MUST refuse (`false`) when the credential is not stored in the
    /// version read any more, so that no session survives a new password or an erasure it raced.
    async fn insert(&self, session: &Session, credential: &Credential) -> Result<bool, PortError>;
    /// The session, ended or not.
    async fn find(&self, id: SessionId) -> Result<Option<Session>, PortError>;
    /// Stores a session that went forward. MUST refuse (`false`) when it was ended or its stored
    /// generation is another than the one read.
    async fn advance(&self, session: &Session) -> Result<bool, PortError>;
    /// Ends a session; ending it again changes nothing.
    async fn end(&self, id: SessionId, at: OffsetDateTime) -> Result<(), PortError>;
    /// Ends all sessions of a user.
    async fn end_all(&self, user: UserId, at: OffsetDateTime) -> Result<(), PortError>;
    /// Removes at most `limit` sessions that expired or ended before; tells how many.
    async fn remove_over(&self, before: OffsetDateTime, limit: u16) -> Result<u64, PortError>;
}

/// Failures to sign in, by address. An address that nobody has MUST be treated as any other, and no
/// address may be readable in what is stored.
#[async_trait]
pub trait Attempts: Send + Sync {
    /// Until when the address is shut, if it is.
    async fn shut_until(&self, email: &Email, now: OffsetDateTime) -> Result<Option<OffsetDateTime>, PortError>;
    /// Records how an attempt came out, unless the address is shut meanwhile: then MUST tell until when
    /// and record nothing. So of many attempts at once, those beyond the ladder learn nothing. Success
    /// MUST forget the failures before; one failure MUST count once, however many come at once; failures
    /// are forgotten `forget_after` the last one.
    async fn settle(
        &self,
        email: &Email,
        success: bool,
        ladder: &Ladder,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, PortError>;
    /// Removes what is forgotten.
    async fn remove_forgotten(&self, ladder: &Ladder, now: OffsetDateTime) -> Result<u64, PortError>;
}

/// Hashes passwords, slowly on purpose. MUST bound how many it hashes at once and how many wait, and
/// refuse the rest with OVERLOADED, so that a flood slows nothing else.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Hashes a password with a salt of its own.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PortError>;
    /// Whether the password is the hashed one. Without a hash it is not, and finding that out MUST take
    /// as long.
    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PortError>;
}

/// The profile that a registration makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProfile {
    /// The id it shall have.
    pub user_id: UserId,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Email,
    /// Idempotency key, the same for every try of this registration.
    pub key: String,
}

/// Why a profile was not made.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Another profile has the address.
    #[error("the e-mail address belongs to another profile")]
    EmailTaken,
    /// The profile was made and erased meanwhile.
    #[error("the profile was erased")]
    Erased,
    /// The world failed; whether it was made is unknown.
    #[error("the profile could not be made")]
    Away(#[source] PortError),
}

/// Profiles, at the user service.
#[async_trait]
pub trait Users: Send + Sync {
    /// Makes a profile. Making it again with the same id and address MUST succeed and change nothing,
    /// however long ago it was made.
    async fn create(&self, profile: &NewProfile) -> Result<(), ProfileError>;
}

/// Secrets of refresh tokens: random at first, then each derived from the one before.
pub trait RefreshChain: Send + Sync {
    /// A random secret.
    ///
    /// # Errors
    /// The machine has no randomness.
    fn first(&self) -> Result<[u8; 32], PortError>;
    /// The key that new sessions derive with.
    fn newest(&self) -> ChainKey;
    /// The successor under a key; MUST be the same every time, and not be computable without that key.
    /// `None` when the key is not known any more; the newest always is.
    fn next(&self, key: &ChainKey, secret: &[u8; 32]) -> Option<[u8; 32]>;
    /// What is kept of a secret; MUST NOT lead back to it.
    fn digest(&self, secret: &[u8; 32]) -> [u8; 32];
}

/// A new pair of keys.
#[derive(Debug)]
pub struct KeyPair {
    /// Ed25519 public key.
    pub public: [u8; 32],
    /// Private key in a form of the signer's own.
    pub private: Secret<Vec<u8>>,
}

/// Signs access tokens as EdDSA JWTs.
pub trait TokenSigner: Send + Sync {
    /// A new random pair.
    fn generate(&self) -> Result<KeyPair, PortError>;
    /// The signed token.
    fn sign(&self, key: &KeyId, private: &Secret<Vec<u8>>, claims: &Claims) -> Result<Secret<String>, PortError>;
}

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not signed by us, not for us, or no token.
    #[error("the token is not valid")]
    Invalid,
    /// Ours, but over.
    #[error("the token has expired")]
    Expired,
    /// The world failed.
    #[error("tokens cannot be read")]
    Away(#[source] PortError),
}

/// Reads access tokens, as every service does.
#[async_trait]
pub trait TokenReader: Send + Sync {
    /// What a token says, when signature, issuer, audience and time are right.
    async fn read(&self, token: &str) -> Result<Claims, ReadError>;
}

/// Keys that sign, as they are stored.
#[async_trait]
pub trait SigningKeys: Send + Sync {
    /// All keys.
    async fn list(&self) -> Result<Vec<SealedKey>, PortError>;
    /// Adds a key after its predecessor. MUST refuse (`false`) when that one has a successor already, or,
    /// for the first, when there is a key: so of many processes one makes it.
    async fn insert(&self, key: &SealedKey) -> Result<bool, PortError>;
    /// Removes a key; removing it again changes nothing.
    async fn remove(&self, id: &KeyId) -> Result<(), PortError>;
}

/// Seals private keys for rest. What was sealed for one key MUST NOT open for another.
#[async_trait]
pub trait KeyCipher: Send + Sync {
    /// Seals.
    async fn seal(&self, id: &KeyId, private: &Secret<Vec<u8>>) -> Result<Vec<u8>, PortError>;
    /// Opens.
    async fn open(&self, id: &KeyId, sealed: &[u8]) -> Result<Secret<Vec<u8>>, PortError>;
}

/// Finds out whether a service is the one it says: by a key that it was given, or by whatever vouches for
/// it where it runs.
#[async_trait]
pub trait ServiceIdentity: Send + Sync {
    /// Whether the credential proves that the caller is that service. MUST take the same time whether
    /// the service is known or not, and MUST fail, not deny, when whoever vouches cannot be asked.
    async fn proves(&self, service: &str, credential: &Secret<String>) -> Result<bool, PortError>;
}
