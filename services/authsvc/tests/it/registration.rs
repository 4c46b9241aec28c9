use std::time::Duration;

use api::auth::v1::EraseCredentialRequest;
use tonic::Code;

use crate::world::{Failure, PASSWORD, USERSVC_KEY, World, keyed, login, reason, registration};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn registering_lets_a_user_sign_in_and_the_address_be_taken() {
    let world = World::new().await;
    let user = world.registered("Ada@Example.com").await;
    assert_eq!(world.users.all().get("ada@example.com"), Some(&user));
    let tokens = world.signed_in("ada@example.com").await;
    assert_eq!(
        (tokens.user_id, tokens.token_type.as_str(), tokens.expires_in),
        (user, "Bearer", 600)
    );
    let taken = world
        .anonymous()
        .register(registration("ada@example.com"))
        .await
        .unwrap_err();
    assert_eq!(
        (taken.code(), reason(&taken).as_str()),
        (Code::AlreadyExists, "EMAIL_TAKEN")
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn an_address_in_either_composition_is_one() {
    let world = World::new().await;
    world.registered("ren\u{e9}@example.com").await;
    let taken = world
        .anonymous()
        .register(registration("Rene\u{301}@EXAMPLE.com"))
        .await
        .unwrap_err();
    assert_eq!(reason(&taken), "EMAIL_TAKEN");
    world.signed_in("rene\u{301}@example.com").await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_registration_that_stopped_is_gone_on_with() {
    for failure in [Failure::Before, Failure::After] {
        let world = World::new().await;
        world.users.fail(&[failure; 3]);
        let failed = world
            .anonymous()
            .register(registration("ada@example.com"))
            .await
            .unwrap_err();
        assert_eq!(
            (failed.code(), reason(&failed).as_str()),
            (Code::Unavailable, "USERS_UNAVAILABLE")
        );
        let early = world
            .anonymous()
            .login(login("ada@example.com", PASSWORD))
            .await
            .unwrap_err();
        assert_eq!(reason(&early), "INVALID_CREDENTIALS", "{failure:?}");
        let user = world.registered("ada@example.com").await;
        assert_eq!(world.users.all().get("ada@example.com"), Some(&user), "{failure:?}");
        world.signed_in("ada@example.com").await;
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_dead_registration_never_blocks_the_address() {
    let world = World::new().await;
    world.users.fail(&[Failure::After; 3]);
    world
        .anonymous()
        .register(registration("ada@example.com"))
        .await
        .unwrap_err();
    let mut other = registration("ada@example.com");
    other.password = "somebody else's password".to_owned();
    let early = world.anonymous().register(other.clone()).await.unwrap_err();
    assert_eq!(
        (early.code(), reason(&early).as_str()),
        (Code::Aborted, "REGISTRATION_IN_FLIGHT")
    );
    world.clock.advance(Duration::from_secs(61));
    world.anonymous().register(other.clone()).await.unwrap();
    world
        .anonymous()
        .login(login("ada@example.com", &other.password))
        .await
        .unwrap();
    let first = world
        .anonymous()
        .login(login("ada@example.com", PASSWORD))
        .await
        .unwrap_err();
    assert_eq!(reason(&first), "INVALID_CREDENTIALS");
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn an_address_that_a_profile_has_is_taken_and_nothing_stays() {
    let world = World::new().await;
    world.users.take("ada@example.com");
    let taken = world
        .anonymous()
        .register(registration("ada@example.com"))
        .await
        .unwrap_err();
    assert_eq!(
        (taken.code(), reason(&taken).as_str()),
        (Code::AlreadyExists, "EMAIL_TAKEN")
    );
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM credentials")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_hundred_registrations_with_one_key_make_one_user() {
    let world = World::new().await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let mut client = world.anonymous();
            tokio::spawn(async move { client.register(keyed(registration("ada@example.com"), "one")).await })
        })
        .collect();
    let mut users = std::collections::BTreeSet::new();
    for call in calls {
        users.insert(call.await.unwrap().unwrap().into_inner().user_id);
    }
    assert_eq!(users.len(), 1);
    let again = world
        .anonymous()
        .register(keyed(registration("ada@example.com"), "one"))
        .await
        .unwrap();
    assert_eq!(again.metadata().get("idempotency-replayed").unwrap(), "true");
    let mut other = registration("ada@example.com");
    other.name = "Grace Hopper".to_owned();
    let reused = world.anonymous().register(keyed(other, "one")).await.unwrap_err();
    assert_eq!(
        (reused.code(), reason(&reused).as_str()),
        (Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED")
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn an_erased_credential_signs_nobody_in_and_frees_the_address() {
    let world = World::new().await;
    let user = world.registered("ada@example.com").await;
    let tokens = world.signed_in("ada@example.com").await;
    let usersvc = world.service_token("usersvc", USERSVC_KEY).await;
    let erase = EraseCredentialRequest { user_id: user.clone() };
    world
        .with_token(&usersvc)
        .erase_credential(erase.clone())
        .await
        .unwrap();
    world
        .with_token(&usersvc)
        .erase_credential(erase.clone())
        .await
        .unwrap();
    let by_user = world
        .with_token(&tokens.access_token)
        .erase_credential(erase)
        .await
        .unwrap_err();
    assert_eq!(by_user.code(), Code::PermissionDenied);
    let refused = world
        .anonymous()
        .login(login("ada@example.com", PASSWORD))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "INVALID_CREDENTIALS");
    assert!(world.refreshed(&tokens.refresh_token).await.is_err());
}
