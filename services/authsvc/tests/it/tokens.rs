use std::{sync::Arc, time::Duration};

use api::auth::v1::{GetJwksRequest, IssueServiceTokenRequest, LogoutRequest, ValidateTokenRequest};
use auth_core::service;
use identity::ServiceCredential;
use kernel::{Caller, Secret};
use platform::grpc::client::{Client, ClientOptions, TokenSource};
use testkit::wait_for_async;
use tonic::Code;

use crate::world::{CONTRACT, GATEWAY_KEY, USERSVC_KEY, World, reason};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn what_is_published_verifies_what_is_signed() {
    let world = World::new().await;
    let user = world.registered("ada@example.com").await;
    let tokens = world.signed_in("ada@example.com").await;
    let keys = world
        .anonymous()
        .get_jwks(GetJwksRequest {})
        .await
        .unwrap()
        .into_inner()
        .keys;
    assert_eq!(keys.len(), 1);
    assert_eq!(
        (keys[0].kty.as_str(), keys[0].crv.as_str(), keys[0].alg.as_str()),
        ("OKP", "Ed25519", "EdDSA")
    );
    let caller = world.verifier.verify(&tokens.access_token).await.unwrap();
    assert_eq!(caller.user_id().map(|id| id.to_string()), Some(user));
    world.clock.advance(Duration::from_secs(600 + 61));
    assert!(world.verifier.verify(&tokens.access_token).await.is_err());
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_service_proves_itself_and_its_token_is_kept_and_renewed() {
    let world = World::new().await;
    for (name, key) in [("usersvc", "wrong"), ("ordersvc", USERSVC_KEY), ("nobody", USERSVC_KEY)] {
        let request = IssueServiceTokenRequest {
            service: name.to_owned(),
            credential: key.to_owned(),
        };
        let refused = world.anonymous().issue_service_token(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Unauthenticated, "INVALID_CREDENTIALS")
        );
    }

    let options = ClientOptions {
        methods: vec![CONTRACT],
        ..ClientOptions::new("http://in-process")
    };
    let source = identity::ServiceTokens::new(
        Client::over(world.channel.clone(), options),
        "usersvc",
        ServiceCredential::BootstrapKey(Secret::new(USERSVC_KEY.to_owned())),
        Arc::clone(&world.clock) as _,
    );
    let first = source.token().await.unwrap();
    let caller = world.verifier.verify(first.expose()).await.unwrap();
    let permissions = service::permissions("usersvc").unwrap();
    assert_eq!(caller, Caller::service("usersvc", permissions));
    assert_eq!(source.token().await.unwrap(), first);
    // The old one is good for a while yet and serves until the next one is there.
    world.clock.advance(Duration::from_secs(401));
    assert_eq!(source.token().await.unwrap(), first);
    let renewed = || async { source.token().await.unwrap() != first };
    wait_for_async(renewed, Duration::from_secs(20)).await;
    // One that is nearly over is not handed out any more.
    let second = source.token().await.unwrap();
    world.clock.advance(Duration::from_secs(590));
    assert_ne!(source.token().await.unwrap(), second);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_token_is_worth_what_its_session_is() {
    let world = World::new().await;
    world.registered("ada@example.com").await;
    let tokens = world.signed_in("ada@example.com").await;
    let gateway = world.service_token("gateway", GATEWAY_KEY).await;
    let mut gateway = world.with_token(&gateway);
    let ask = |token: &str| ValidateTokenRequest {
        access_token: token.to_owned(),
    };
    let valid = gateway
        .validate_token(ask(&tokens.access_token))
        .await
        .unwrap()
        .into_inner();
    assert!(valid.is_valid && valid.user_id == tokens.user_id && valid.expires_at.is_some());
    let garbage = gateway.validate_token(ask("garbage")).await.unwrap().into_inner();
    assert_eq!((garbage.is_valid, garbage.reason.as_str()), (false, "TOKEN_INVALID"));
    let mut me = world.with_token(&tokens.access_token);
    assert_eq!(
        me.validate_token(ask(&tokens.access_token)).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    me.logout(LogoutRequest { all_sessions: false }).await.unwrap();
    let ended = gateway
        .validate_token(ask(&tokens.access_token))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((ended.is_valid, ended.reason.as_str()), (false, "SESSION_ENDED"));
}
