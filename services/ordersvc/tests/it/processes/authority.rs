use std::{net::SocketAddr, sync::Arc};

use api::auth::v1::{
    GetJwksRequest, GetJwksResponse, Jwk,
    auth_service_server::{AuthService, AuthServiceServer},
};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::SystemClock;
use testkit::TestIssuer;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// An authsvc that publishes the key of a test's issuer and does nothing else.
pub(super) struct Authority {
    pub(super) issuer: TestIssuer,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Authority {
    pub(super) async fn start() -> Self {
        let issuer = TestIssuer::try_new(Arc::new(SystemClock)).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let key = issuer.public_key();
        let published = Published(Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: URL_SAFE_NO_PAD.encode(key.ed25519),
            kid: key.kid,
            alg: "EdDSA".to_owned(),
            r#use: "sig".to_owned(),
        });
        let serving = tokio::spawn(async move {
            tonic::transport::Server::builder()
                .add_service(AuthServiceServer::new(published))
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
                .unwrap();
        });
        Self {
            issuer,
            address,
            serving,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Published(Jwk);

macro_rules! nothing_but_keys {
    ($($method:ident: $request:ident -> $response:ident),* $(,)?) => {
        #[async_trait]
        impl AuthService for Published {
            async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<GetJwksResponse>, Status> {
                Ok(Response::new(GetJwksResponse { keys: vec![self.0.clone()] }))
            }
            $(async fn $method(
                &self,
                _: Request<api::auth::v1::$request>,
            ) -> Result<Response<api::auth::v1::$response>, Status> {
                Err(Status::unimplemented("keys only"))
            })*
        }
    };
}

nothing_but_keys! {
    register: RegisterRequest -> RegisterResponse,
    login: LoginRequest -> LoginResponse,
    refresh_token: RefreshTokenRequest -> RefreshTokenResponse,
    logout: LogoutRequest -> LogoutResponse,
    validate_token: ValidateTokenRequest -> ValidateTokenResponse,
    issue_service_token: IssueServiceTokenRequest -> IssueServiceTokenResponse,
    change_password: ChangePasswordRequest -> ChangePasswordResponse,
    set_roles: SetRolesRequest -> SetRolesResponse,
    erase_credential: EraseCredentialRequest -> EraseCredentialResponse,
}
