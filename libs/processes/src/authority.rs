use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Context;
use api::auth::v1::{
    GetJwksRequest, GetJwksResponse, IssueServiceTokenRequest, IssueServiceTokenResponse, Jwk,
    auth_service_server::{AuthService, AuthServiceServer},
};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Caller, Secret, SystemClock};
use platform::grpc::client::{Identity, TokenSource, TokenSourceError};
use testkit::TestIssuer;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use crate::Program;

/// What services prove themselves with here.
const CREDENTIAL: &str = "of-no-use-to-anybody-but-tests";

/// An authsvc that publishes the key of a test's issuer, gives services the tokens they are granted, and does
/// nothing else.
pub struct Authority {
    issuer: Arc<TestIssuer>,
    address: SocketAddr,
    issued: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl Authority {
    /// Listens on a free port. Each service is granted its permissions; others are refused a token.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(grants: &[(&str, &[&str])]) -> anyhow::Result<Self> {
        let issuer = Arc::new(TestIssuer::try_new(Arc::new(SystemClock))?);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let issued = Arc::new(AtomicU64::new(0));
        let grants = grants
            .iter()
            .map(|(service, permissions)| {
                let permissions = permissions.iter().map(|&permission| permission.to_owned()).collect();
                ((*service).to_owned(), permissions)
            })
            .collect();
        let authsvc = KeysAndServices {
            issuer: Arc::clone(&issuer),
            grants,
            issued: Arc::clone(&issued),
        };
        let serving = tokio::spawn(async move {
            let served = tonic::transport::Server::builder()
                .add_service(AuthServiceServer::new(authsvc))
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await;
            // Services without an authority say so themselves.
            drop(served);
        });
        Ok(Self {
            issuer,
            address,
            issued,
            serving,
        })
    }

    /// Where services find it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many tokens services got so far.
    pub fn issued(&self) -> u64 {
        self.issued.load(Ordering::Relaxed)
    }

    /// Makes a service believe in this authority, and able to prove itself to it.
    #[must_use]
    pub fn believed_by(&self, service: Program) -> Program {
        service
            .env("AUTHSVC_URL", self.url())
            .env("TOKEN_ISSUER", self.issuer.name())
            .env("TOKEN_AUDIENCE", self.issuer.name())
            .env("SERVICE_BOOTSTRAP_KEY", CREDENTIAL)
    }

    /// The identity of a client that calls as this caller, however long it lives.
    pub fn identity(&self, caller: Caller) -> Identity {
        Identity::Service(Arc::new(FreshTokens {
            issuer: Arc::clone(&self.issuer),
            caller,
        }))
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A token for each call, so that none expires.
struct FreshTokens {
    issuer: Arc<TestIssuer>,
    caller: Caller,
}

#[async_trait]
impl TokenSource for FreshTokens {
    async fn token(&self) -> Result<Secret<String>, TokenSourceError> {
        let token = self.issuer.token(&self.caller);
        let token = token.map_err(|error| TokenSourceError(error.into()))?;
        Ok(Secret::new(token.unwrap_or_default()))
    }
}

struct KeysAndServices {
    issuer: Arc<TestIssuer>,
    grants: BTreeMap<String, Vec<String>>,
    issued: Arc<AtomicU64>,
}

impl KeysAndServices {
    fn service_token(&self, request: &IssueServiceTokenRequest) -> anyhow::Result<String> {
        anyhow::ensure!(request.credential == CREDENTIAL, "another credential");
        let granted = self.grants.get(&request.service).context("a service without grants")?;
        let caller = Caller::service(request.service.as_str(), granted.iter().cloned());
        self.issuer.token(&caller)?.context("a service has a token")
    }
}

macro_rules! nothing_else {
    ($($method:ident: $request:ident -> $response:ident),* $(,)?) => {
        #[async_trait]
        impl AuthService for KeysAndServices {
            async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<GetJwksResponse>, Status> {
                let key = self.issuer.public_key();
                let published = Jwk {
                    kty: "OKP".to_owned(),
                    crv: "Ed25519".to_owned(),
                    x: URL_SAFE_NO_PAD.encode(key.ed25519),
                    kid: key.kid,
                    alg: "EdDSA".to_owned(),
                    r#use: "sig".to_owned(),
                };
                Ok(Response::new(GetJwksResponse { keys: vec![published] }))
            }

            async fn issue_service_token(
                &self,
                request: Request<IssueServiceTokenRequest>,
            ) -> Result<Response<IssueServiceTokenResponse>, Status> {
                let access_token = self
                    .service_token(request.get_ref())
                    .map_err(|error| Status::permission_denied(error.to_string()))?;
                self.issued.fetch_add(1, Ordering::Relaxed);
                Ok(Response::new(IssueServiceTokenResponse {
                    access_token,
                    expires_in: i32::try_from(TestIssuer::LIFETIME.as_secs()).unwrap_or(i32::MAX),
                }))
            }

            $(async fn $method(
                &self,
                _: Request<api::auth::v1::$request>,
            ) -> Result<Response<api::auth::v1::$response>, Status> {
                Err(Status::unimplemented("keys and services only"))
            })*
        }
    };
}

nothing_else! {
    register: RegisterRequest -> RegisterResponse,
    login: LoginRequest -> LoginResponse,
    refresh_token: RefreshTokenRequest -> RefreshTokenResponse,
    logout: LogoutRequest -> LogoutResponse,
    validate_token: ValidateTokenRequest -> ValidateTokenResponse,
    change_password: ChangePasswordRequest -> ChangePasswordResponse,
    set_roles: SetRolesRequest -> SetRolesResponse,
    erase_credential: EraseCredentialRequest -> EraseCredentialResponse,
}
