use std::{path::Path, time::Duration};

use axum::body::Bytes;
use http::{StatusCode, Uri};
use kernel::{Chain, Classify, ErrorKind, Secret};
use kubernetes::{Cluster, ReviewError, Reviewed, ServiceAccount, TokenReviews};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};

use crate::cluster::account;

/// Answers as an API server does: what it knows by token, and everything else as an authenticator says no.
async fn review(body: Bytes) -> (StatusCode, String) {
    let asked: Value = serde_json::from_slice(&body).unwrap();
    let failed = |code: StatusCode, reason: &str, message: &str| {
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code.as_u16()});
        (code, status.to_string())
    };
    let user = |name: &str, audiences: Value| json!({"authenticated": true, "user": {"username": name}, "audiences": audiences});
    let ours = asked["spec"]["audiences"].clone();
    let status = match asked["spec"]["token"].as_str().unwrap_or_default() {
        "ordersvc" => user("system:serviceaccount:shop:ordersvc", ours),
        "person" => user("ada", ours),
        "for the api server" => user("system:serviceaccount:shop:ordersvc", Value::Null),
        "for somebody else" => {
            json!({"error": "[invalid bearer token, token audiences [\"vault\"] is invalid for the target audiences [\"counterfoil\"]]", "user": {}})
        }
        "expired" => json!({"error": "[invalid bearer token, service account token has expired]", "user": {}}),
        "forbidden" => {
            let message = "tokenreviews.authentication.k8s.io is forbidden: User \"system:serviceaccount:shop:authsvc\" \
                           cannot create resource \"tokenreviews\" in API group \"authentication.k8s.io\" at the cluster scope";
            return failed(StatusCode::FORBIDDEN, "Forbidden", message);
        }
        "broken" => return failed(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "etcd is away"),
        _ => json!({"user": {}}),
    };
    let review = json!({"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {},
        "spec": asked["spec"], "status": status});
    (StatusCode::CREATED, review.to_string())
}

fn reviews_at(server: &str, account: &Path) -> TokenReviews {
    let server: Uri = server.parse().unwrap();
    TokenReviews::new(&Cluster::with_account(server, account).unwrap(), "counterfoil")
}

async fn reviews(account: &Path) -> TokenReviews {
    let path = "/apis/authentication.k8s.io/v1/tokenreviews";
    let app = axum::Router::new().route(path, axum::routing::post(review));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    reviews_at(&server, account)
}

async fn of(token: &str) -> Result<Reviewed, ReviewError> {
    let account = account("authsvc");
    let reviews = reviews(account.path()).await;
    reviews.review(&Secret::new(token.to_owned())).await
}

#[tokio::test]
async fn a_token_that_was_made_for_us_is_its_accounts() {
    let account = ServiceAccount {
        namespace: "shop".to_owned(),
        name: "ordersvc".to_owned(),
    };
    assert_eq!(of("ordersvc").await.unwrap(), Reviewed::Account(account));
}

#[tokio::test]
async fn every_other_token_is_nobodys_and_the_reason_is_told() {
    for (token, expected) in [
        ("for somebody else", "is invalid for the target audiences"),
        ("for the api server", "it was not made for the audience counterfoil"),
        ("expired", "service account token has expired"),
        ("person", "something else than a ServiceAccount"),
        ("garbage", "it is no token of this cluster"),
    ] {
        let reviewed = of(token).await.unwrap();
        assert!(
            matches!(&reviewed, Reviewed::Nobody(reason) if reason.contains(expected)),
            "{token}: {reviewed:?}"
        );
    }
}

#[tokio::test]
async fn an_api_server_that_refuses_to_be_asked_is_told_in_one_sentence() {
    let refused = of("forbidden").await.unwrap_err();
    assert!(matches!(refused, ReviewError::NotAllowed(_)), "{refused:?}");
    let text = Chain(&refused).to_string();
    assert_eq!(text.matches("forbidden").count(), 1, "{text}");
    assert!(
        text.starts_with("the API server refuses a TokenReview: expected a ClusterRole")
            && text.contains("\"system:serviceaccount:shop:authsvc\" cannot create"),
        "{text}"
    );
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn whoever_may_ask_is_told_so() {
    let account = account("authsvc");
    reviews(account.path()).await.permitted().await.unwrap();
}

#[tokio::test]
async fn an_api_server_that_is_away_denies_nobody() {
    let broken = of("broken").await.unwrap_err();
    assert!(Chain(&broken).to_string().contains("etcd is away"), "{broken:?}");

    let account = account("authsvc");
    let token = Secret::new("ordersvc".to_owned());
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_at = format!("http://{}", silent.local_addr().unwrap());
    for server in [closed, silent_at] {
        let asked = reviews_at(&server, account.path());
        let error = timeout(Duration::from_secs(10), asked.review(&token)).await.unwrap();
        let error = error.unwrap_err();
        assert!(matches!(error, ReviewError::Away(_) | ReviewError::Late), "{error:?}");
        assert_eq!(
            (error.kind(), error.reason()),
            (ErrorKind::Unavailable, "TOKEN_REVIEW_UNAVAILABLE")
        );
    }
}
