//! Every use case on the fakes, and the contract of the fake itself.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use kernel::{Caller, Change, Classify, Clock, ErrorKind, Etag, IdSource, PageSize, UserId};
use time::OffsetDateTime;
use user_core::{
    Directory, NewUser, User, UserEventKind, UserPatch, Validity,
    testing::{InMemoryUsers, customer, key, staff},
};
use uuid::Uuid;

mod contract {
    use user_core::testing::InMemoryUsers;

    async fn setup() -> (InMemoryUsers, ()) {
        (InMemoryUsers::default(), ())
    }
    user_core::users_contract!(setup);
}

#[derive(Default)]
struct Ticks(AtomicU64);
impl Clock for Ticks {
    fn now(&self) -> OffsetDateTime {
        let ticks = self.0.fetch_add(1, Ordering::Relaxed);
        OffsetDateTime::UNIX_EPOCH + std::time::Duration::from_millis(ticks)
    }
}
impl IdSource for Ticks {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

fn directory() -> (Directory, Arc<InMemoryUsers>) {
    let users = Arc::new(InMemoryUsers::default());
    let directory = Directory::new(
        Arc::clone(&users) as _,
        Arc::new(Ticks::default()),
        Arc::new(Ticks::default()),
    );
    (directory, users)
}

fn registration() -> Caller {
    Caller::service("authsvc", ["users:create".to_owned()])
}

fn ada(id: Option<UserId>) -> NewUser {
    NewUser {
        id,
        name: "Ada Lovelace".to_owned(),
        email: "ada@example.com".to_owned(),
        phone: String::new(),
    }
}

async fn created(directory: &Directory) -> User {
    directory.create(&staff(), ada(None), None).await.unwrap().into_inner()
}

#[tokio::test]
async fn creating_stores_the_user_and_tells_it() {
    let (directory, users) = directory();
    let user = created(&directory).await;
    assert!(user.is_active());
    assert_eq!(directory.get(&customer(user.id()), user.id()).await.unwrap(), user);
    let events = users.events();
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].kind, events[0].user_id, events[0].version),
        (UserEventKind::Created, user.id(), 1)
    );
    assert_eq!(events[0].actor, staff().to_string());
}

#[tokio::test]
async fn everything_wrong_with_the_input_is_told_at_once() {
    let (directory, _) = directory();
    let bad = NewUser {
        id: None,
        name: "A".to_owned(),
        email: "nobody".to_owned(),
        phone: "12 34".to_owned(),
    };
    let error = directory.create(&staff(), bad, None).await.unwrap_err();
    let fields: Vec<String> = error
        .violations()
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    assert_eq!(fields, ["name", "email", "phone"]);
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn customers_and_strangers_create_nobody() {
    let (directory, _) = directory();
    for caller in [Caller::Anonymous, customer(UserId::new(Uuid::from_u128(7)))] {
        let error = directory.create(&caller, ada(None), None).await.unwrap_err();
        assert_eq!(error.reason(), "NOT_ALLOWED");
    }
    let chosen = ada(Some(UserId::new(Uuid::from_u128(7))));
    let error = directory.create(&staff(), chosen, None).await.unwrap_err();
    assert_eq!(error.reason(), "NOT_ALLOWED");
}

#[tokio::test]
async fn registering_again_with_the_chosen_id_meets_the_same_profile() {
    let (directory, users) = directory();
    let id = UserId::new(Uuid::from_u128(700));
    let first = directory.create(&registration(), ada(Some(id)), None).await.unwrap();
    let again = directory.create(&registration(), ada(Some(id)), None).await.unwrap();
    assert_eq!(again, Change::Replayed(first.into_inner()));
    let other = ada(Some(UserId::new(Uuid::from_u128(701))));
    let error = directory.create(&registration(), other, None).await.unwrap_err();
    assert_eq!(error.reason(), "EMAIL_TAKEN");
    assert_eq!(users.events().len(), 1);
}

#[tokio::test]
async fn a_taken_address_is_refused_and_the_refusal_replayed() {
    let (directory, _) = directory();
    let user = created(&directory).await;
    let refused = directory
        .create(&staff(), ada(None), Some(&key("k", 1)))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.reason()),
        (ErrorKind::AlreadyExists, "EMAIL_TAKEN")
    );
    directory.delete(&staff(), user.id(), None, None).await.unwrap();
    let replayed = directory
        .create(&staff(), ada(None), Some(&key("k", 1)))
        .await
        .unwrap_err();
    assert_eq!(replayed.reason(), "EMAIL_TAKEN");
    assert_eq!(replayed.to_string(), refused.to_string());
    let reused = directory
        .create(&staff(), ada(None), Some(&key("k", 2)))
        .await
        .unwrap_err();
    assert_eq!(reused.reason(), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn anothers_profile_does_not_exist_for_a_customer() {
    let (directory, _) = directory();
    let user = created(&directory).await;
    for caller in [Caller::Anonymous, customer(UserId::new(Uuid::from_u128(77)))] {
        let id = user.id();
        assert_eq!(directory.get(&caller, id).await.unwrap_err().reason(), "USER_NOT_FOUND");
        let patch = UserPatch::default();
        let error = directory.update(&caller, id, &patch, None, None).await.unwrap_err();
        assert_eq!(error.reason(), "USER_NOT_FOUND");
        let error = directory.delete(&caller, id, None, None).await.unwrap_err();
        assert_eq!(error.reason(), "USER_NOT_FOUND");
        let error = directory.list(&caller, None, PageSize::DEFAULT).await.unwrap_err();
        assert_eq!(error.reason(), "NOT_ALLOWED");
        assert_eq!(
            directory.validate(&caller, id).await.unwrap_err().reason(),
            "NOT_ALLOWED"
        );
    }
}

#[tokio::test]
async fn only_staff_decide_who_is_active() {
    let (directory, _) = directory();
    let user = created(&directory).await;
    let patch = UserPatch {
        active: Some(false),
        ..UserPatch::default()
    };
    let error = directory
        .update(&customer(user.id()), user.id(), &patch, None, None)
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "NOT_ALLOWED");
    directory.update(&staff(), user.id(), &patch, None, None).await.unwrap();
    let validity = directory.validate(&registration(), user.id()).await.unwrap();
    assert!(matches!(validity, Validity::Inactive(_)));
    assert_eq!(validity.reason(), Some("USER_INACTIVE"));
}

#[tokio::test]
async fn a_change_raises_the_version_and_a_change_of_nothing_does_not() {
    let (directory, users) = directory();
    let user = created(&directory).await;
    let patch = UserPatch {
        name: Some("Grace Hopper".to_owned()),
        phone: Some("+4912345".to_owned()),
        ..UserPatch::default()
    };
    let changed = directory
        .update(&staff(), user.id(), &patch, None, None)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((changed.version(), changed.record().name.as_str()), (2, "Grace Hopper"));
    let same = directory
        .update(&staff(), user.id(), &patch, None, None)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(same, changed);
    assert_eq!(users.events().len(), 2);
}

#[tokio::test]
async fn of_two_updates_with_one_etag_one_wins() {
    let (directory, _) = directory();
    let user = created(&directory).await;
    let etag = Etag::of_version(user.version());
    let rename = |name: &str| UserPatch {
        name: Some(name.to_owned()),
        ..UserPatch::default()
    };
    directory
        .update(&staff(), user.id(), &rename("First"), Some(&etag), None)
        .await
        .unwrap();
    let error = directory
        .update(&staff(), user.id(), &rename("Second"), Some(&etag), None)
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::Conflict, "ETAG_MISMATCH"));
    directory
        .update(&staff(), user.id(), &rename("Third"), None, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_keyed_change_is_made_once() {
    let (directory, users) = directory();
    let user = created(&directory).await;
    let rename = |name: &str| UserPatch {
        name: Some(name.to_owned()),
        ..UserPatch::default()
    };
    let first = directory
        .update(&staff(), user.id(), &rename("First"), None, Some(&key("k", 1)))
        .await
        .unwrap();
    directory
        .update(&staff(), user.id(), &rename("Second"), None, None)
        .await
        .unwrap();
    let again = directory
        .update(&staff(), user.id(), &rename("First"), None, Some(&key("k", 1)))
        .await
        .unwrap();
    assert_eq!(again, Change::Replayed(first.into_inner()));
    assert_eq!(users.events().len(), 3);
}

#[tokio::test]
async fn deleting_erases_tells_and_frees_the_address() {
    let (directory, users) = directory();
    let user = created(&directory).await;
    let k = key("k", 1);
    let done = directory
        .delete(&customer(user.id()), user.id(), None, Some(&k))
        .await
        .unwrap();
    assert_eq!(done, Change::Done(()));
    let again = directory
        .delete(&customer(user.id()), user.id(), None, Some(&k))
        .await
        .unwrap();
    assert_eq!(again, Change::Replayed(()));
    let error = directory.delete(&staff(), user.id(), None, None).await.unwrap_err();
    assert_eq!(error.reason(), "USER_NOT_FOUND");
    assert_eq!(
        directory.validate(&staff(), user.id()).await.unwrap(),
        Validity::Unknown
    );
    assert_eq!(users.events().last().unwrap().kind, UserEventKind::Deleted);
    created(&directory).await;
}

#[tokio::test]
async fn a_refusal_that_was_overtaken_under_its_key_is_answered_with_what_won() {
    let (directory, users) = directory();
    let user = created(&directory).await;
    users.overtake(user.clone());
    let answer = directory.create(&staff(), ada(None), Some(&key("create", 1))).await;
    assert_eq!(answer.unwrap(), Change::Replayed(user.clone()));

    let other = NewUser {
        email: "bob@example.com".to_owned(),
        ..ada(None)
    };
    let other = directory.create(&staff(), other, None).await.unwrap().into_inner();
    let patch = UserPatch {
        email: Some("ada@example.com".to_owned()),
        ..UserPatch::default()
    };
    users.overtake(other.clone());
    let answer = directory
        .update(&staff(), other.id(), &patch, None, Some(&key("update", 1)))
        .await;
    assert_eq!(answer.unwrap(), Change::Replayed(other));
}
