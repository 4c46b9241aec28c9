use std::{collections::BTreeSet, time::Duration};

use api::auth::v1::{ChangePasswordRequest, LogoutRequest, Role, SetRolesRequest};
use tonic::Code;

use crate::world::{PASSWORD, World, keyed, login, reason};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_refresh_token_is_good_for_one_successor_and_reuse_ends_the_session() {
    let world = World::new().await;
    world.registered("ada@example.com").await;
    let first = world.signed_in("ada@example.com").await.refresh_token;
    let second = world.refreshed(&first).await.unwrap().refresh_token;
    assert_ne!(first, second);
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(world.refreshed(&first).await.unwrap().refresh_token, second);
    world.clock.advance(Duration::from_millis(1));
    let reused = world.refreshed(&first).await.unwrap_err();
    assert_eq!(
        (reused.code(), reason(&reused).as_str()),
        (Code::Unauthenticated, "TOKEN_INVALID")
    );
    let ended = world.refreshed(&second).await.unwrap_err();
    assert_eq!(reason(&ended), "TOKEN_INVALID");
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_new_master_key_weakens_neither_the_grace_nor_the_detection_of_reuse() {
    let world = World::new().await;
    world.registered("ada@example.com").await;
    let first = world.signed_in("ada@example.com").await.refresh_token;
    let second = world.refreshed(&first).await.unwrap().refresh_token;

    let world = world.with_new_master_key().await;
    assert_eq!(world.refreshed(&first).await.unwrap().refresh_token, second);
    let third = world.refreshed(&second).await.unwrap().refresh_token;
    assert_eq!(world.refreshed(&second).await.unwrap().refresh_token, third);
    let reused = world.refreshed(&first).await.unwrap_err();
    assert_eq!(reason(&reused), "TOKEN_INVALID");
    let ended = world.refreshed(&third).await.unwrap_err();
    assert_eq!(reason(&ended), "TOKEN_INVALID");

    let started = world.signed_in("ada@example.com").await.refresh_token;
    world.refreshed(&started).await.unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_hundred_refreshes_of_one_token_give_one_successor() {
    let world = World::new().await;
    world.registered("ada@example.com").await;
    let token = world.signed_in("ada@example.com").await.refresh_token;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (mut client, token) = (world.anonymous(), token.clone());
            tokio::spawn(async move {
                let request = api::auth::v1::RefreshTokenRequest { refresh_token: token };
                client.refresh_token(request).await.unwrap().into_inner().refresh_token
            })
        })
        .collect();
    let mut successors = BTreeSet::new();
    for call in calls {
        successors.insert(call.await.unwrap());
    }
    assert_eq!(successors.len(), 1);
    world.refreshed(successors.first().unwrap()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn logging_out_ends_one_session_or_all() {
    let world = World::new().await;
    world.registered("ada@example.com").await;
    let (one, two) = (
        world.signed_in("ada@example.com").await,
        world.signed_in("ada@example.com").await,
    );
    let mut me = world.with_token(&one.access_token);
    for _ in 0..2 {
        me.logout(LogoutRequest { all_sessions: false }).await.unwrap();
    }
    assert!(world.refreshed(&one.refresh_token).await.is_err());
    let two = world.refreshed(&two.refresh_token).await.unwrap();
    me.logout(LogoutRequest { all_sessions: true }).await.unwrap();
    assert!(world.refreshed(&two.refresh_token).await.is_err());
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::new().await;
    world.registered("ada@example.com").await;
    let (one, two) = (
        world.signed_in("ada@example.com").await,
        world.signed_in("ada@example.com").await,
    );
    let mut me = world.with_token(&one.access_token);
    let change = |current: &str, new: &str| ChangePasswordRequest {
        current_password: current.to_owned(),
        new_password: new.to_owned(),
    };
    let wrong = me
        .change_password(change("not the password", "difference engine"))
        .await
        .unwrap_err();
    assert_eq!(
        (wrong.code(), reason(&wrong).as_str()),
        (Code::Unauthenticated, "INVALID_CREDENTIALS")
    );
    let common = me.change_password(change(PASSWORD, "password1234")).await.unwrap_err();
    assert_eq!(common.code(), Code::InvalidArgument);
    me.change_password(change(PASSWORD, "difference engine")).await.unwrap();
    world.refreshed(&one.refresh_token).await.unwrap();
    assert!(world.refreshed(&two.refresh_token).await.is_err());
    let old = world
        .anonymous()
        .login(login("ada@example.com", PASSWORD))
        .await
        .unwrap_err();
    assert_eq!(reason(&old), "INVALID_CREDENTIALS");
    world
        .anonymous()
        .login(login("ada@example.com", "difference engine"))
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn admins_set_roles_and_the_next_token_has_them() {
    let world = World::new().await;
    let boss = world.registered("boss@example.com").await;
    let ada = world.registered("ada@example.com").await;
    world.grant("boss@example.com", &["customer", "admin"]).await;
    let boss_token = world.signed_in("boss@example.com").await.access_token;
    let tokens = world.signed_in("ada@example.com").await;
    let set = |user: &str, roles: &[Role]| SetRolesRequest {
        user_id: user.to_owned(),
        roles: roles.iter().map(|role| i32::from(*role)).collect(),
    };
    let refused = world
        .with_token(&tokens.access_token)
        .set_roles(set(&ada, &[Role::Admin]))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);

    let mut admin = world.with_token(&boss_token);
    let given = admin
        .set_roles(keyed(set(&ada, &[Role::Staff]), "k"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(given.roles, [i32::from(Role::Customer), i32::from(Role::Staff)]);
    let again = admin.set_roles(keyed(set(&ada, &[Role::Staff]), "k")).await.unwrap();
    assert_eq!(again.metadata().get("idempotency-replayed").unwrap(), "true");
    let next = world.refreshed(&tokens.refresh_token).await.unwrap();
    let caller = world.verifier.verify(&next.access_token).await.unwrap();
    assert!(caller.has_role(kernel::Role::Staff));

    let alone = admin.set_roles(set(&boss, &[Role::Staff])).await.unwrap_err();
    assert_eq!(
        (alone.code(), reason(&alone).as_str()),
        (Code::FailedPrecondition, "OWN_ADMIN_ROLE")
    );
    let unknown = admin
        .set_roles(set("0190163d-8694-739b-aea5-966c26f8ad91", &[Role::Staff]))
        .await
        .unwrap_err();
    assert_eq!(
        (unknown.code(), reason(&unknown).as_str()),
        (Code::NotFound, "USER_NOT_FOUND")
    );
}
