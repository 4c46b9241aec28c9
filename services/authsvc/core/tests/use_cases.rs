//! Every use case on the fakes, and the contracts of the fakes themselves.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use auth_core::{
    ChangePassword, Login, RegisterError, Registration, Subject, TokenState, Tokens,
    testing::{World, key},
};
use kernel::{Caller, Change, Classify, ErrorKind, Role, Secret, UserId, text::Email};
use uuid::Uuid;

mod store {
    use std::sync::Arc;

    use auth_core::testing::InMemoryStore;

    async fn setup() -> (Arc<InMemoryStore>, Arc<InMemoryStore>, ()) {
        let store = Arc::new(InMemoryStore::default());
        (Arc::clone(&store), store, ())
    }
    auth_core::auth_contract!(store setup);
}
mod attempts {
    async fn setup() -> (auth_core::testing::InMemoryAttempts, ()) {
        Default::default()
    }
    auth_core::auth_contract!(attempts setup);
}
mod keys {
    async fn setup() -> (auth_core::testing::InMemoryKeys, ()) {
        Default::default()
    }
    auth_core::auth_contract!(keys setup);
}

const PASSWORD: &str = "analytical engine";

fn ada(password: &str) -> Registration {
    Registration {
        email: "ada@example.com".to_owned(),
        password: Secret::new(password.to_owned()),
        name: "Ada Lovelace".to_owned(),
    }
}

fn login(email: &str, password: &str) -> Login {
    Login {
        email: email.to_owned(),
        password: Secret::new(password.to_owned()),
    }
}

async fn registered(world: &World) -> UserId {
    world
        .authority
        .register(&ada(PASSWORD), None)
        .await
        .unwrap()
        .into_inner()
}

async fn signed_in(world: &World) -> Tokens {
    world
        .authority
        .login(&login("ada@example.com", PASSWORD))
        .await
        .unwrap()
}

fn caller(world: &World, tokens: &Tokens) -> Caller {
    let (claims, _) = world.crypto.claims(&tokens.access_token).unwrap();
    match claims.subject {
        Subject::User { id, session, roles } => Caller::user(id, roles, session.as_uuid()),
        Subject::Service { .. } => panic!("a user signed in"),
    }
}

fn usersvc() -> Caller {
    Caller::service("usersvc", ["credentials:erase".to_owned()])
}

fn ladder_top() -> Duration {
    Duration::from_secs(15 * 60)
}

#[tokio::test]
async fn registering_makes_the_profile_and_lets_the_user_sign_in() {
    let world = World::default();
    let user = registered(&world).await;
    let profiles = world.profiles.all();
    assert_eq!((profiles.len(), profiles[0].user_id), (1, user));
    assert_eq!(profiles[0].name, "Ada Lovelace");
    let tokens = world
        .authority
        .login(&login(" ADA@Example.com ", PASSWORD))
        .await
        .unwrap();
    assert_eq!(tokens.user_id, user);
    let (claims, _) = world.crypto.claims(&tokens.access_token).unwrap();
    assert_eq!(claims.expires_at - claims.issued_at, Duration::from_secs(600));
    assert!(matches!(claims.subject, Subject::User { roles, .. } if roles == BTreeSet::from([Role::Customer])));
    assert!(
        !world.store.dump().contains("Lovelace"),
        "the name is the profile's alone"
    );
}

#[tokio::test]
async fn everything_wrong_with_a_registration_is_told_at_once() {
    let world = World::default();
    let bad = Registration {
        email: "nobody".to_owned(),
        password: Secret::new("short".to_owned()),
        name: "A".to_owned(),
    };
    let error = world.authority.register(&bad, None).await.unwrap_err();
    let fields: Vec<_> = error
        .violations()
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    assert_eq!(fields, ["email", "password", "name"]);
}

#[tokio::test]
async fn an_address_in_either_composition_is_registered_once() {
    let world = World::default();
    let with = |email: &str| Registration {
        email: email.to_owned(),
        ..ada(PASSWORD)
    };
    world
        .authority
        .register(&with("ren\u{e9}@example.com"), None)
        .await
        .unwrap();
    let again = world
        .authority
        .register(&with("rene\u{301}@EXAMPLE.com"), None)
        .await
        .unwrap_err();
    assert_eq!(
        (again.kind(), again.reason()),
        (ErrorKind::AlreadyExists, "EMAIL_TAKEN")
    );
    let tokens = world.authority.login(&login("rene\u{301}@example.com", PASSWORD)).await;
    assert!(tokens.is_ok());
}

/// Fails every step of registering in turn, before and after its effect.
#[tokio::test]
async fn registering_again_goes_on_after_a_crash_at_any_step() {
    let mut step = 0;
    loop {
        let world = World::default();
        world.faults.fail_at(step);
        let k = key("register", 1);
        let first = world.authority.register(&ada(PASSWORD), Some(&k)).await;
        if world.faults.disarm() {
            assert!(first.is_ok());
            break;
        }
        assert_eq!(first.unwrap_err().kind(), ErrorKind::Unavailable, "step {step}");
        let user = world
            .authority
            .register(&ada(PASSWORD), Some(&k))
            .await
            .unwrap()
            .into_inner();
        let profiles = world.profiles.all();
        assert_eq!((profiles.len(), profiles[0].user_id), (1, user), "step {step}");
        assert_eq!(signed_in(&world).await.user_id, user, "step {step}");
        step += 1;
    }
    assert!(step >= 6, "only {step} steps were tried");
}

#[tokio::test]
async fn the_sweeper_finishes_what_a_crash_left() {
    for step in 1..=4 {
        let world = World::default();
        world.faults.fail_at(step);
        assert!(world.authority.register(&ada(PASSWORD), None).await.is_err());
        assert_eq!(world.authority.sweep_pending(10).await.unwrap(), 0, "too early");
        let refused = world
            .authority
            .login(&login("ada@example.com", PASSWORD))
            .await
            .unwrap_err();
        assert_eq!(refused.reason(), "INVALID_CREDENTIALS");
        world.clock.advance(Duration::from_secs(61));
        assert_eq!(world.authority.sweep_pending(10).await.unwrap(), 1, "step {step}");
        assert_eq!(world.authority.sweep_pending(10).await.unwrap(), 0);
        signed_in(&world).await;
    }
}

#[tokio::test]
async fn a_dead_pending_registration_never_blocks_an_address() {
    let world = World::default();
    world.faults.fail_at(1);
    assert!(world.authority.register(&ada("somebody else's"), None).await.is_err());
    let early = world.authority.register(&ada(PASSWORD), None).await.unwrap_err();
    assert!(matches!(early, RegisterError::InFlight), "{early:?}");
    world.clock.advance(Duration::from_secs(60));
    registered(&world).await;
    signed_in(&world).await;
    let old = world
        .authority
        .login(&login("ada@example.com", "somebody else's"))
        .await;
    assert_eq!(old.unwrap_err().reason(), "INVALID_CREDENTIALS");
    assert_eq!(world.profiles.all().len(), 1);
}

#[tokio::test]
async fn a_profile_that_has_the_address_refuses_and_leaves_nothing_pending() {
    let world = World::default();
    let user = registered(&world).await;
    world.authority.erase(&usersvc(), user).await.unwrap();
    let refused = world.authority.register(&ada(PASSWORD), None).await.unwrap_err();
    assert_eq!(refused.reason(), "EMAIL_TAKEN");
    assert!(!world.store.dump().contains("ada@example.com"));
    world.profiles.erase(user);
    registered(&world).await;
}

#[tokio::test]
async fn a_profile_that_was_erased_before_activation_is_not_brought_back() {
    let world = World::default();
    world.faults.fail_at(3);
    assert!(world.authority.register(&ada(PASSWORD), None).await.is_err());
    let abandoned = world.profiles.all()[0].user_id;
    world.profiles.erase(abandoned);
    let user = registered(&world).await;
    assert_ne!(user, abandoned);
    signed_in(&world).await;
}

#[tokio::test]
async fn a_keyed_registration_is_answered_again_and_so_is_its_refusal() {
    let world = World::default();
    let k = key("k", 1);
    let user = world.authority.register(&ada(PASSWORD), Some(&k)).await.unwrap();
    let again = world.authority.register(&ada(PASSWORD), Some(&k)).await.unwrap();
    assert_eq!(again, Change::Replayed(user.into_inner()));
    let other = key("other", 1);
    let refused = world
        .authority
        .register(&ada(PASSWORD), Some(&other))
        .await
        .unwrap_err();
    let again = world
        .authority
        .register(&ada(PASSWORD), Some(&other))
        .await
        .unwrap_err();
    assert!(matches!(again, RegisterError::Replayed(_)));
    assert_eq!(
        (again.reason(), again.to_string()),
        (refused.reason(), refused.to_string())
    );
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer_for_the_same_work() {
    let world = World::default();
    registered(&world).await;
    let mut told = Vec::new();
    for (email, password) in [
        ("ada@example.com", "wrong password"),
        ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
    ] {
        let before = world.hasher.hashed.load(Ordering::SeqCst);
        let error = world.authority.login(&login(email, password)).await.unwrap_err();
        let work = world.hasher.hashed.load(Ordering::SeqCst) - before;
        told.push((error.kind(), error.reason().to_owned(), error.to_string(), work));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
    assert_eq!(
        (told[0].0, told[0].1.as_str(), told[0].3),
        (ErrorKind::Unauthenticated, "INVALID_CREDENTIALS", 1)
    );
}

#[tokio::test]
async fn failures_slow_down_then_lock_known_and_unknown_addresses_alike() {
    let world = World::default();
    registered(&world).await;
    for email in ["nobody@example.com", "ada@example.com"] {
        let mut waits = Vec::new();
        let mut failures = 0;
        while failures < 11 {
            let error = world
                .authority
                .login(&login(email, "wrong password"))
                .await
                .unwrap_err();
            match error.retry_after() {
                None => {
                    failures += 1;
                    assert_eq!(error.reason(), "INVALID_CREDENTIALS");
                }
                Some(wait) => {
                    assert_eq!((error.kind(), error.reason()), (ErrorKind::Exhausted, "LOCKED_OUT"));
                    waits.push(wait.as_secs());
                    world.clock.advance(wait);
                }
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 30, 900], "{email}");
    }
    let shut = world
        .authority
        .login(&login("ada@example.com", PASSWORD))
        .await
        .unwrap_err();
    assert_eq!(shut.reason(), "LOCKED_OUT");
    world.clock.advance(ladder_top());
    signed_in(&world).await;
    let fresh = world
        .authority
        .login(&login("ada@example.com", "wrong password"))
        .await
        .unwrap_err();
    assert_eq!(fresh.reason(), "INVALID_CREDENTIALS");
    signed_in(&world).await;
}

#[tokio::test]
async fn a_refresh_token_is_good_for_one_successor() {
    let world = World::default();
    registered(&world).await;
    let first = signed_in(&world).await;
    let second = world.authority.refresh(&first.refresh_token.expose()).await.unwrap();
    assert_ne!(first.refresh_token, second.refresh_token);
    world.clock.advance(Duration::from_secs(10));
    let repeated = world.authority.refresh(&first.refresh_token.expose()).await.unwrap();
    assert_eq!(repeated.refresh_token, second.refresh_token);
    world.clock.advance(Duration::from_millis(1));
    let reused = world
        .authority
        .refresh(&first.refresh_token.expose())
        .await
        .unwrap_err();
    assert_eq!(
        (reused.kind(), reused.reason()),
        (ErrorKind::Unauthenticated, "TOKEN_INVALID")
    );
    let ended = world
        .authority
        .refresh(&second.refresh_token.expose())
        .await
        .unwrap_err();
    assert_eq!(ended.reason(), "TOKEN_INVALID");
}

#[tokio::test]
async fn a_hundred_refreshes_of_one_token_give_one_successor() {
    let world = World::default();
    registered(&world).await;
    let token = signed_in(&world).await.refresh_token.expose();
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (authority, token) = (world.authority.clone(), token.clone());
            tokio::spawn(async move { authority.refresh(&token).await.unwrap().refresh_token.expose() })
        })
        .collect();
    let mut successors = BTreeSet::new();
    for call in calls {
        successors.insert(call.await.unwrap());
    }
    assert_eq!(successors.len(), 1);
}

#[tokio::test]
async fn a_forged_refresh_token_ends_nothing() {
    let world = World::default();
    registered(&world).await;
    let token = signed_in(&world).await.refresh_token.expose();
    let (head, secret) = token.rsplit_once('.').unwrap();
    let flipped = if secret.starts_with('0') { "1" } else { "0" };
    for forged in [
        format!("{head}.{flipped}{}", &secret[1..]),
        String::new(),
        "garbage".to_owned(),
        token.replacen(".0.", ".1.", 1),
    ] {
        let error = world.authority.refresh(&forged).await.unwrap_err();
        assert_eq!(error.reason(), "TOKEN_INVALID", "{forged}");
    }
    world.authority.refresh(&token).await.unwrap();
}

#[tokio::test]
async fn a_session_is_over_after_thirty_days() {
    let world = World::default();
    registered(&world).await;
    let token = signed_in(&world).await.refresh_token.expose();
    world.clock.advance(Duration::from_secs(30 * 24 * 3600));
    assert_eq!(
        world.authority.refresh(&token).await.unwrap_err().reason(),
        "TOKEN_EXPIRED"
    );
}

#[tokio::test]
async fn logging_out_ends_the_session_or_all_of_them() {
    let world = World::default();
    registered(&world).await;
    let (one, two, three) = (
        signed_in(&world).await,
        signed_in(&world).await,
        signed_in(&world).await,
    );
    let me = caller(&world, &one);
    world.authority.logout(&me, false).await.unwrap();
    world.authority.logout(&me, false).await.unwrap();
    assert!(world.authority.refresh(&one.refresh_token.expose()).await.is_err());
    let two = world.authority.refresh(&two.refresh_token.expose()).await.unwrap();
    world.authority.logout(&me, true).await.unwrap();
    for token in [two.refresh_token, three.refresh_token] {
        assert_eq!(
            world.authority.refresh(&token.expose()).await.unwrap_err().reason(),
            "TOKEN_INVALID"
        );
    }
    assert!(world.authority.logout(&usersvc(), false).await.is_err());
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_the_old_password() {
    let world = World::default();
    registered(&world).await;
    let (one, two) = (signed_in(&world).await, signed_in(&world).await);
    let me = caller(&world, &one);
    let change = |current: &str, new: &str| ChangePassword {
        current: Secret::new(current.to_owned()),
        new: Secret::new(new.to_owned()),
    };
    let wrong = world
        .authority
        .change_password(&me, &change("wrong password", "difference engine"))
        .await;
    assert_eq!(wrong.unwrap_err().reason(), "INVALID_CREDENTIALS");
    let bad = world
        .authority
        .change_password(&me, &change(PASSWORD, "password1234"))
        .await
        .unwrap_err();
    assert_eq!(bad.violations()[0].field, "new_password");
    world
        .authority
        .change_password(&me, &change(PASSWORD, "difference engine"))
        .await
        .unwrap();
    world.authority.refresh(&one.refresh_token.expose()).await.unwrap();
    assert!(world.authority.refresh(&two.refresh_token.expose()).await.is_err());
    assert!(
        world
            .authority
            .login(&login("ada@example.com", PASSWORD))
            .await
            .is_err()
    );
    world
        .authority
        .login(&login("ada@example.com", "difference engine"))
        .await
        .unwrap();
}

#[tokio::test]
async fn guessing_the_current_password_locks_too() {
    let world = World::default();
    registered(&world).await;
    let me = caller(&world, &signed_in(&world).await);
    let guess = ChangePassword {
        current: Secret::new("wrong password".to_owned()),
        new: Secret::new("difference engine".to_owned()),
    };
    for _ in 0..5 {
        world.authority.change_password(&me, &guess).await.unwrap_err();
    }
    assert_eq!(
        world.authority.change_password(&me, &guess).await.unwrap_err().reason(),
        "LOCKED_OUT"
    );
}

#[tokio::test]
async fn only_admins_set_roles_and_none_stops_being_one_alone() {
    let world = World::default();
    let user = registered(&world).await;
    let customer = caller(&world, &signed_in(&world).await);
    let both = BTreeSet::from([Role::Staff, Role::Admin]);
    let refused = world
        .authority
        .set_roles(&customer, user, &both, None)
        .await
        .unwrap_err();
    assert_eq!(refused.reason(), "NOT_ALLOWED");

    let email = Email::parse("ada@example.com").unwrap();
    let roles = world.authority.grant_role(&email, Role::Admin).await.unwrap();
    assert_eq!(roles, BTreeSet::from([Role::Customer, Role::Admin]));
    let admin = caller(&world, &signed_in(&world).await);
    let alone = world
        .authority
        .set_roles(&admin, user, &BTreeSet::from([Role::Staff]), None)
        .await
        .unwrap_err();
    assert_eq!(
        (alone.kind(), alone.reason()),
        (ErrorKind::WrongState, "OWN_ADMIN_ROLE")
    );
    let kept = world
        .authority
        .set_roles(&admin, user, &both, Some(&key("k", 1)))
        .await
        .unwrap();
    assert_eq!(kept.into_inner(), BTreeSet::from(Role::ALL));
    let unknown = UserId::new(Uuid::from_u128(999));
    let error = world
        .authority
        .set_roles(&admin, unknown, &both, None)
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "USER_NOT_FOUND");
    let nobody = Email::parse("nobody@example.com").unwrap();
    assert!(world.authority.grant_role(&nobody, Role::Admin).await.is_err());
}

#[tokio::test]
async fn a_refusal_that_was_overtaken_under_its_key_is_answered_with_what_won() {
    let world = World::default();
    let user = registered(&world).await;
    world.store.overtake_registration(user);
    let answer = world.authority.register(&ada(PASSWORD), Some(&key("k", 1))).await;
    assert_eq!(answer.unwrap(), Change::Replayed(user));

    let email = Email::parse("ada@example.com").unwrap();
    world.authority.grant_role(&email, Role::Admin).await.unwrap();
    let admin = caller(&world, &signed_in(&world).await);
    let won = BTreeSet::from([Role::Customer, Role::Staff]);
    world.store.overtake_roles(won.clone());
    let answer = world
        .authority
        .set_roles(&admin, user, &won, Some(&key("roles", 1)))
        .await;
    assert_eq!(answer.unwrap(), Change::Replayed(won));
}

#[tokio::test]
async fn refreshing_takes_new_roles_in() {
    let world = World::default();
    registered(&world).await;
    let tokens = signed_in(&world).await;
    let email = Email::parse("ada@example.com").unwrap();
    world.authority.grant_role(&email, Role::Staff).await.unwrap();
    let next = world.authority.refresh(&tokens.refresh_token.expose()).await.unwrap();
    assert!(caller(&world, &next).has_role(Role::Staff));
}

#[tokio::test]
async fn erasing_forgets_the_address_and_ends_the_sessions() {
    let world = World::default();
    let user = registered(&world).await;
    let tokens = signed_in(&world).await;
    let me = caller(&world, &tokens);
    assert_eq!(
        world.authority.erase(&me, user).await.unwrap_err().reason(),
        "NOT_ALLOWED"
    );
    world.authority.erase(&usersvc(), user).await.unwrap();
    world.authority.erase(&usersvc(), user).await.unwrap();
    assert!(world.authority.refresh(&tokens.refresh_token.expose()).await.is_err());
    let error = world
        .authority
        .login(&login("ada@example.com", PASSWORD))
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "INVALID_CREDENTIALS");
    assert!(!world.store.dump().contains("ada@example.com"));
}

#[tokio::test]
async fn services_prove_themselves_and_get_what_the_table_grants() {
    let world = World::default();
    let secret = |text: &str| Secret::new(text.to_owned());
    let issued = world
        .authority
        .issue_service_token("ordersvc", &secret("ordersvc-key"))
        .await
        .unwrap();
    let (claims, _) = world.crypto.claims(&issued.access_token).unwrap();
    let Subject::Service { name, permissions } = claims.subject else {
        panic!("a service signed in");
    };
    assert_eq!(name, "ordersvc");
    assert!(permissions.contains("users:validate") && !permissions.contains("credentials:erase"));
    for (name, proof) in [("ordersvc", "usersvc-key"), ("nobody", "nobody-key"), ("nobody", "")] {
        let error = world
            .authority
            .issue_service_token(name, &secret(proof))
            .await
            .unwrap_err();
        assert_eq!(error.reason(), "INVALID_CREDENTIALS", "{name}");
    }
}

#[tokio::test]
async fn validating_tells_whether_the_session_still_runs() {
    let world = World::default();
    registered(&world).await;
    let tokens = signed_in(&world).await;
    let me = caller(&world, &tokens);
    let gateway = Caller::service("gateway", ["tokens:validate".to_owned()]);
    let token = tokens.access_token.expose();
    let state = world.authority.validate_token(&gateway, token).await.unwrap();
    assert!(matches!(state, TokenState::Valid(_)));
    assert_eq!(
        world.authority.validate_token(&gateway, "garbage").await.unwrap(),
        TokenState::Invalid
    );
    assert!(world.authority.validate_token(&me, token).await.is_err());
    world.authority.logout(&me, false).await.unwrap();
    assert_eq!(
        world.authority.validate_token(&gateway, token).await.unwrap(),
        TokenState::SessionEnded
    );
}

mod keyring {
    use std::sync::Arc;

    use auth_core::{
        KeyPolicy, Keyring,
        testing::{InMemoryKeys, PlainCrypto, StillClock},
    };
    use kernel::UuidV7Source;

    use super::{World, registered, signed_in};

    fn ring(keys: &Arc<InMemoryKeys>, crypto: &Arc<PlainCrypto>, clock: &Arc<StillClock>) -> Keyring {
        Keyring::new(
            Arc::clone(keys) as _,
            Arc::clone(crypto) as _,
            Arc::clone(crypto) as _,
            Arc::clone(clock) as _,
            Arc::new(UuidV7Source),
            KeyPolicy::default(),
        )
    }

    #[tokio::test]
    async fn two_processes_share_one_sequence_of_keys() {
        let (keys, crypto, clock) = (Arc::default(), Arc::default(), Arc::default());
        let (one, two) = (ring(&keys, &crypto, &clock), ring(&keys, &crypto, &clock));
        let first = one.published().await.unwrap();
        assert_eq!(two.published().await.unwrap(), first);

        clock.advance(KeyPolicy::default().period - KeyPolicy::default().publish_ahead);
        one.tend().await.unwrap();
        two.tend().await.unwrap();
        let both = one.published().await.unwrap();
        assert_eq!(two.published().await.unwrap(), both);
        assert_eq!((both.len(), &both[1]), (2, &first[0]));

        clock.advance(KeyPolicy::default().publish_ahead + KeyPolicy::default().keep);
        one.tend().await.unwrap();
        assert_eq!(one.published().await.unwrap(), both[..1]);
    }

    #[tokio::test]
    async fn a_key_signs_only_after_it_was_published_for_a_while() {
        let world = World::default();
        registered(&world).await;
        let signed_by = async |world: &World| {
            let tokens = signed_in(world).await;
            world.crypto.claims(&tokens.access_token).unwrap().1
        };
        let first = signed_by(&world).await;
        world
            .clock
            .advance(KeyPolicy::default().period - KeyPolicy::default().publish_ahead);
        world.keyring.tend().await.unwrap();
        assert_eq!(signed_by(&world).await, first);
        world.clock.advance(KeyPolicy::default().publish_ahead);
        assert_ne!(signed_by(&world).await, first);
    }
}
