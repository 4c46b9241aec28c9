use std::{fs, path::Path};

use http::{HeaderMap, Uri};
use kubernetes::{Cluster, ClusterError};
use tempfile::TempDir;

pub(crate) fn account(token: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("token"), token).unwrap();
    let authority = rcgen::generate_simple_self_signed(["authority".to_owned()]).unwrap();
    fs::write(dir.path().join("ca.crt"), authority.cert.pem()).unwrap();
    fs::write(dir.path().join("namespace"), "shop\n").unwrap();
    dir
}

#[tokio::test]
async fn the_api_server_is_called_as_the_service_account() {
    let app = axum::Router::new().fallback(|headers: HeaderMap| async move {
        headers[http::header::AUTHORIZATION].to_str().unwrap().to_owned()
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server: Uri = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let account = account("the-token");
    let cluster = Cluster::with_account(server, account.path()).unwrap();
    assert_eq!(cluster.namespace(), "shop");
    let request = http::Request::get("/version").body(Vec::new()).unwrap();
    let shown = cluster.client().request_text(request).await.unwrap();
    assert_eq!(shown, "Bearer the-token");
}

#[tokio::test]
async fn what_is_no_pod_is_told_which_file_is_missing() {
    let error = Cluster::with_account(Uri::from_static("https://nowhere"), Path::new("/nowhere")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not read /nowhere/token: expected a pod with token, ca.crt and namespace of its ServiceAccount \
         projected there"
    );
}

#[tokio::test]
async fn an_authority_that_is_none_is_refused_at_the_start() {
    let account = account("the-token");
    fs::write(account.path().join("ca.crt"), "no certificate").unwrap();
    let error = Cluster::with_account(Uri::from_static("https://nowhere"), account.path()).unwrap_err();
    assert!(matches!(error, ClusterError::Unusable { .. }), "{error:?}");
}
