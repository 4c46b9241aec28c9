use api::auth::v1::{EraseCredentialRequest, RefreshTokenRequest, SetRolesRequest};
use tonic::Code;

use crate::world::{USERSVC_KEY, World, login, reason, registration};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn bad_input_gets_the_contracts_code_and_the_next_call_works() {
    let world = World::new().await;
    let mut client = world.anonymous();
    for (email, password, name) in [
        ("nobody", "analytical engine", "Ada"),
        ("a@b", "analytical engine", "Ada"),
        ("ada@example.com", "short", "Ada"),
        ("ada@example.com", "password1234", "Ada"),
        ("ada@example.com", "aaaaaaaaaaaaaaaa", "Ada"),
        ("ada.lovelace@example.com", "Ada.Lovelace@Example.com", "Ada"),
        ("ada@example.com", "analytical engine", "A"),
        ("ada@example.com", "analytical engine", "Ada\u{7}"),
        ("", "", ""),
    ] {
        let mut request = registration(email);
        request.password = password.to_owned();
        request.name = name.to_owned();
        let refused = client.register(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{email} {password} {name}");
        assert!(!refused.message().contains(password) || password.is_empty());
    }
    let long = "a".repeat(129);
    assert_eq!(
        client.login(login("ada@example.com", &long)).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    assert_eq!(
        client.login(login("", "x")).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    let odd = client.login(login("no address", "x")).await.unwrap_err();
    assert_eq!(
        (odd.code(), reason(&odd).as_str()),
        (Code::Unauthenticated, "INVALID_CREDENTIALS")
    );
    for token in [
        "x",
        "rt1.a.b.c",
        "rt1.00000000000000000000000000000000.0.\u{e9}",
        "....",
        &"9".repeat(512),
    ] {
        let refused = world.refreshed(token).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Unauthenticated, "TOKEN_INVALID"),
            "{token}"
        );
    }
    let long = RefreshTokenRequest {
        refresh_token: "9".repeat(513),
    };
    assert_eq!(
        client.refresh_token(long).await.unwrap_err().code(),
        Code::InvalidArgument
    );

    let usersvc = world.service_token("usersvc", USERSVC_KEY).await;
    let erase = EraseCredentialRequest {
        user_id: "x".to_owned(),
    };
    assert_eq!(
        world
            .with_token(&usersvc)
            .erase_credential(erase)
            .await
            .unwrap_err()
            .code(),
        Code::InvalidArgument
    );
    let boss = world.registered("boss@example.com").await;
    world.grant("boss@example.com", &["customer", "admin"]).await;
    let admin = world.signed_in("boss@example.com").await.access_token;
    for roles in [vec![], vec![0], vec![9], vec![1, 2, 3, 1]] {
        let request = SetRolesRequest {
            user_id: boss.clone(),
            roles,
        };
        let refused = world.with_token(&admin).set_roles(request.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{request:?}");
    }
    for token in ["", "x", "a.b.c"] {
        let refused = world
            .with_token(token)
            .logout(api::auth::v1::LogoutRequest::default())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{token:?}");
    }
    world.registered("ada@example.com").await;
}
