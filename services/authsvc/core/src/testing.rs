//! Everything signing in needs, in memory and on demand failing, and the suites that adapters must pass.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kernel::{
    Caller, Change, Classify, Clock, ErrorKind, IdSource, IdempotencyKey, Kept, KeyReused, PortError, Refusal, Role,
    Secret, UserId, text::Email,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Authority, ChainKey, Claims, Credential, CredentialRecord, CredentialState, Issuer, KeyId, KeyPolicy, Keyring,
    Ladder, Password, PasswordHash, Ports, Rules, SealedKey, Session, SessionId, SessionRecord,
    ports::{
        Attempts, Credentials, ForChange, KeyCipher, KeyPair, NewProfile, PasswordHasher, ProfileError, ReadError,
        RefreshChain, ServiceIdentity, Sessions, SigningKeys, TokenReader, TokenSigner, Users, WriteError,
    },
};

/// A failure on demand.
#[derive(Debug, thiserror::Error)]
#[error("the world failed, as the test asked")]
pub struct Fault;

impl Classify for Fault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
    fn reason(&self) -> &str {
        "UNAVAILABLE"
    }
}

/// Fails one chosen step. Every port call that writes has two: before its effect and after it.
#[derive(Debug, Default)]
pub struct Faults {
    steps: AtomicUsize,
    fail_at: Mutex<Option<usize>>,
}

impl Faults {
    /// Fails the n-th step from now, once.
    pub fn fail_at(&self, step: usize) {
        self.steps.store(0, Ordering::SeqCst);
        *lock(&self.fail_at) = Some(step);
    }

    /// Whether the chosen step has not come yet; chooses none any more.
    pub fn disarm(&self) -> bool {
        lock(&self.fail_at).take().is_some()
    }

    fn step(&self) -> Result<(), PortError> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        let mut chosen = lock(&self.fail_at);
        if *chosen == Some(step) {
            *chosen = None;
            return Err(PortError::new(Fault));
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Clone)]
enum Answer {
    User(UserId),
    Roles(BTreeSet<Role>),
}

#[derive(Debug)]
struct KeptUnder {
    fingerprint: [u8; 32],
    kept: Kept<Answer>,
}

#[derive(Debug, Default)]
struct State {
    credentials: BTreeMap<UserId, CredentialRecord>,
    sessions: BTreeMap<SessionId, SessionRecord>,
    keys: HashMap<(String, &'static str, String), KeptUnder>,
    overtaking: Option<Answer>,
}

impl State {
    fn kept<T>(
        &self,
        key: Option<&IdempotencyKey>,
        take: fn(Answer) -> Option<T>,
    ) -> Result<Option<Kept<T>>, PortError> {
        let Some(key) = key else { return Ok(None) };
        match self.keys.get(&(key.caller.clone(), key.method, key.key.clone())) {
            Some(found) if found.fingerprint != key.fingerprint => Err(PortError::new(KeyReused)),
            Some(found) => Ok(match found.kept.clone() {
                Kept::Answer(answer) => take(answer).map(Kept::Answer),
                Kept::Refusal(refusal) => Some(Kept::Refusal(refusal)),
            }),
            None => Ok(None),
        }
    }

    fn keep(&mut self, key: Option<&IdempotencyKey>, kept: Kept<Answer>) {
        if let Some(key) = key {
            let fingerprint = key.fingerprint;
            let place = (key.caller.clone(), key.method, key.key.clone());
            self.keys.entry(place).or_insert(KeptUnder { fingerprint, kept });
        }
    }

    fn refuse<T>(
        &mut self,
        key: &IdempotencyKey,
        refusal: &Refusal,
        take: fn(Answer) -> Option<T>,
    ) -> Result<Option<Kept<T>>, PortError> {
        if let Some(answer) = self.overtaking.take() {
            self.keep(Some(key), Kept::Answer(answer));
        }
        let earlier = self.kept(Some(key), take)?;
        self.keep(Some(key), Kept::Refusal(refusal.clone()));
        Ok(earlier)
    }

    fn save(&mut self, credential: &Credential) -> Result<(), WriteError> {
        match self.credentials.get_mut(&credential.user_id()) {
            Some(stored) if stored.version == credential.stored_version() => {
                *stored = credential.record().clone();
                Ok(())
            }
            _ => Err(WriteError::Stale),
        }
    }

    fn by_email(&self, email: &Email) -> Option<Credential> {
        let found = self.credentials.values().find(|record| record.email == *email);
        found.cloned().map(Credential::restore)
    }
}

fn user(answer: Answer) -> Option<UserId> {
    match answer {
        Answer::User(user) => Some(user),
        Answer::Roles(_) => None,
    }
}

fn roles(answer: Answer) -> Option<BTreeSet<Role>> {
    match answer {
        Answer::Roles(roles) => Some(roles),
        Answer::User(_) => None,
    }
}

/// [`Credentials`] and [`Sessions`] in memory.
#[derive(Debug, Default)]
pub struct InMemoryStore {
    state: Mutex<State>,
    faults: Arc<Faults>,
}

impl InMemoryStore {
    /// An empty store that fails when told to.
    pub fn failing(faults: Arc<Faults>) -> Self {
        Self {
            state: Mutex::default(),
            faults,
        }
    }

    /// Before the next refusal of a registration is kept, another call with its key is answered so.
    pub fn overtake_registration(&self, user: UserId) {
        lock(&self.state).overtaking = Some(Answer::User(user));
    }

    /// Before the next refusal of a change of roles is kept, another call with its key is answered so.
    pub fn overtake_roles(&self, roles: BTreeSet<Role>) {
        lock(&self.state).overtaking = Some(Answer::Roles(roles));
    }

    /// Everything stored, as text, to look for what must not be in it.
    pub fn dump(&self) -> String {
        format!("{:?}", lock(&self.state))
    }

    fn write<T>(&self, write: impl FnOnce(&mut State) -> Result<T, WriteError>) -> Result<T, WriteError> {
        self.faults.step().map_err(WriteError::Storage)?;
        let done = write(&mut lock(&self.state))?;
        self.faults.step().map_err(WriteError::Storage)?;
        Ok(done)
    }
}

#[async_trait]
impl Credentials for InMemoryStore {
    async fn insert(&self, credential: &Credential) -> Result<(), WriteError> {
        self.write(|state| {
            if state.by_email(&credential.record().email).is_some() {
                return Err(WriteError::EmailTaken);
            }
            state
                .credentials
                .insert(credential.user_id(), credential.record().clone());
            Ok(())
        })
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<Credential>, PortError> {
        Ok(lock(&self.state).by_email(email))
    }

    async fn find(&self, user: UserId) -> Result<Option<Credential>, PortError> {
        Ok(lock(&self.state)
            .credentials
            .get(&user)
            .cloned()
            .map(Credential::restore))
    }

    async fn find_for_register(
        &self,
        email: &Email,
        key: Option<&IdempotencyKey>,
    ) -> Result<ForChange<UserId>, PortError> {
        let state = lock(&self.state);
        Ok(ForChange {
            credential: state.by_email(email),
            kept: state.kept(key, user)?,
        })
    }

    async fn find_for_roles(
        &self,
        user: UserId,
        key: Option<&IdempotencyKey>,
    ) -> Result<ForChange<BTreeSet<Role>>, PortError> {
        let state = lock(&self.state);
        Ok(ForChange {
            credential: state.credentials.get(&user).cloned().map(Credential::restore),
            kept: state.kept(key, roles)?,
        })
    }

    async fn save_pending(&self, credential: &Credential) -> Result<(), WriteError> {
        self.write(|state| state.save(credential))
    }

    async fn activate(
        &self,
        credential: &Credential,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<UserId>, WriteError> {
        self.write(|state| {
            match state.kept(key, user).map_err(WriteError::Storage)? {
                Some(Kept::Answer(user)) => return Ok(Change::Replayed(user)),
                Some(Kept::Refusal(refusal)) => return Err(WriteError::Refused(refusal)),
                None => {}
            }
            state.save(credential)?;
            state.keep(key, Kept::Answer(Answer::User(credential.user_id())));
            Ok(Change::Done(credential.user_id()))
        })
    }

    async fn save_password(&self, credential: &Credential, keep: Option<SessionId>) -> Result<(), WriteError> {
        self.write(|state| {
            state.save(credential)?;
            let at = credential.record().updated_at;
            for session in state.sessions.values_mut() {
                if session.user_id == credential.user_id() && Some(session.id) != keep {
                    session.ended_at.get_or_insert(at);
                }
            }
            Ok(())
        })
    }

    async fn save_roles(
        &self,
        credential: &Credential,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<BTreeSet<Role>>, WriteError> {
        self.write(|state| {
            match state.kept(key, roles).map_err(WriteError::Storage)? {
                Some(Kept::Answer(roles)) => return Ok(Change::Replayed(roles)),
                Some(Kept::Refusal(refusal)) => return Err(WriteError::Refused(refusal)),
                None => {}
            }
            state.save(credential)?;
            let roles = credential.record().roles.clone();
            state.keep(key, Kept::Answer(Answer::Roles(roles.clone())));
            Ok(Change::Done(roles))
        })
    }

    async fn discard(&self, credential: &Credential) -> Result<(), PortError> {
        let mut state = lock(&self.state);
        let stored = state.credentials.get(&credential.user_id());
        if stored.is_some_and(|stored| {
            stored.version == credential.stored_version() && stored.state != CredentialState::Active
        }) {
            state.credentials.remove(&credential.user_id());
        }
        Ok(())
    }

    async fn erase(&self, user: UserId) -> Result<(), PortError> {
        let mut state = lock(&self.state);
        state.credentials.remove(&user);
        state.sessions.retain(|_, session| session.user_id != user);
        Ok(())
    }

    async fn pending_before(&self, before: OffsetDateTime, limit: u16) -> Result<Vec<Credential>, PortError> {
        let state = lock(&self.state);
        let mut found: Vec<_> = state
            .credentials
            .values()
            .filter(|record| record.state != CredentialState::Active && record.updated_at < before)
            .cloned()
            .collect();
        found.sort_by_key(|record| record.updated_at);
        found.truncate(limit.into());
        Ok(found.into_iter().map(Credential::restore).collect())
    }

    async fn refuse_register(
        &self,
        key: &IdempotencyKey,
        refusal: &Refusal,
    ) -> Result<Option<Kept<UserId>>, PortError> {
        lock(&self.state).refuse(key, refusal, user)
    }

    async fn refuse_roles(
        &self,
        key: &IdempotencyKey,
        refusal: &Refusal,
    ) -> Result<Option<Kept<BTreeSet<Role>>>, PortError> {
        lock(&self.state).refuse(key, refusal, roles)
    }
}

#[async_trait]
impl Sessions for InMemoryStore {
    async fn insert(&self, session: &Session, credential: &Credential) -> Result<bool, PortError> {
        let mut state = lock(&self.state);
        let stored = state.credentials.get(&credential.user_id());
        let fresh = stored.is_some_and(|stored| stored.version == credential.stored_version());
        if fresh {
            state.sessions.insert(session.record().id, session.record().clone());
        }
        Ok(fresh)
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, PortError> {
        Ok(lock(&self.state).sessions.get(&id).cloned().map(Session::restore))
    }

    async fn advance(&self, session: &Session) -> Result<bool, PortError> {
        match lock(&self.state).sessions.get_mut(&session.record().id) {
            Some(stored) if stored.generation == session.stored_generation() && stored.ended_at.is_none() => {
                *stored = session.record().clone();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn end(&self, id: SessionId, at: OffsetDateTime) -> Result<(), PortError> {
        if let Some(session) = lock(&self.state).sessions.get_mut(&id) {
            session.ended_at.get_or_insert(at);
        }
        Ok(())
    }

    async fn end_all(&self, user: UserId, at: OffsetDateTime) -> Result<(), PortError> {
        for session in lock(&self.state).sessions.values_mut() {
            if session.user_id == user {
                session.ended_at.get_or_insert(at);
            }
        }
        Ok(())
    }

    async fn remove_over(&self, before: OffsetDateTime, limit: u16) -> Result<u64, PortError> {
        let sessions = &mut lock(&self.state).sessions;
        let over: Vec<SessionId> = sessions
            .values()
            .filter(|session| session.expires_at < before || session.ended_at.is_some_and(|ended| ended < before))
            .map(|session| session.id)
            .take(limit.into())
            .collect();
        for id in &over {
            sessions.remove(id);
        }
        Ok(over.len() as u64)
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last_at: OffsetDateTime,
    shut_until: OffsetDateTime,
}

/// [`Attempts`] in memory.
#[derive(Debug, Default)]
pub struct InMemoryAttempts(Mutex<HashMap<Email, Failures>>);

#[async_trait]
impl Attempts for InMemoryAttempts {
    async fn shut_until(&self, email: &Email, now: OffsetDateTime) -> Result<Option<OffsetDateTime>, PortError> {
        let until = lock(&self.0).get(email).map(|failures| failures.shut_until);
        Ok(until.filter(|until| *until > now))
    }

    async fn settle(
        &self,
        email: &Email,
        success: bool,
        ladder: &Ladder,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, PortError> {
        let mut all = lock(&self.0);
        let before = all.get(email).copied();
        if let Some(until) = before.map(|before| before.shut_until).filter(|until| *until > now) {
            return Ok(Some(until));
        }
        if success {
            all.remove(email);
            return Ok(None);
        }
        let remembered = before.filter(|before| now - before.last_at <= ladder.forget_after);
        let count = remembered.map_or(0, |before| before.count) + 1;
        let failures = Failures {
            count,
            last_at: now,
            shut_until: now + ladder.wait_after(count),
        };
        all.insert(email.clone(), failures);
        Ok(None)
    }

    async fn remove_forgotten(&self, ladder: &Ladder, now: OffsetDateTime) -> Result<u64, PortError> {
        let mut all = lock(&self.0);
        let before = all.len();
        all.retain(|_, failures| now - failures.last_at <= ladder.forget_after);
        Ok((before - all.len()) as u64)
    }
}

/// [`SigningKeys`] in memory.
#[derive(Debug, Default)]
pub struct InMemoryKeys(Mutex<Vec<SealedKey>>);

#[async_trait]
impl SigningKeys for InMemoryKeys {
    async fn list(&self) -> Result<Vec<SealedKey>, PortError> {
        Ok(lock(&self.0).clone())
    }

    async fn insert(&self, key: &SealedKey) -> Result<bool, PortError> {
        let mut keys = lock(&self.0);
        let taken = keys.iter().any(|other| other.predecessor == key.predecessor)
            || (key.predecessor.is_none() && !keys.is_empty());
        if !taken {
            keys.push(key.clone());
        }
        Ok(!taken)
    }

    async fn remove(&self, id: &KeyId) -> Result<(), PortError> {
        lock(&self.0).retain(|key| key.id != *id);
        Ok(())
    }
}

/// A hasher that is fast and says what it did. Its hashes hide nothing.
#[derive(Debug, Default)]
pub struct PlainHasher {
    /// How many passwords were hashed or verified, dummies included.
    pub hashed: AtomicUsize,
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PortError> {
        self.hashed.fetch_add(1, Ordering::SeqCst);
        let reversed: String = password.expose().chars().rev().collect();
        Ok(PasswordHash::new(format!("reversed${reversed}")))
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PortError> {
        Ok(hash == Some(&self.hash(password).await?))
    }
}

/// Profiles in memory.
#[derive(Debug, Default)]
pub struct InMemoryProfiles {
    profiles: Mutex<BTreeMap<UserId, Option<NewProfile>>>,
    faults: Arc<Faults>,
}

impl InMemoryProfiles {
    /// An empty one that fails when told to.
    pub fn failing(faults: Arc<Faults>) -> Self {
        Self {
            profiles: Mutex::default(),
            faults,
        }
    }

    /// Every profile that was made and not erased.
    pub fn all(&self) -> Vec<NewProfile> {
        lock(&self.profiles).values().flatten().cloned().collect()
    }

    /// Erases one.
    pub fn erase(&self, id: UserId) {
        lock(&self.profiles).insert(id, None);
    }
}

#[async_trait]
impl Users for InMemoryProfiles {
    async fn create(&self, profile: &NewProfile) -> Result<(), ProfileError> {
        self.faults.step().map_err(ProfileError::Away)?;
        {
            let mut profiles = lock(&self.profiles);
            let mut others = profiles.values().flatten();
            if others.any(|other| other.email == profile.email && other.user_id != profile.user_id) {
                return Err(ProfileError::EmailTaken);
            }
            if let Some(None) = profiles.get(&profile.user_id) {
                return Err(ProfileError::Erased);
            }
            profiles.entry(profile.user_id).or_insert_with(|| Some(profile.clone()));
        }
        self.faults.step().map_err(ProfileError::Away)
    }
}

/// A chain whose links are easy to see and prove nothing.
#[derive(Debug, Default)]
pub struct CountingChain(AtomicU64);

impl RefreshChain for CountingChain {
    fn first(&self) -> Result<[u8; 32], PortError> {
        let mut secret = [0; 32];
        let seed = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        for (byte, seed) in secret.iter_mut().zip(seed.to_be_bytes()) {
            *byte = seed;
        }
        Ok(secret)
    }
    fn newest(&self) -> ChainKey {
        ChainKey::new("counting".to_owned())
    }
    fn next(&self, _: &ChainKey, secret: &[u8; 32]) -> Option<[u8; 32]> {
        let mut next = *secret;
        for byte in next.iter_mut().skip(8) {
            *byte = byte.wrapping_add(1);
        }
        Some(next)
    }
    fn digest(&self, secret: &[u8; 32]) -> [u8; 32] {
        secret.map(|byte| !byte)
    }
}

/// Signs, reads, seals and proves, with nothing secret about it: a token is its number, and what it says
/// is remembered.
#[derive(Debug, Default)]
pub struct PlainCrypto {
    tokens: Mutex<Vec<(Claims, KeyId)>>,
    generated: AtomicU64,
}

impl PlainCrypto {
    /// What a token says, and which key signed it.
    pub fn claims(&self, token: &Secret<String>) -> Option<(Claims, KeyId)> {
        let number: usize = token.expose().strip_prefix("token-")?.parse().ok()?;
        lock(&self.tokens).get(number).cloned()
    }
}

impl TokenSigner for PlainCrypto {
    fn generate(&self) -> Result<KeyPair, PortError> {
        let number = self.generated.fetch_add(1, Ordering::SeqCst);
        Ok(KeyPair {
            public: [u8::try_from(number).unwrap_or(u8::MAX); 32],
            private: Secret::new(number.to_be_bytes().to_vec()),
        })
    }

    fn sign(&self, key: &KeyId, _private: &Secret<Vec<u8>>, claims: &Claims) -> Result<Secret<String>, PortError> {
        let mut tokens = lock(&self.tokens);
        tokens.push((claims.clone(), key.clone()));
        Ok(Secret::new(format!("token-{}", tokens.len() - 1)))
    }
}

#[async_trait]
impl TokenReader for PlainCrypto {
    async fn read(&self, token: &str) -> Result<Claims, ReadError> {
        let found = self.claims(&Secret::new(token.to_owned()));
        found.map(|(claims, _)| claims).ok_or(ReadError::Invalid)
    }
}

#[async_trait]
impl KeyCipher for PlainCrypto {
    async fn seal(&self, id: &KeyId, private: &Secret<Vec<u8>>) -> Result<Vec<u8>, PortError> {
        Ok([id.as_str().as_bytes(), private.expose()].concat())
    }

    async fn open(&self, id: &KeyId, sealed: &[u8]) -> Result<Secret<Vec<u8>>, PortError> {
        let private = sealed.strip_prefix(id.as_str().as_bytes());
        private
            .map(|private| Secret::new(private.to_vec()))
            .ok_or(PortError::new(Fault))
    }
}

#[async_trait]
impl ServiceIdentity for PlainCrypto {
    async fn proves(&self, service: &str, credential: &Secret<String>) -> Result<bool, PortError> {
        Ok(*credential.expose() == format!("{service}-key"))
    }
}

/// Time that stands still until it is moved.
#[derive(Debug)]
pub struct StillClock(Mutex<OffsetDateTime>);

impl Default for StillClock {
    fn default() -> Self {
        Self(Mutex::new(OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_000_000)))
    }
}

impl StillClock {
    /// Moves on.
    pub fn advance(&self, by: Duration) {
        *lock(&self.0) += by;
    }
}

impl Clock for StillClock {
    fn now(&self) -> OffsetDateTime {
        *lock(&self.0)
    }
}

#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl IdSource for Counting {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::SeqCst)) + 1)
    }
}

/// The domain over fakes, and the fakes.
pub struct World {
    /// The domain.
    pub authority: Authority,
    /// Credentials and sessions.
    pub store: Arc<InMemoryStore>,
    /// Profiles.
    pub profiles: Arc<InMemoryProfiles>,
    /// Hashes.
    pub hasher: Arc<PlainHasher>,
    /// Tokens and keys.
    pub crypto: Arc<PlainCrypto>,
    /// Signing keys.
    pub keyring: Arc<Keyring>,
    /// Time.
    pub clock: Arc<StillClock>,
    /// Failures of store and profiles.
    pub faults: Arc<Faults>,
}

impl Default for World {
    fn default() -> Self {
        let faults = Arc::new(Faults::default());
        let store = Arc::new(InMemoryStore::failing(Arc::clone(&faults)));
        let profiles = Arc::new(InMemoryProfiles::failing(Arc::clone(&faults)));
        let (hasher, crypto) = (Arc::new(PlainHasher::default()), Arc::new(PlainCrypto::default()));
        let (clock, ids) = (Arc::new(StillClock::default()), Arc::new(Counting::default()));
        let keyring = Arc::new(Keyring::new(
            Arc::new(InMemoryKeys::default()),
            Arc::clone(&crypto) as _,
            Arc::clone(&crypto) as _,
            Arc::clone(&clock) as _,
            Arc::clone(&ids) as _,
            KeyPolicy::default(),
        ));
        let ports = Ports {
            credentials: Arc::clone(&store) as _,
            sessions: Arc::clone(&store) as _,
            attempts: Arc::new(InMemoryAttempts::default()),
            hasher: Arc::clone(&hasher) as _,
            users: Arc::clone(&profiles) as _,
            chain: Arc::new(CountingChain::default()),
            reader: Arc::clone(&crypto) as _,
            services: Arc::clone(&crypto) as _,
            clock: Arc::clone(&clock) as _,
            ids,
        };
        let issuer = Issuer::new(Arc::clone(&keyring), Arc::clone(&crypto) as _, Arc::clone(&clock) as _);
        Self {
            authority: Authority::new(ports, issuer, Rules::default()),
            keyring,
            store,
            profiles,
            hasher,
            crypto,
            clock,
            faults,
        }
    }
}

/// A key, the same for the same text; `request` stands for the request it is sent with.
pub fn key(text: &str, request: u8) -> IdempotencyKey {
    IdempotencyKey {
        caller: Caller::Anonymous.to_string(),
        method: "auth.v1.AuthService/Test",
        key: text.to_owned(),
        fingerprint: [request; 32],
    }
}

fn epoch(seconds: u64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn address(text: &str) -> Email {
    Email::parse(text).unwrap_or_else(|_| unreachable!("test builders are given addresses"))
}

/// A pending credential, not stored yet, made `n` seconds after the epoch for user `n`.
pub fn pending(n: u32, email: &str) -> Credential {
    Credential::pending(
        UserId::new(Uuid::from_u128(n.into())),
        address(email),
        "Ada Lovelace".to_owned(),
        PasswordHash::new("hash".to_owned()),
        epoch(n.into()),
    )
}

/// The same credential activated, not stored yet.
pub fn activated(credential: &Credential) -> Credential {
    let mut credential = credential.clone();
    credential.activate(epoch(1_000));
    credential
}

/// The same credential with another password, not stored yet.
pub fn repassworded(credential: &Credential, hash: &str) -> Credential {
    let mut credential = credential.clone();
    credential.set_password(PasswordHash::new(hash.to_owned()), epoch(1_001));
    credential
}

/// The same credential with other roles, not stored yet.
pub fn promoted(credential: &Credential, roles: &[Role]) -> Credential {
    let mut credential = credential.clone();
    credential.set_roles(roles.iter().copied().collect(), epoch(1_002));
    credential
}

/// A session of a user, not stored yet.
pub fn session(n: u32, credential: &Credential) -> Session {
    Session::restore(SessionRecord {
        id: SessionId::new(Uuid::from_u128(n.into())),
        user_id: credential.user_id(),
        generation: 0,
        digest: [7; 32],
        chain_key: ChainKey::new("first".to_owned()),
        rotated_at: epoch(1_000),
        created_at: epoch(1_000),
        expires_at: epoch(2_000),
        ended_at: None,
    })
}

/// The same session gone forward, not stored yet.
pub fn forward(session: &Session) -> Session {
    let mut session = session.clone();
    let token = crate::RefreshToken {
        session: session.record().id,
        generation: session.record().generation,
        secret: Secret::new([0; 32]),
    };
    let presented = session.present(&token, Duration::ZERO, epoch(1_001), &AnyChain(session.record().digest));
    debug_assert!(matches!(presented, crate::Presented::Rotated(_)));
    session
}

/// Whatever is presented is right.
struct AnyChain([u8; 32]);

impl RefreshChain for AnyChain {
    fn first(&self) -> Result<[u8; 32], PortError> {
        Ok([0; 32])
    }
    fn newest(&self) -> ChainKey {
        ChainKey::new("any".to_owned())
    }
    fn next(&self, key: &ChainKey, secret: &[u8; 32]) -> Option<[u8; 32]> {
        (*key == self.newest()).then_some(*secret)
    }
    fn digest(&self, _secret: &[u8; 32]) -> [u8; 32] {
        self.0
    }
}

/// The contracts as tests: `auth_contract!(store setup)` for [`Credentials`] and [`Sessions`] over one
/// store, `attempts` for [`Attempts`], `keys` for [`SigningKeys`]. `setup` is an `async fn() -> (impl
/// Port, Guard)` that makes an empty one, for the store `-> (Arc<impl Credentials>, Arc<impl Sessions>,
/// Guard)`; the guard lives as long as the test. Attributes given first are put on every test.
#[macro_export]
macro_rules! auth_contract {
    ($(#[$meta:meta])* store $setup:path) => {
        $crate::auth_contract!(@stores [$(#[$meta])*] $setup;
            an_address_has_one_credential
            a_write_is_conditional_on_the_version_read
            activation_keeps_its_key
            a_write_that_is_not_made_leaves_no_key
            roles_keep_their_key
            a_refusal_is_kept
            what_was_kept_before_a_refusal_wins
            a_new_password_ends_the_other_sessions
            a_session_needs_the_credential_it_was_started_for
            a_session_goes_forward_once
            an_ended_session_does_not_go_forward
            erasing_takes_the_sessions_along
            only_pending_credentials_are_discarded_and_swept
            sessions_that_are_over_are_removed
            parallel_steps_forward_are_one
        );
    };
    ($(#[$meta:meta])* attempts $setup:path) => {
        $crate::auth_contract!(@tests [$(#[$meta])*] $setup;
            failures_climb_the_ladder_and_success_forgets_them
            a_shut_address_learns_nothing
            failures_are_forgotten_after_a_while
            parallel_failures_all_count
        );
    };
    ($(#[$meta:meta])* keys $setup:path) => {
        $crate::auth_contract!(@tests [$(#[$meta])*] $setup;
            a_key_has_one_successor
            a_removed_key_is_gone
        );
    };
    (@stores $meta:tt $setup:path; $($test:ident)+) => {
        $($crate::auth_contract!(@store $meta $setup; $test);)+
    };
    (@store [$($meta:tt)*] $setup:path; $test:ident) => {
        $($meta)*
        #[tokio::test]
        async fn $test() {
            let (credentials, sessions, _guard) = $setup().await;
            $crate::testing::contract::$test(credentials, sessions).await;
        }
    };
    (@tests $meta:tt $setup:path; $($test:ident)+) => {
        $($crate::auth_contract!(@test $meta $setup; $test);)+
    };
    (@test [$($meta:tt)*] $setup:path; $test:ident) => {
        $($meta)*
        #[tokio::test]
        async fn $test() {
            let (port, _guard) = $setup().await;
            $crate::testing::contract::$test(std::sync::Arc::new(port)).await;
        }
    };
}

#[expect(clippy::unwrap_used, missing_docs, reason = "these are tests, run by adapters")]
pub mod contract;
