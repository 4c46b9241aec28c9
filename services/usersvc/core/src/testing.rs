//! Users in memory, callers to act with, and the suite that every adapter of [`Users`] must pass.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use kernel::{
    Caller, Change, IdempotencyKey, Kept, KeyReused, Page, PageSize, PortError, Refusal, Role, UserId, text::Email,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Name, User, UserEvent, UserRecord,
    event::Stamp,
    ports::{ForChange, UserCursor, Users, WriteError},
};

#[derive(Debug, Clone)]
enum Answer {
    User(User),
    Erased,
}

#[derive(Debug)]
struct KeptUnder {
    fingerprint: [u8; 32],
    kept: Kept<Answer>,
}

#[derive(Debug, Default)]
struct State {
    users: BTreeMap<UserId, Option<UserRecord>>,
    keys: HashMap<(String, &'static str, String), KeptUnder>,
    events: Vec<UserEvent>,
    overtaking: Option<User>,
}

impl State {
    fn kept(&self, key: Option<&IdempotencyKey>) -> Result<Option<Kept<Answer>>, PortError> {
        let Some(key) = key else { return Ok(None) };
        match self.keys.get(&(key.caller.clone(), key.method, key.key.clone())) {
            Some(found) if found.fingerprint != key.fingerprint => Err(PortError::new(KeyReused)),
            Some(found) => Ok(Some(found.kept.clone())),
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

    fn email_taken(&self, record: &UserRecord) -> bool {
        let mut others = self.users.values().flatten();
        others.any(|other| other.email == record.email && other.id != record.id)
    }

    fn is_stale(&self, user: &User) -> bool {
        let stored = self.users.get(&user.id()).and_then(Option::as_ref);
        stored.is_none_or(|stored| stored.version != user.stored_version())
    }
}

/// [`Users`] in memory.
#[derive(Debug, Default)]
pub struct InMemoryUsers(Mutex<State>);

impl InMemoryUsers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before the next refusal is kept, another call with its key is answered with this profile.
    pub fn overtake(&self, user: User) {
        self.state().overtaking = Some(user);
    }

    /// Every event stored so far.
    pub fn events(&self) -> Vec<UserEvent> {
        self.state().events.clone()
    }
}

fn user_answer(kept: Kept<Answer>) -> Option<Kept<User>> {
    match kept {
        Kept::Answer(Answer::User(user)) => Some(Kept::Answer(user)),
        Kept::Answer(Answer::Erased) => None,
        Kept::Refusal(refusal) => Some(Kept::Refusal(refusal)),
    }
}

fn replayed(kept: Kept<Answer>) -> Result<Change<User>, WriteError> {
    match user_answer(kept) {
        Some(Kept::Answer(user)) => Ok(Change::Replayed(user)),
        Some(Kept::Refusal(refusal)) => Err(WriteError::Refused(refusal)),
        None => Err(WriteError::Stale),
    }
}

#[async_trait]
impl Users for InMemoryUsers {
    async fn insert(&self, user: &User, key: Option<&IdempotencyKey>) -> Result<Change<User>, WriteError> {
        let mut state = self.state();
        if let Some(kept) = state.kept(key).map_err(WriteError::Storage)? {
            return replayed(kept);
        }
        if state.email_taken(user.record()) {
            return Err(WriteError::EmailTaken);
        }
        if state.users.contains_key(&user.id()) {
            return Err(WriteError::IdTaken);
        }
        state.users.insert(user.id(), Some(user.record().clone()));
        state.events.extend_from_slice(user.events());
        state.keep(key, Kept::Answer(Answer::User(user.settled())));
        Ok(Change::Done(user.settled()))
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, PortError> {
        Ok(self.state().users.get(&id).cloned().flatten().map(User::restore))
    }

    async fn find_for_change(&self, id: UserId, key: Option<&IdempotencyKey>) -> Result<ForChange<User>, PortError> {
        let state = self.state();
        Ok(ForChange {
            user: state.users.get(&id).cloned().flatten().map(User::restore),
            kept: state.kept(key)?.and_then(user_answer),
        })
    }

    async fn find_for_erase(&self, id: UserId, key: Option<&IdempotencyKey>) -> Result<ForChange<()>, PortError> {
        let state = self.state();
        Ok(ForChange {
            user: state.users.get(&id).cloned().flatten().map(User::restore),
            kept: state.kept(key)?.map(|kept| match kept {
                Kept::Answer(_) => Kept::Answer(()),
                Kept::Refusal(refusal) => Kept::Refusal(refusal),
            }),
        })
    }

    async fn save(&self, user: &User, key: Option<&IdempotencyKey>) -> Result<Change<User>, WriteError> {
        let mut state = self.state();
        if let Some(kept) = state.kept(key).map_err(WriteError::Storage)? {
            return replayed(kept);
        }
        if state.is_stale(user) {
            return Err(WriteError::Stale);
        }
        if state.email_taken(user.record()) {
            return Err(WriteError::EmailTaken);
        }
        state.users.insert(user.id(), Some(user.record().clone()));
        state.events.extend_from_slice(user.events());
        state.keep(key, Kept::Answer(Answer::User(user.settled())));
        Ok(Change::Done(user.settled()))
    }

    async fn erase(&self, user: &User, key: Option<&IdempotencyKey>) -> Result<Change<()>, WriteError> {
        let mut state = self.state();
        match state.kept(key).map_err(WriteError::Storage)? {
            Some(Kept::Answer(_)) => return Ok(Change::Replayed(())),
            Some(Kept::Refusal(refusal)) => return Err(WriteError::Refused(refusal)),
            None => {}
        }
        if state.is_stale(user) {
            return Err(WriteError::Stale);
        }
        state.users.insert(user.id(), None);
        state.events.extend_from_slice(user.events());
        state.keep(key, Kept::Answer(Answer::Erased));
        Ok(Change::Done(()))
    }

    async fn list(&self, after: Option<UserCursor>, size: PageSize) -> Result<Page<User, UserCursor>, PortError> {
        let state = self.state();
        let mut users: Vec<User> = state.users.values().flatten().cloned().map(User::restore).collect();
        let place = |cursor: UserCursor| (cursor.created_at, cursor.id);
        users.sort_by_key(|user| std::cmp::Reverse(place(UserCursor::of(user))));
        users.retain(|user| after.is_none_or(|after| place(UserCursor::of(user)) < place(after)));
        users.truncate(usize::from(size.get()) + 1);
        Ok(Page::of(users, size, UserCursor::of))
    }

    async fn refuse(&self, key: &IdempotencyKey, refusal: &Refusal) -> Result<Option<Kept<User>>, PortError> {
        let mut state = self.state();
        if let Some(user) = state.overtaking.take() {
            state.keep(Some(key), Kept::Answer(Answer::User(user)));
        }
        let earlier = state.kept(Some(key))?;
        state.keep(Some(key), Kept::Refusal(refusal.clone()));
        Ok(earlier.and_then(user_answer))
    }

    async fn count_active(&self) -> Result<u64, PortError> {
        Ok(self.state().users.values().flatten().filter(|user| user.active).count() as u64)
    }
}

/// A customer with this id.
pub fn customer(id: UserId) -> Caller {
    Caller::user(id, [Role::Customer], Uuid::nil())
}

/// Somebody of the staff.
pub fn staff() -> Caller {
    Caller::user(UserId::new(Uuid::from_u128(u128::MAX)), [Role::Staff], Uuid::nil())
}

/// A key, the same for the same text; `request` stands for the request it is sent with.
pub fn key(text: &str, request: u8) -> IdempotencyKey {
    IdempotencyKey {
        caller: staff().to_string(),
        method: "user.v1.UserService/Test",
        key: text.to_owned(),
        fingerprint: [request; 32],
    }
}

/// A new profile, not stored yet, created `n` seconds after the epoch with id `n`.
pub fn new_user(n: u32, email: &str) -> User {
    let name = Name::parse("Ada Lovelace").unwrap_or_else(|_| unreachable_text());
    let email = Email::parse(email).unwrap_or_else(|_| unreachable_text());
    User::create(UserId::new(Uuid::from_u128(n.into())), name, email, None, stamp(n, n))
}

/// The same profile renamed, not stored yet; `event` makes the event's identity.
pub fn renamed(user: &User, name: &str, event: u32) -> User {
    let mut user = user.clone();
    user.change(Name::parse(name).ok(), None, None, None, stamp(event, event));
    user
}

/// The same profile with another address, not stored yet.
pub fn readdressed(user: &User, email: &str, event: u32) -> User {
    let mut user = user.clone();
    user.change(None, Email::parse(email).ok(), None, None, stamp(event, event));
    user
}

/// The same profile deleted, not stored yet.
pub fn deleted(user: &User, event: u32) -> User {
    let mut user = user.clone();
    user.delete(stamp(event, event));
    user
}

fn stamp(event: u32, second: u32) -> Stamp {
    Stamp {
        event_id: Uuid::from_u128(0xe000_0000 + u128::from(event)),
        at: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second.into()),
        actor: staff().to_string(),
    }
}

fn unreachable_text<T>() -> T {
    unreachable!("test builders are given good text")
}

/// The contract of [`Users`] as tests: `users_contract!(setup)`, where `setup` is an `async fn() ->
/// (impl Users, Guard)` that makes an empty store; the guard lives as long as the test. Attributes
/// given first are put on every test: `users_contract!(#[ignore = "needs Postgres: make test"] setup)`.
#[macro_export]
macro_rules! users_contract {
    ($(#[$meta:meta])* $setup:path) => {
        $crate::users_contract!(@tests [$(#[$meta])*] $setup;
            an_inserted_user_is_found
            an_address_belongs_to_one_user
            an_erased_user_is_gone_and_its_address_free_but_not_its_id
            a_stale_save_changes_nothing
            a_key_is_answered_with_what_it_did
            a_key_with_another_request_is_refused
            a_write_that_is_not_made_leaves_no_key
            a_refusal_is_kept
            what_was_kept_before_a_refusal_wins
            a_page_follows_the_other_newest_first
            parallel_inserts_with_one_key_make_one_user
        );
    };
    (@tests $meta:tt $setup:path; $($test:ident)+) => {
        $($crate::users_contract!(@test $meta $setup; $test);)+
    };
    (@test [$($meta:tt)*] $setup:path; $test:ident) => {
        $($meta)*
        #[tokio::test]
        async fn $test() {
            let (users, _guard) = $setup().await;
            $crate::testing::contract::$test(std::sync::Arc::new(users)).await;
        }
    };
}

#[expect(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "these are tests, run by adapters"
)]
pub mod contract;
