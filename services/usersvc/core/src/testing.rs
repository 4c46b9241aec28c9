//! Users in memory, callers to act with, and the suite that every adapter of [`Users`] must pass.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use kernel::{
    Caller, Change, Classify, ErrorKind, IdempotencyKey, Kept, Page, PageSize, PortError, Refusal, Role, UserId,
    text::Email,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Name, User, UserEvent, UserRecord,
    event::Stamp,
    ports::{ForChange, UserCursor, Users, WriteError},
};

/// A key was used with another request.
#[derive(Debug, thiserror::Error)]
#[error("the key was used with another request")]
struct KeyReused;

impl Classify for KeyReused {
    fn kind(&self) -> ErrorKind {
        ErrorKind::WrongState
    }
    fn reason(&self) -> &str {
        "IDEMPOTENCY_KEY_REUSED"
    }
}

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

    async fn refuse(&self, key: &IdempotencyKey, refusal: &Refusal) -> Result<(), PortError> {
        self.state().keep(Some(key), Kept::Refusal(refusal.clone()));
        Ok(())
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

/// The tests behind [`users_contract!`].
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "these are tests, run by adapters"
)]
pub mod contract {
    use std::sync::Arc;

    use super::*;

    pub async fn an_inserted_user_is_found(users: Arc<impl Users>) {
        let user = new_user(1, "ada@example.com");
        let stored = users.insert(&user, None).await.unwrap();
        assert_eq!(stored, Change::Done(user.settled()));
        assert_eq!(users.find(user.id()).await.unwrap(), Some(user.settled()));
        assert_eq!(users.find(UserId::new(Uuid::from_u128(9))).await.unwrap(), None);
        assert_eq!(users.count_active().await.unwrap(), 1);
    }

    pub async fn an_address_belongs_to_one_user(users: Arc<impl Users>) {
        users
            .insert(&new_user(1, "rene\u{301}@example.com"), None)
            .await
            .unwrap();
        let second = users.insert(&new_user(2, "Ren\u{e9}@EXAMPLE.com"), None).await;
        assert!(matches!(second, Err(WriteError::EmailTaken)), "{second:?}");
        let other = new_user(3, "other@example.com");
        users.insert(&other, None).await.unwrap();
        let moved = users
            .save(&readdressed(&other.settled(), "ren\u{e9}@example.com", 10), None)
            .await;
        assert!(matches!(moved, Err(WriteError::EmailTaken)), "{moved:?}");
    }

    pub async fn an_erased_user_is_gone_and_its_address_free_but_not_its_id(users: Arc<impl Users>) {
        let user = new_user(1, "ada@example.com");
        users.insert(&user, None).await.unwrap();
        let gone = deleted(&user.settled(), 10);
        assert_eq!(users.erase(&gone, None).await.unwrap(), Change::Done(()));
        assert_eq!(users.find(user.id()).await.unwrap(), None);
        assert!(users.list(None, PageSize::DEFAULT).await.unwrap().items.is_empty());
        assert_eq!(users.count_active().await.unwrap(), 0);
        assert!(matches!(users.erase(&gone, None).await, Err(WriteError::Stale)));
        assert!(matches!(
            users.save(&renamed(&user.settled(), "Bob", 11), None).await,
            Err(WriteError::Stale)
        ));
        let again = users.insert(&new_user(1, "new@example.com"), None).await;
        assert!(matches!(again, Err(WriteError::IdTaken)), "{again:?}");
        users.insert(&new_user(2, "ada@example.com"), None).await.unwrap();
    }

    pub async fn a_stale_save_changes_nothing(users: Arc<impl Users>) {
        let user = new_user(1, "ada@example.com");
        users.insert(&user, None).await.unwrap();
        let first = renamed(&user.settled(), "First", 10);
        let second = renamed(&user.settled(), "Second", 11);
        users.save(&first, None).await.unwrap();
        assert!(matches!(users.save(&second, None).await, Err(WriteError::Stale)));
        assert_eq!(users.find(user.id()).await.unwrap(), Some(first.settled()));
    }

    pub async fn a_key_is_answered_with_what_it_did(users: Arc<impl Users>) {
        let user = new_user(1, "ada@example.com");
        users.insert(&user, Some(&key("create", 1))).await.unwrap();
        let repeated = users
            .insert(&new_user(2, "ada@example.com"), Some(&key("create", 1)))
            .await
            .unwrap();
        assert_eq!(repeated, Change::Replayed(user.settled()));

        let first = renamed(&user.settled(), "First", 10);
        users.save(&first, Some(&key("rename", 1))).await.unwrap();
        users
            .save(&renamed(&first.settled(), "Second", 11), None)
            .await
            .unwrap();
        let found = users.find_for_change(user.id(), Some(&key("rename", 1))).await.unwrap();
        assert_eq!(found.kept, Some(Kept::Answer(first.settled())));
        let repeated = users
            .save(&renamed(&first.settled(), "Third", 12), Some(&key("rename", 1)))
            .await
            .unwrap();
        assert_eq!(repeated, Change::Replayed(first.settled()));

        let latest = users.find(user.id()).await.unwrap().unwrap();
        users
            .erase(&deleted(&latest, 13), Some(&key("erase", 1)))
            .await
            .unwrap();
        let found = users.find_for_erase(user.id(), Some(&key("erase", 1))).await.unwrap();
        assert!(found.user.is_none());
        assert_eq!(found.kept, Some(Kept::Answer(())));
    }

    pub async fn a_key_with_another_request_is_refused(users: Arc<impl Users>) {
        let user = new_user(1, "ada@example.com");
        users.insert(&user, Some(&key("k", 1))).await.unwrap();
        let Err(WriteError::Storage(error)) = users.insert(&new_user(2, "b@example.com"), Some(&key("k", 2))).await
        else {
            panic!("a key was taken with another request");
        };
        assert_eq!(error.reason(), "IDEMPOTENCY_KEY_REUSED");
        let found = users.find_for_change(user.id(), Some(&key("k", 2))).await;
        assert_eq!(found.unwrap_err().reason(), "IDEMPOTENCY_KEY_REUSED");
    }

    pub async fn a_write_that_is_not_made_leaves_no_key(users: Arc<impl Users>) {
        let user = new_user(1, "ada@example.com");
        users.insert(&user, None).await.unwrap();
        let taken = users.insert(&new_user(2, "ada@example.com"), Some(&key("k", 1))).await;
        assert!(matches!(taken, Err(WriteError::EmailTaken)), "{taken:?}");
        users
            .insert(&new_user(2, "bob@example.com"), Some(&key("k", 2)))
            .await
            .unwrap();

        let first = renamed(&user.settled(), "First", 10);
        users.save(&first, None).await.unwrap();
        let stale = users
            .save(&renamed(&user.settled(), "Second", 11), Some(&key("s", 1)))
            .await;
        assert!(matches!(stale, Err(WriteError::Stale)), "{stale:?}");
        let found = users.find_for_change(user.id(), Some(&key("s", 2))).await.unwrap();
        assert_eq!(found.kept, None);
    }

    pub async fn a_refusal_is_kept(users: Arc<impl Users>) {
        let refusal = Refusal {
            kind: ErrorKind::AlreadyExists,
            reason: "EMAIL_TAKEN".to_owned(),
            message: "the e-mail address is taken".to_owned(),
            metadata: Vec::new(),
        };
        users.refuse(&key("k", 1), &refusal).await.unwrap();
        users.refuse(&key("k", 1), &refusal).await.unwrap();
        let told = users.insert(&new_user(1, "ada@example.com"), Some(&key("k", 1))).await;
        assert!(
            matches!(&told, Err(WriteError::Refused(kept)) if *kept == refusal),
            "{told:?}"
        );
        assert_eq!(users.find(UserId::new(Uuid::from_u128(1))).await.unwrap(), None);
    }

    pub async fn a_page_follows_the_other_newest_first(users: Arc<impl Users>) {
        for n in 1..=5 {
            users
                .insert(&new_user(n, &format!("u{n}@example.com")), None)
                .await
                .unwrap();
        }
        let two = PageSize::try_from(2).unwrap();
        let first = users.list(None, two).await.unwrap();
        users.insert(&new_user(6, "u6@example.com"), None).await.unwrap();
        let second = users.list(first.next, two).await.unwrap();
        let third = users.list(second.next, two).await.unwrap();
        assert_eq!(third.next, None);
        let seen: Vec<u128> = [first.items, second.items, third.items]
            .concat()
            .iter()
            .map(|user| user.id().as_uuid().as_u128())
            .collect();
        assert_eq!(seen, [5, 4, 3, 2, 1]);
    }

    pub async fn parallel_inserts_with_one_key_make_one_user(users: Arc<impl Users + 'static>) {
        let calls: Vec<_> = (1..=20)
            .map(|n| {
                let users = Arc::clone(&users);
                tokio::spawn(async move { users.insert(&new_user(n, "ada@example.com"), Some(&key("k", 1))).await })
            })
            .collect();
        let mut done = 0;
        let mut ids = std::collections::BTreeSet::new();
        for call in calls {
            let change = call.await.unwrap().unwrap();
            done += usize::from(!change.is_replayed());
            ids.insert(change.into_inner().id());
        }
        assert_eq!((done, ids.len()), (1, 1));
    }
}
