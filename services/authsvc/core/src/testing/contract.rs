//! The tests behind [`auth_contract!`](crate::auth_contract).

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use kernel::{Change, Classify, ErrorKind, Kept, Refusal, Role};

use super::{activated, address, epoch, forward, key, pending, promoted, repassworded, session};
use crate::{
    Credential, KeyId, Ladder, SealedKey,
    ports::{Attempts, Credentials, Sessions, SigningKeys, WriteError},
};

async fn active(store: &(impl Credentials + ?Sized), n: u32, email: &str) -> Credential {
    let new = pending(n, email);
    store.insert(&new).await.unwrap();
    let active = activated(&new.settled());
    store.activate(&active, None).await.unwrap();
    active.settled()
}

pub async fn an_address_has_one_credential(store: Arc<impl Credentials>, _: Arc<impl Sessions>) {
    let first = pending(1, "rene\u{301}@example.com");
    store.insert(&first).await.unwrap();
    let second = store.insert(&pending(2, "REN\u{c9}@example.com")).await;
    assert!(matches!(second, Err(WriteError::EmailTaken)), "{second:?}");
    let found = store.find_by_email(&address("ren\u{e9}@example.com")).await.unwrap();
    assert_eq!(found, Some(first.settled()));
    assert_eq!(store.find(first.user_id()).await.unwrap(), Some(first.settled()));
    assert_eq!(store.find(pending(2, "b@example.com").user_id()).await.unwrap(), None);
}

pub async fn a_write_is_conditional_on_the_version_read(store: Arc<impl Credentials>, _: Arc<impl Sessions>) {
    let new = pending(1, "ada@example.com");
    store.insert(&new).await.unwrap();
    let taken_over = repassworded(&new.settled(), "other");
    store.save_pending(&taken_over).await.unwrap();
    let stale = activated(&new.settled());
    assert!(matches!(store.activate(&stale, None).await, Err(WriteError::Stale)));
    assert!(matches!(store.save_roles(&stale, None).await, Err(WriteError::Stale)));
    assert!(matches!(
        store.save_password(&stale, None).await,
        Err(WriteError::Stale)
    ));
    assert!(matches!(store.save_pending(&stale).await, Err(WriteError::Stale)));
    assert_eq!(store.find(new.user_id()).await.unwrap(), Some(taken_over.settled()));
}

pub async fn activation_keeps_its_key(store: Arc<impl Credentials>, _: Arc<impl Sessions>) {
    let new = pending(1, "ada@example.com");
    store.insert(&new).await.unwrap();
    let active = activated(&new.settled());
    let k = key("k", 1);
    assert_eq!(
        store.activate(&active, Some(&k)).await.unwrap(),
        Change::Done(new.user_id())
    );
    assert_eq!(
        store.activate(&active, Some(&k)).await.unwrap(),
        Change::Replayed(new.user_id())
    );
    let email = address("ada@example.com");
    let found = store.find_for_register(&email, Some(&k)).await.unwrap();
    assert_eq!(found.kept, Some(Kept::Answer(new.user_id())));
    assert_eq!(found.credential, Some(active.settled()));
    let reused = store.find_for_register(&email, Some(&key("k", 2))).await;
    assert_eq!(reused.unwrap_err().reason(), "IDEMPOTENCY_KEY_REUSED");
}

pub async fn a_write_that_is_not_made_leaves_no_key(store: Arc<impl Credentials>, _: Arc<impl Sessions>) {
    let new = pending(1, "ada@example.com");
    store.insert(&new).await.unwrap();
    store
        .save_pending(&repassworded(&new.settled(), "other"))
        .await
        .unwrap();
    let stale = store.activate(&activated(&new.settled()), Some(&key("k", 1))).await;
    assert!(matches!(stale, Err(WriteError::Stale)), "{stale:?}");
    let found = store
        .find_for_register(&address("ada@example.com"), Some(&key("k", 2)))
        .await
        .unwrap();
    assert_eq!(found.kept, None);
}

pub async fn roles_keep_their_key(store: Arc<impl Credentials>, _: Arc<impl Sessions>) {
    let active = active(store.as_ref(), 1, "ada@example.com").await;
    let promoted_once = promoted(&active, &[Role::Staff]);
    let expected = BTreeSet::from([Role::Customer, Role::Staff]);
    let k = key("k", 1);
    assert_eq!(
        store.save_roles(&promoted_once, Some(&k)).await.unwrap(),
        Change::Done(expected.clone())
    );
    let again = store
        .save_roles(&promoted(&promoted_once.settled(), &[Role::Admin]), Some(&k))
        .await
        .unwrap();
    assert_eq!(again, Change::Replayed(expected.clone()));
    let found = store.find_for_roles(active.user_id(), Some(&k)).await.unwrap();
    assert_eq!(found.kept, Some(Kept::Answer(expected)));
    assert_eq!(found.credential, Some(promoted_once.settled()));
}

fn taken(reason: &str) -> Refusal {
    Refusal {
        kind: ErrorKind::AlreadyExists,
        reason: reason.to_owned(),
        message: "the e-mail address is taken".to_owned(),
        metadata: Vec::new(),
    }
}

pub async fn a_refusal_is_kept(store: Arc<impl Credentials>, _: Arc<impl Sessions>) {
    let refusal = taken("EMAIL_TAKEN");
    assert_eq!(store.refuse_register(&key("k", 1), &refusal).await.unwrap(), None);
    let found = store
        .find_for_register(&address("ada@example.com"), Some(&key("k", 1)))
        .await
        .unwrap();
    assert_eq!(found.kept, Some(Kept::Refusal(refusal)));
}

pub async fn what_was_kept_before_a_refusal_wins(store: Arc<impl Credentials>, _: Arc<impl Sessions>) {
    let (first, second) = (taken("EMAIL_TAKEN"), taken("OTHER"));
    store.refuse_register(&key("refused", 1), &first).await.unwrap();
    let earlier = store.refuse_register(&key("refused", 1), &second).await.unwrap();
    assert_eq!(earlier, Some(Kept::Refusal(first)));

    let pending = pending(1, "ada@example.com");
    store.insert(&pending).await.unwrap();
    let active = activated(&pending.settled());
    store.activate(&active, Some(&key("made", 1))).await.unwrap();
    let earlier = store.refuse_register(&key("made", 1), &second).await.unwrap();
    assert_eq!(earlier, Some(Kept::Answer(active.user_id())));

    let staff = promoted(&active.settled(), &[Role::Staff]);
    store.save_roles(&staff, Some(&key("given", 1))).await.unwrap();
    let earlier = store.refuse_roles(&key("given", 1), &second).await.unwrap();
    assert_eq!(earlier, Some(Kept::Answer(staff.record().roles.clone())));
    let reused = store.refuse_roles(&key("given", 2), &second).await.unwrap_err();
    assert_eq!(reused.reason(), "IDEMPOTENCY_KEY_REUSED");
}

pub async fn a_new_password_ends_the_other_sessions(store: Arc<impl Credentials>, sessions: Arc<impl Sessions>) {
    let ada = active(store.as_ref(), 1, "ada@example.com").await;
    let bob = active(store.as_ref(), 2, "bob@example.com").await;
    for (n, credential) in [(1, &ada), (2, &ada), (3, &bob)] {
        assert!(sessions.insert(&session(n, credential), credential).await.unwrap());
    }
    let changed = repassworded(&ada, "new");
    store
        .save_password(&changed, Some(session(1, &ada).record().id))
        .await
        .unwrap();
    let mut ended = Vec::new();
    for n in 1..=3 {
        let found = sessions.find(session(n, &ada).record().id).await.unwrap().unwrap();
        ended.push(found.record().ended_at);
    }
    assert_eq!(ended, [None, Some(epoch(1_001)), None]);
    assert_eq!(store.find(ada.user_id()).await.unwrap(), Some(changed.settled()));
}

pub async fn a_session_needs_the_credential_it_was_started_for(
    store: Arc<impl Credentials>,
    sessions: Arc<impl Sessions>,
) {
    let ada = active(store.as_ref(), 1, "ada@example.com").await;
    store.save_password(&repassworded(&ada, "new"), None).await.unwrap();
    assert!(!sessions.insert(&session(1, &ada), &ada).await.unwrap());
    assert_eq!(sessions.find(session(1, &ada).record().id).await.unwrap(), None);
}

pub async fn a_session_goes_forward_once(store: Arc<impl Credentials>, sessions: Arc<impl Sessions>) {
    let ada = active(store.as_ref(), 1, "ada@example.com").await;
    let started = session(1, &ada);
    sessions.insert(&started, &ada).await.unwrap();
    let next = forward(&started);
    assert!(sessions.advance(&next).await.unwrap());
    assert!(!sessions.advance(&next).await.unwrap());
    let found = sessions.find(started.record().id).await.unwrap().unwrap();
    assert_eq!(found.record(), next.record());
}

pub async fn an_ended_session_does_not_go_forward(store: Arc<impl Credentials>, sessions: Arc<impl Sessions>) {
    let ada = active(store.as_ref(), 1, "ada@example.com").await;
    for n in [1, 2] {
        sessions.insert(&session(n, &ada), &ada).await.unwrap();
    }
    let first = session(1, &ada);
    sessions.end(first.record().id, epoch(1_500)).await.unwrap();
    sessions.end(first.record().id, epoch(1_600)).await.unwrap();
    assert!(!sessions.advance(&forward(&first)).await.unwrap());
    let found = sessions.find(first.record().id).await.unwrap().unwrap();
    assert_eq!(found.record().ended_at, Some(epoch(1_500)));
    sessions.end_all(ada.user_id(), epoch(1_700)).await.unwrap();
    assert!(!sessions.advance(&forward(&session(2, &ada))).await.unwrap());
}

pub async fn erasing_takes_the_sessions_along(store: Arc<impl Credentials>, sessions: Arc<impl Sessions>) {
    let ada = active(store.as_ref(), 1, "ada@example.com").await;
    sessions.insert(&session(1, &ada), &ada).await.unwrap();
    store.erase(ada.user_id()).await.unwrap();
    store.erase(ada.user_id()).await.unwrap();
    assert_eq!(store.find(ada.user_id()).await.unwrap(), None);
    assert_eq!(sessions.find(session(1, &ada).record().id).await.unwrap(), None);
    store.insert(&pending(2, "ada@example.com")).await.unwrap();
}

pub async fn only_pending_credentials_are_discarded_and_swept(store: Arc<impl Credentials>, _: Arc<impl Sessions>) {
    let ada = active(store.as_ref(), 1, "ada@example.com").await;
    let (bob, eve) = (pending(2, "bob@example.com"), pending(3, "eve@example.com"));
    store.insert(&eve).await.unwrap();
    store.insert(&bob).await.unwrap();
    let swept = store.pending_before(epoch(4), 10).await.unwrap();
    assert_eq!(swept, [bob.settled(), eve.settled()]);
    assert_eq!(store.pending_before(epoch(4), 1).await.unwrap(), [bob.settled()]);
    assert_eq!(store.pending_before(epoch(3), 10).await.unwrap(), [bob.settled()]);
    store.discard(&ada).await.unwrap();
    store.discard(&bob.settled()).await.unwrap();
    store
        .save_pending(&repassworded(&eve.settled(), "other"))
        .await
        .unwrap();
    store.discard(&eve.settled()).await.unwrap();
    assert!(store.find(ada.user_id()).await.unwrap().is_some());
    assert!(store.find(bob.user_id()).await.unwrap().is_none());
    assert!(store.find(eve.user_id()).await.unwrap().is_some());
}

pub async fn sessions_that_are_over_are_removed(store: Arc<impl Credentials>, sessions: Arc<impl Sessions>) {
    let ada = active(store.as_ref(), 1, "ada@example.com").await;
    for n in 1..=3 {
        sessions.insert(&session(n, &ada), &ada).await.unwrap();
    }
    sessions.end(session(1, &ada).record().id, epoch(1_500)).await.unwrap();
    assert_eq!(sessions.remove_over(epoch(1_500), 10).await.unwrap(), 0);
    assert_eq!(sessions.remove_over(epoch(1_501), 10).await.unwrap(), 1);
    assert_eq!(sessions.remove_over(epoch(2_001), 1).await.unwrap(), 1);
    assert_eq!(sessions.remove_over(epoch(2_001), 10).await.unwrap(), 1);
}

pub async fn parallel_steps_forward_are_one(store: Arc<impl Credentials>, sessions: Arc<impl Sessions + 'static>) {
    let ada = active(store.as_ref(), 1, "ada@example.com").await;
    let started = session(1, &ada);
    sessions.insert(&started, &ada).await.unwrap();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (sessions, next) = (Arc::clone(&sessions), forward(&started));
            tokio::spawn(async move { sessions.advance(&next).await.unwrap() })
        })
        .collect();
    let mut advanced = 0;
    for call in calls {
        advanced += usize::from(call.await.unwrap());
    }
    assert_eq!(advanced, 1);
}

fn ladder() -> Ladder {
    Ladder {
        waits: [0, 0, 10, 20].map(Duration::from_secs).to_vec(),
        forget_after: Duration::from_secs(100),
    }
}

pub async fn failures_climb_the_ladder_and_success_forgets_them(attempts: Arc<impl Attempts>) {
    let (ada, ladder) = (address("ada@example.com"), ladder());
    for _ in 0..3 {
        assert_eq!(attempts.shut_until(&ada, epoch(0)).await.unwrap(), None);
        assert_eq!(attempts.settle(&ada, false, &ladder, epoch(0)).await.unwrap(), None);
    }
    assert_eq!(attempts.shut_until(&ada, epoch(9)).await.unwrap(), Some(epoch(10)));
    assert_eq!(attempts.shut_until(&ada, epoch(10)).await.unwrap(), None);
    attempts.settle(&ada, false, &ladder, epoch(10)).await.unwrap();
    assert_eq!(attempts.shut_until(&ada, epoch(10)).await.unwrap(), Some(epoch(30)));
    attempts.settle(&ada, false, &ladder, epoch(30)).await.unwrap();
    assert_eq!(attempts.shut_until(&ada, epoch(30)).await.unwrap(), Some(epoch(50)));
    assert_eq!(
        attempts
            .shut_until(&address("bob@example.com"), epoch(30))
            .await
            .unwrap(),
        None
    );
    assert_eq!(attempts.settle(&ada, true, &ladder, epoch(50)).await.unwrap(), None);
    attempts.settle(&ada, false, &ladder, epoch(51)).await.unwrap();
    assert_eq!(attempts.shut_until(&ada, epoch(51)).await.unwrap(), None);
}

pub async fn a_shut_address_learns_nothing(attempts: Arc<impl Attempts>) {
    let (ada, ladder) = (address("ada@example.com"), ladder());
    for _ in 0..3 {
        attempts.settle(&ada, false, &ladder, epoch(0)).await.unwrap();
    }
    for success in [true, false] {
        let told = attempts.settle(&ada, success, &ladder, epoch(5)).await.unwrap();
        assert_eq!(told, Some(epoch(10)), "{success}");
    }
    assert_eq!(attempts.shut_until(&ada, epoch(5)).await.unwrap(), Some(epoch(10)));
}

pub async fn failures_are_forgotten_after_a_while(attempts: Arc<impl Attempts>) {
    let (ada, ladder) = (address("ada@example.com"), ladder());
    for second in [0, 0] {
        attempts.settle(&ada, false, &ladder, epoch(second)).await.unwrap();
    }
    attempts.settle(&ada, false, &ladder, epoch(101)).await.unwrap();
    assert_eq!(attempts.shut_until(&ada, epoch(101)).await.unwrap(), None);
    assert_eq!(attempts.remove_forgotten(&ladder, epoch(201)).await.unwrap(), 0);
    assert_eq!(attempts.remove_forgotten(&ladder, epoch(202)).await.unwrap(), 1);
}

pub async fn parallel_failures_all_count(attempts: Arc<impl Attempts + 'static>) {
    let ada = address("ada@example.com");
    let long = Ladder {
        waits: [0; 19].into_iter().chain([10]).map(Duration::from_secs).collect(),
        ..ladder()
    };
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (attempts, ada, long) = (Arc::clone(&attempts), ada.clone(), long.clone());
            tokio::spawn(async move { attempts.settle(&ada, false, &long, epoch(0)).await.unwrap() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), None);
    }
    assert_eq!(attempts.shut_until(&ada, epoch(0)).await.unwrap(), Some(epoch(10)));
}

fn signing_key(id: &str, predecessor: Option<&str>) -> SealedKey {
    SealedKey {
        id: KeyId::new(id),
        predecessor: predecessor.map(KeyId::new),
        public: [3; 32],
        sealed: vec![1, 2, 3],
        created_at: epoch(1),
        signs_from: epoch(2),
    }
}

pub async fn a_key_has_one_successor(keys: Arc<impl SigningKeys>) {
    let first = signing_key("a", None);
    assert!(keys.insert(&first).await.unwrap());
    assert!(!keys.insert(&signing_key("b", None)).await.unwrap());
    let second = signing_key("c", Some("a"));
    assert!(keys.insert(&second).await.unwrap());
    assert!(!keys.insert(&signing_key("d", Some("a"))).await.unwrap());
    let mut stored = keys.list().await.unwrap();
    stored.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(stored, [first, second]);
}

pub async fn a_removed_key_is_gone(keys: Arc<impl SigningKeys>) {
    keys.insert(&signing_key("a", None)).await.unwrap();
    let second = signing_key("b", Some("a"));
    keys.insert(&second).await.unwrap();
    keys.remove(&KeyId::new("a")).await.unwrap();
    keys.remove(&KeyId::new("a")).await.unwrap();
    assert_eq!(keys.list().await.unwrap(), [second]);
    assert!(!keys.insert(&signing_key("c", None)).await.unwrap());
}
