use std::time::Duration;

use futures::{FutureExt, StreamExt};
use http::StatusCode;
use kubernetes::{Cluster, EndpointSlices};
use platform::grpc::client::{Addresses, Discovery};
use testkit::wait_for;
use tokio::time::timeout;

use crate::{
    api_server::{
        ApiServer, Asked,
        Pod::{Ready, Starting, Terminating},
    },
    cluster::account,
};

const SOON: Duration = Duration::from_secs(10);

fn follow(server: &ApiServer) -> Addresses {
    let account = account("the-token");
    let cluster = Cluster::with_account(server.uri(), account.path()).unwrap();
    EndpointSlices::new(cluster).follow("usersvc", 7).unwrap()
}

async fn next(told: &mut Addresses) -> Vec<String> {
    let addresses = timeout(SOON, told.next()).await.unwrap().unwrap();
    addresses.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_pods_of_a_service_are_told_whenever_they_change() {
    let server = ApiServer::start().await;
    server.put("a", 7, &[Ready("10.0.0.1")]);
    let mut told = follow(&server);
    assert_eq!(next(&mut told).await, ["10.0.0.1:7"]);

    server.put("a", 7, &[Ready("10.0.0.1"), Starting("10.0.0.2")]);
    server.put("b", 7, &[Ready("10.0.0.3")]);
    assert_eq!(
        next(&mut told).await,
        ["10.0.0.1:7", "10.0.0.3:7"],
        "who starts is not told of"
    );
    server.put("a", 7, &[Ready("10.0.0.1"), Ready("10.0.0.2")]);
    assert_eq!(next(&mut told).await, ["10.0.0.1:7", "10.0.0.2:7", "10.0.0.3:7"]);
    server.put("a", 7, &[Terminating("10.0.0.1"), Ready("10.0.0.2")]);
    assert_eq!(
        next(&mut told).await,
        ["10.0.0.2:7", "10.0.0.3:7"],
        "who stops is left out at once"
    );
    server.delete("b");
    assert_eq!(next(&mut told).await, ["10.0.0.2:7"]);
    server.put("a", 7, &[]);
    assert_eq!(next(&mut told).await, [""; 0], "nobody is told of, too");

    let of_usersvc = Asked {
        namespace: "shop".to_owned(),
        selector: "kubernetes.io/service-name=usersvc".to_owned(),
        watch_from: None,
    };
    assert_eq!(server.asked()[0], of_usersvc);
    assert_eq!(server.lists(), 1);
    assert!(server.asked().iter().all(|asked| asked.selector == of_usersvc.selector));
}

#[tokio::test]
async fn a_watch_that_ends_is_taken_up_where_the_last_bookmark_was() {
    let server = ApiServer::start().await;
    server.put("a", 7, &[Ready("10.0.0.1")]);
    let mut told = follow(&server);
    next(&mut told).await;
    let following = tokio::spawn(async move { next(&mut told).await });
    wait_for(|| server.open_watches() == 1, SOON).await;
    let bookmark = server.bookmark();
    wait_for(
        || {
            server.end_watches();
            let from = |asked: &Asked| asked.watch_from.as_deref() == Some(bookmark.as_str());
            server.asked().iter().any(from)
        },
        SOON,
    )
    .await;
    server.put("a", 7, &[Ready("10.0.0.2")]);
    assert_eq!(following.await.unwrap(), ["10.0.0.2:7"]);
    assert_eq!(server.lists(), 1);
}

#[tokio::test]
async fn what_the_api_server_has_forgotten_is_listed_again() {
    let server = ApiServer::start().await;
    server.put("a", 7, &[Ready("10.0.0.1")]);
    server.put("b", 7, &[Ready("10.0.0.2")]);
    let mut told = follow(&server);
    assert_eq!(next(&mut told).await, ["10.0.0.1:7", "10.0.0.2:7"]);
    server.delete("a");
    server.forget();
    assert_eq!(next(&mut told).await, ["10.0.0.2:7"]);
    assert_eq!(server.lists(), 2);
}

#[tokio::test]
async fn while_the_api_server_refuses_what_was_known_last_holds() {
    let server = ApiServer::start().await;
    server.put("a", 7, &[Ready("10.0.0.1")]);
    let mut told = follow(&server);
    next(&mut told).await;
    let following = tokio::spawn(async move { next(&mut told).await });
    wait_for(|| server.open_watches() == 1, SOON).await;

    server.refuse(Some(StatusCode::SERVICE_UNAVAILABLE));
    let before = server.asked().len();
    wait_for(|| server.asked().len() > before + 1, SOON).await;
    assert!(!following.is_finished(), "no trouble is told");

    server.put("a", 7, &[Ready("10.0.0.1"), Ready("10.0.0.2")]);
    server.refuse(None);
    assert_eq!(following.await.unwrap(), ["10.0.0.1:7", "10.0.0.2:7"]);
}

#[tokio::test]
async fn an_account_that_may_not_watch_is_told_nothing_until_it_may() {
    let server = ApiServer::start().await;
    server.put("a", 7, &[Ready("10.0.0.1")]);
    server.refuse(Some(StatusCode::FORBIDDEN));
    let mut told = follow(&server);
    let following = tokio::spawn(async move { next(&mut told).await });
    wait_for(|| server.asked().len() > 1, SOON).await;
    assert!(!following.is_finished());
    server.refuse(None);
    assert_eq!(following.await.unwrap(), ["10.0.0.1:7"]);
}

#[tokio::test]
async fn a_service_without_slices_has_nobody() {
    let server = ApiServer::start().await;
    let mut told = follow(&server);
    assert_eq!(next(&mut told).await, [""; 0]);
    assert!(told.next().now_or_never().is_none());
}

#[tokio::test]
async fn an_api_server_that_is_away_at_the_start_is_asked_again() {
    let server = ApiServer::away().await;
    server.put("a", 7, &[Ready("10.0.0.1")]);
    let mut told = follow(&server);
    assert!(timeout(Duration::from_millis(300), told.next()).await.is_err());
    server.listen().await;
    assert_eq!(next(&mut told).await, ["10.0.0.1:7"]);
}
