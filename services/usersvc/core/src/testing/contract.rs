//! The tests behind [`users_contract!`](crate::users_contract).

use std::sync::Arc;

use kernel::{Change, Classify, ErrorKind, Kept, PageSize, Refusal, UserId};
use uuid::Uuid;

use super::{deleted, key, new_user, readdressed, renamed};
use crate::ports::{Users, WriteError};

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
    let Err(WriteError::Storage(error)) = users.insert(&new_user(2, "b@example.com"), Some(&key("k", 2))).await else {
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

fn taken(reason: &str) -> Refusal {
    Refusal {
        kind: ErrorKind::AlreadyExists,
        reason: reason.to_owned(),
        message: "the e-mail address is taken".to_owned(),
        metadata: Vec::new(),
    }
}

pub async fn a_refusal_is_kept(users: Arc<impl Users>) {
    let refusal = taken("EMAIL_TAKEN");
    assert_eq!(users.refuse(&key("k", 1), &refusal).await.unwrap(), None);
    let told = users.insert(&new_user(1, "ada@example.com"), Some(&key("k", 1))).await;
    assert!(
        matches!(&told, Err(WriteError::Refused(kept)) if *kept == refusal),
        "{told:?}"
    );
    assert_eq!(users.find(UserId::new(Uuid::from_u128(1))).await.unwrap(), None);
}

pub async fn what_was_kept_before_a_refusal_wins(users: Arc<impl Users>) {
    let first = taken("EMAIL_TAKEN");
    users.refuse(&key("refused", 1), &first).await.unwrap();
    let earlier = users.refuse(&key("refused", 1), &taken("OTHER")).await.unwrap();
    assert_eq!(earlier, Some(Kept::Refusal(first)));

    let user = new_user(1, "ada@example.com");
    users.insert(&user, Some(&key("made", 1))).await.unwrap();
    let earlier = users.refuse(&key("made", 1), &taken("EMAIL_TAKEN")).await.unwrap();
    assert_eq!(earlier, Some(Kept::Answer(user.settled())));
    let reused = users.refuse(&key("made", 2), &taken("EMAIL_TAKEN")).await.unwrap_err();
    assert_eq!(reused.reason(), "IDEMPOTENCY_KEY_REUSED");
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
