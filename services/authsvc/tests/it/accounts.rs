use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::auth::v1::IssueServiceTokenRequest;
use auth_core::service;
use authsvc::ServiceAccounts;
use axum::{body::Bytes, extract::State, http::StatusCode};
use identity::ServiceCredential;
use kernel::Caller;
use kubernetes::Cluster;
use platform::{
    grpc::client::{Client, ClientOptions, TokenSource},
    process::ReadinessCheck,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::{Code, Status};

use crate::world::{CONTRACT, World, reason};

/// An API server to which a token is `namespace:account`, and which may refuse to be asked.
#[derive(Clone, Default)]
struct ApiServer {
    refuses: Arc<AtomicBool>,
}

async fn review(State(server): State<ApiServer>, body: Bytes) -> (StatusCode, String) {
    let asked: Value = serde_json::from_slice(&body).unwrap();
    if server.refuses.load(Ordering::Relaxed) {
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "tokenreviews.authentication.k8s.io is forbidden", "reason": "Forbidden", "code": 403});
        return (StatusCode::FORBIDDEN, status.to_string());
    }
    let token = asked["spec"]["token"].as_str().unwrap_or_default();
    let status = if token.contains(':') {
        let user = format!("system:serviceaccount:{token}");
        json!({"authenticated": true, "user": {"username": user}, "audiences": asked["spec"]["audiences"]})
    } else {
        json!({"error": "[invalid bearer token]", "user": {}})
    };
    let review = json!({"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {},
        "spec": asked["spec"], "status": status});
    (StatusCode::CREATED, review.to_string())
}

impl ApiServer {
    /// Services of the namespace `shop`, as this API server knows them.
    async fn accounts(&self) -> (Arc<ServiceAccounts>, TempDir) {
        let path = "/apis/authentication.k8s.io/v1/tokenreviews";
        let app = axum::Router::new().route(path, axum::routing::post(review));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app.with_state(self.clone())).into_future());

        let account = tempfile::tempdir().unwrap();
        let authority = rcgen::generate_simple_self_signed(["authority".to_owned()]).unwrap();
        for (file, content) in [
            ("token", "authsvc"),
            ("namespace", "shop"),
            ("ca.crt", &authority.cert.pem()),
        ] {
            fs::write(account.path().join(file), content).unwrap();
        }
        let cluster = Cluster::with_account(server.parse().unwrap(), account.path()).unwrap();
        (Arc::new(ServiceAccounts::new(&cluster, "counterfoil")), account)
    }
}

async fn refused(world: &World, service: &str, token: &str) -> Status {
    let request = IssueServiceTokenRequest {
        service: service.to_owned(),
        credential: token.to_owned(),
    };
    world.anonymous().issue_service_token(request).await.unwrap_err()
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_service_is_whom_its_service_account_is_called_after() {
    let (accounts, _account) = ApiServer::default().accounts().await;
    let world = World::proving(accounts).await;
    for (service, token) in [
        ("ordersvc", "shop:usersvc"),
        // Of the same name, and of another namespace.
        ("ordersvc", "lab:ordersvc"),
        ("ordersvc", "garbage"),
        // An account that is no service.
        ("default", "shop:default"),
    ] {
        let refused = refused(&world, service, token).await;
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Unauthenticated, "INVALID_CREDENTIALS"),
            "{service} {token}"
        );
    }

    let file = tempfile::NamedTempFile::new().unwrap();
    let options = ClientOptions {
        methods: vec![CONTRACT],
        ..ClientOptions::new("http://in-process")
    };
    let source = identity::ServiceTokens::new(
        Client::over(world.channel.clone(), options),
        "ordersvc",
        ServiceCredential::TokenFile(file.path().to_owned()),
        Arc::clone(&world.clock) as _,
    );
    // The kubelet replaces the file; what is in it counts when a token is fetched.
    fs::write(file.path(), "lab:ordersvc").unwrap();
    assert!(source.token().await.is_err());
    world.clock.advance(Duration::from_secs(2));
    fs::write(file.path(), "shop:ordersvc").unwrap();
    let token = source.token().await.unwrap();
    let caller = world.verifier.verify(token.expose()).await.unwrap();
    assert_eq!(
        caller,
        Caller::service("ordersvc", service::permissions("ordersvc").unwrap())
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn who_cannot_be_recognised_is_not_turned_away_for_good() {
    let server = ApiServer::default();
    server.refuses.store(true, Ordering::Relaxed);
    let (accounts, _account) = server.accounts().await;
    let world = World::proving(accounts).await;
    let refused = refused(&world, "ordersvc", "shop:ordersvc").await;
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Unavailable, "TOKEN_REVIEW_UNAVAILABLE")
    );
    assert!(wire::retry_after_of(&refused).is_some());
    server.refuses.store(false, Ordering::Relaxed);
    world.service_token("ordersvc", "shop:ordersvc").await;
}

#[tokio::test]
async fn authsvc_is_ready_once_it_was_let_ask_and_stays_so() {
    let server = ApiServer::default();
    server.refuses.store(true, Ordering::Relaxed);
    let (accounts, _account) = server.accounts().await;
    let waiting = accounts.check().await.unwrap_err().to_string();
    assert!(
        waiting.contains("refuses a TokenReview: expected a ClusterRole"),
        "{waiting}"
    );
    server.refuses.store(false, Ordering::Relaxed);
    accounts.check().await.unwrap();
    server.refuses.store(true, Ordering::Relaxed);
    accounts.check().await.unwrap();
}
