use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::Context;
use api::auth::v1::{LoginRequest, RegisterRequest, auth_service_client::AuthServiceClient};
use kernel::{IdSource, UuidV7Source};
use platform::grpc::client::{Client, ClientOptions, Installation};
use tokio::task::JoinHandle;
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

/// The password of everybody who registers here.
pub const PASSWORD: &str = "a long walk in the rain";

/// Tokens live for ten minutes.
const SIGN_IN_EVERY: Duration = Duration::from_secs(5 * 60);

/// Somebody who is registered and stays signed in. Clones are the same customer.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The user's id.
    pub id: String,
    /// The address to sign in with.
    pub email: String,
    bearer: Arc<RwLock<MetadataValue<Ascii>>>,
    _stays: Arc<Stays>,
}

#[derive(Debug)]
struct Stays(JoinHandle<()>);

impl Drop for Stays {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Customer {
    /// Registers somebody new over a connection that leads to authsvc, and signs in; signs in again from time to time.
    ///
    /// # Errors
    /// One of them is refused.
    pub async fn register(auth: Channel) -> anyhow::Result<Self> {
        let client = Client::over(auth, ClientOptions::new("http://connected"));
        Self::join(Installation::all_at(&client)).await
    }

    /// The same at an installation.
    ///
    /// # Errors
    /// One of them is refused.
    pub async fn join(installation: Installation) -> anyhow::Result<Self> {
        let email = format!("load-{}@example.com", UuidV7Source.next().simple());
        let mut auth = AuthServiceClient::new(installation);
        let request = RegisterRequest {
            email: email.clone(),
            password: PASSWORD.to_owned(),
            name: "Load Test".to_owned(),
        };
        let id = auth.register(request).await.context("Register")?.into_inner().user_id;
        let bearer = Arc::new(RwLock::new(sign_in(&mut auth, &email).await?));
        let stays = tokio::spawn(stay(auth, email.clone(), Arc::clone(&bearer)));
        Ok(Self {
            id,
            email,
            bearer,
            _stays: Arc::new(Stays(stays)),
        })
    }

    /// A call of this customer.
    pub fn call<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let bearer = self.bearer.read().unwrap_or_else(PoisonError::into_inner).clone();
        request.metadata_mut().insert("authorization", bearer);
        request
    }

    /// A call of this customer under a key that no other call has.
    pub fn keyed<T>(&self, message: T) -> Request<T> {
        self.under_key(message, &UuidV7Source.next().hyphenated().to_string())
    }

    /// A call of this customer under this key, if it may be one.
    pub fn under_key<T>(&self, message: T, key: &str) -> Request<T> {
        let mut request = self.call(message);
        if let Ok(key) = key.parse() {
            request.metadata_mut().insert("idempotency-key", key);
        }
        request
    }
}

async fn sign_in(auth: &mut AuthServiceClient<Installation>, email: &str) -> anyhow::Result<MetadataValue<Ascii>> {
    let request = LoginRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
    };
    let token = auth.login(request).await.context("Login")?.into_inner().access_token;
    Ok(format!("Bearer {token}").parse()?)
}

async fn stay(mut auth: AuthServiceClient<Installation>, email: String, bearer: Arc<RwLock<MetadataValue<Ascii>>>) {
    loop {
        tokio::time::sleep(SIGN_IN_EVERY).await;
        // One that fails shows in the calls that are refused then.
        if let Ok(fresh) = sign_in(&mut auth, &email).await {
            *bearer.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }
}

/// So many connections to one address.
///
/// # Errors
/// It is no address, nobody answers there, or the authority cannot be read.
pub async fn connect(address: &str, ca: Option<&Path>, connections: usize) -> anyhow::Result<Vec<Channel>> {
    let mut endpoint = Endpoint::from_shared(address.to_owned())
        .with_context(|| format!("`{address}` is not an address: expected http://host:port"))?
        .connect_timeout(Duration::from_secs(3));
    if let Some(path) = ca {
        let pem = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
        endpoint = endpoint.tls_config(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))?;
    }
    let mut channels = Vec::new();
    for _ in 0..connections.max(1) {
        let channel = endpoint.connect().await;
        channels.push(channel.with_context(|| format!("nothing answers at {address}"))?);
    }
    Ok(channels)
}
