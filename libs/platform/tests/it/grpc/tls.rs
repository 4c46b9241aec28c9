use std::{path::Path, time::Duration};

use platform::grpc::{
    client::{Client, ClientOptions, ClientTls, connect_lazy},
    server::{Certificates, Server, ServerError, ServerOptions, Transport},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use testkit::wait_for_async;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request};

use super::service::{State, UNARY, note, options, server, unary};

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    fn issue(&self, dir: &Path) {
        self.issue_for("orders.test", dir);
    }

    /// Puts the pair of a server of this name into `dir`.
    pub(crate) fn issue_for(&self, name: &str, dir: &Path) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        std::fs::write(dir.join("tls.crt"), certificate.pem()).unwrap();
        std::fs::write(dir.join("tls.key"), key.serialize_pem()).unwrap();
    }
}

/// A server on a socket, and whoever calls it.
struct Serving {
    target: String,
    shutdown: CancellationToken,
    served: JoinHandle<Result<(), ServerError>>,
}

impl Serving {
    async fn start(server: Server) -> Self {
        Self::at("127.0.0.1:0", server).await
    }

    /// One with a certificate of this authority, which it keeps in `dir`.
    async fn start_at(address: &str, authority: &Authority, dir: &Path) -> Self {
        authority.issue(dir);
        let certificates = Certificates::load(dir.join("tls.crt"), dir.join("tls.key")).unwrap();
        let options = ServerOptions {
            transport: Transport::Tls(certificates),
            ..options()
        };
        Self::at(address, server(&State::new(), options).await).await
    }

    async fn at(address: &str, server: Server) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let target = format!("https://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let served = tokio::spawn(async move { server.serve(listener, stop).await });
        Self {
            target,
            shutdown,
            served,
        }
    }

    /// A client on a connection of its own that trusts this authority and expects this name.
    fn client(&self, authority: &Authority, name: &str) -> Client {
        let ca = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(ca.path(), authority.pem()).unwrap();
        self.client_trusting(ca.path(), name)
    }

    /// The same with the authorities in a file.
    fn client_trusting(&self, ca_file: &Path, name: &str) -> Client {
        let options = ClientOptions {
            tls: Some(ClientTls {
                ca_file: Some(ca_file.to_owned()),
                domain_name: Some(name.to_owned()),
            }),
            ..ClientOptions::new(self.target.clone())
        };
        connect_lazy(options).unwrap()
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.served.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_server_notices_by_itself_that_its_certificate_was_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (Authority::new(), Authority::new());
    first.issue(dir.path());
    let certificates = Certificates::load(dir.path().join("tls.crt"), dir.path().join("tls.key")).unwrap();
    let options = ServerOptions {
        transport: Transport::Tls(certificates),
        certificate_check: Duration::from_millis(10),
        ..options()
    };
    let served = Serving::start(server(&State::new(), options).await).await;
    let hello = || Request::new(note("hello"));
    unary(served.client(&first, "orders.test"), UNARY, hello())
        .await
        .unwrap();

    second.issue(dir.path());
    wait_for_async(
        || async {
            let answered = unary(served.client(&second, "orders.test"), UNARY, hello()).await;
            answered.is_ok()
        },
        Duration::from_secs(10),
    )
    .await;
    served.stop().await;
}

#[tokio::test]
async fn certificates_are_replaced_while_serving() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (Authority::new(), Authority::new());
    first.issue(dir.path());
    let certificates = Certificates::load(dir.path().join("tls.crt"), dir.path().join("tls.key")).unwrap();
    let options = ServerOptions {
        transport: Transport::Tls(certificates.clone()),
        certificate_check: Duration::from_secs(3_600),
        ..options()
    };
    let served = Serving::start(server(&State::new(), options).await).await;
    let client = |authority: &Authority, name: &str| served.client(authority, name);
    let hello = || Request::new(note("hello"));

    let before = client(&first, "orders.test");
    unary(before.clone(), UNARY, hello()).await.unwrap();
    let other_name = unary(client(&first, "users.test"), UNARY, hello()).await.unwrap_err();
    assert_eq!(other_name.code(), Code::Unavailable);
    let why = kernel::Chain(std::error::Error::source(&other_name).unwrap()).to_string();
    assert!(
        why.starts_with("could not agree on TLS: invalid peer certificate: "),
        "{why}"
    );

    second.issue(dir.path());
    assert!(certificates.reload().unwrap());
    assert!(!certificates.reload().unwrap());
    unary(client(&second, "orders.test"), UNARY, hello()).await.unwrap();
    unary(before, UNARY, hello()).await.unwrap();
    let untrusted = unary(client(&first, "orders.test"), UNARY, hello()).await.unwrap_err();
    assert_eq!(untrusted.code(), Code::Unavailable);

    std::fs::write(dir.path().join("tls.key"), "half written").unwrap();
    assert!(certificates.reload().is_err());
    unary(client(&second, "orders.test"), UNARY, hello()).await.unwrap();
    served.stop().await;
}

#[tokio::test]
async fn a_client_notices_by_itself_that_its_authority_was_replaced() {
    let (dir, ca) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let (first, second) = (Authority::new(), Authority::new());
    let hello = || Request::new(note("hello"));
    std::fs::write(ca.path(), first.pem()).unwrap();
    let served = Serving::start_at("127.0.0.1:0", &first, dir.path()).await;
    let client = served.client_trusting(ca.path(), "orders.test");
    unary(client.clone(), UNARY, hello()).await.unwrap();
    let address = served.target.trim_start_matches("https://").to_owned();
    served.stop().await;

    let served = Serving::start_at(&address, &second, dir.path()).await;
    let untrusted = unary(client.clone(), UNARY, hello()).await.unwrap_err();
    assert_eq!(untrusted.code(), Code::Unavailable);
    std::fs::write(ca.path(), [first.pem(), second.pem()].concat()).unwrap();
    unary(client.clone(), UNARY, hello()).await.unwrap();
    served.stop().await;

    // What cannot be used changes nothing.
    std::fs::write(ca.path(), "half written").unwrap();
    let served = Serving::start_at(&address, &first, dir.path()).await;
    unary(client, UNARY, hello()).await.unwrap();
    served.stop().await;
}

#[tokio::test]
async fn a_file_without_an_authority_makes_no_client() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca.crt");
    let refused = || {
        let tls = ClientTls {
            ca_file: Some(path.clone()),
            domain_name: None,
        };
        let options = ClientOptions {
            tls: Some(tls),
            ..ClientOptions::new("https://usersvc:50051")
        };
        connect_lazy(options).unwrap_err().to_string()
    };
    assert_eq!(refused(), format!("could not read {}", path.display()));
    std::fs::write(&path, "not a certificate").unwrap();
    let expected = format!("{} does not hold certificates in PEM form", path.display());
    assert_eq!(refused(), expected);
}
