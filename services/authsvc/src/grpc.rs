//! Request to use case, use case to response; no decisions. Passwords and tokens are moved into secrets
//! before anything else is done.

mod convert;

use std::sync::Arc;

use api::auth::v1::{
    ChangePasswordRequest, ChangePasswordResponse, EraseCredentialRequest, EraseCredentialResponse, GetJwksRequest,
    GetJwksResponse, IssueServiceTokenRequest, IssueServiceTokenResponse, LoginRequest, LoginResponse, LogoutRequest,
    LogoutResponse, METHODS, RefreshTokenRequest, RefreshTokenResponse, RegisterRequest, RegisterResponse,
    SetRolesRequest, SetRolesResponse, ValidateTokenRequest, ValidateTokenResponse, auth_service_server::AuthService,
};
use async_trait::async_trait;
use auth_core::{Authority, ChangePassword, Keyring, Login, LoginError, RegisterError, Registration, SetRolesError};
use kernel::{Classify, IdempotencyKey, Secret};
use platform::{
    grpc::{answer, call_context, idempotency_key, replayed_refusal},
    tokens::{KeyRing, RequestHasher},
};
use prost::Message;
use tonic::{Request, Response, Status};
use wire::Method;

const REGISTER: &Method = Method::named(METHODS, "Register");
const SET_ROLES: &Method = Method::named(METHODS, "SetRoles");

/// `auth.v1.AuthService` over the use cases.
pub(crate) struct AuthGrpc {
    authority: Authority,
    keyring: Arc<Keyring>,
    requests: RequestHasher,
}

impl AuthGrpc {
    /// Serves these use cases; the keys tell requests under one idempotency key apart.
    pub(crate) const fn new(authority: Authority, keyring: Arc<Keyring>, keys: KeyRing) -> Self {
        Self {
            authority,
            keyring,
            requests: RequestHasher::new(keys),
        }
    }

    fn key<T: Message>(&self, request: &Request<T>, method: &'static Method) -> Result<Option<IdempotencyKey>, Status> {
        let fingerprint = |bytes: &[u8]| self.requests.fingerprint(method.full_name(), bytes);
        idempotency_key(request, method, &fingerprint)
    }
}

fn refused(error: impl Classify) -> Status {
    wire::status(&error)
}

#[async_trait]
impl AuthService for AuthGrpc {
    async fn register(&self, request: Request<RegisterRequest>) -> Result<Response<RegisterResponse>, Status> {
        let key = self.key(&request, REGISTER)?;
        let request = request.into_inner();
        let input = Registration {
            email: request.email,
            password: Secret::new(request.password),
            name: request.name,
        };
        let registered = self.authority.register(&input, key.as_ref()).await;
        let registered = registered.map_err(|error| match error {
            RegisterError::Replayed(refusal) => replayed_refusal(&refusal),
            error => refused(error),
        })?;
        Ok(answer(registered.map(|user| RegisterResponse {
            user_id: user.to_string(),
        })))
    }

    async fn login(&self, request: Request<LoginRequest>) -> Result<Response<LoginResponse>, Status> {
        let request = request.into_inner();
        let input = Login {
            email: request.email,
            password: Secret::new(request.password),
        };
        let signed_in = self.authority.login(&input).await;
        let outcome = match &signed_in {
            Ok(_) => "success",
            Err(LoginError::Invalid(_)) => "invalid_credentials",
            Err(LoginError::LockedOut(_)) => "locked_out",
            Err(LoginError::Storage(error)) if error.reason() == "OVERLOADED" => "overloaded",
            Err(LoginError::Keys(_) | LoginError::Storage(_)) => "failed",
        };
        metrics::counter!("logins_total", "outcome" => outcome).increment(1);
        Ok(Response::new(convert::signed_in(signed_in.map_err(refused)?)))
    }

    async fn refresh_token(
        &self,
        request: Request<RefreshTokenRequest>,
    ) -> Result<Response<RefreshTokenResponse>, Status> {
        let token = Secret::new(request.into_inner().refresh_token);
        let refreshed = self.authority.refresh(token.expose()).await.map_err(refused)?;
        Ok(Response::new(convert::refreshed(refreshed)))
    }

    async fn logout(&self, request: Request<LogoutRequest>) -> Result<Response<LogoutResponse>, Status> {
        let caller = call_context(&request).caller;
        let all_sessions = request.get_ref().all_sessions;
        self.authority.logout(&caller, all_sessions).await.map_err(refused)?;
        Ok(Response::new(LogoutResponse {}))
    }

    async fn validate_token(
        &self,
        request: Request<ValidateTokenRequest>,
    ) -> Result<Response<ValidateTokenResponse>, Status> {
        let caller = call_context(&request).caller;
        let token = Secret::new(request.into_inner().access_token);
        let state = self.authority.validate_token(&caller, token.expose()).await;
        Ok(Response::new(convert::token_state(state.map_err(refused)?)))
    }

    async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<GetJwksResponse>, Status> {
        let keys = self.keyring.published().await.map_err(refused)?;
        Ok(Response::new(GetJwksResponse {
            keys: keys.iter().map(convert::jwk).collect(),
        }))
    }

    async fn issue_service_token(
        &self,
        request: Request<IssueServiceTokenRequest>,
    ) -> Result<Response<IssueServiceTokenResponse>, Status> {
        let request = request.into_inner();
        let credential = Secret::new(request.credential);
        let issued = self.authority.issue_service_token(&request.service, &credential).await;
        let issued = issued.map_err(refused)?;
        Ok(Response::new(IssueServiceTokenResponse {
            expires_in: convert::seconds(issued.expires_in),
            access_token: issued.access_token.expose().clone(),
        }))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        let caller = call_context(&request).caller;
        let request = request.into_inner();
        let input = ChangePassword {
            current: Secret::new(request.current_password),
            new: Secret::new(request.new_password),
        };
        self.authority.change_password(&caller, &input).await.map_err(refused)?;
        Ok(Response::new(ChangePasswordResponse {}))
    }

    async fn set_roles(&self, request: Request<SetRolesRequest>) -> Result<Response<SetRolesResponse>, Status> {
        let key = self.key(&request, SET_ROLES)?;
        let caller = call_context(&request).caller;
        let request = request.into_inner();
        let user = convert::user_id("user_id", &request.user_id).map_err(refused)?;
        let roles = convert::roles(&request.roles).map_err(refused)?;
        let set = self.authority.set_roles(&caller, user, &roles, key.as_ref()).await;
        let set = set.map_err(|error| match error {
            SetRolesError::Replayed(refusal) => replayed_refusal(&refusal),
            error => refused(error),
        })?;
        Ok(answer(set.map(|roles| SetRolesResponse {
            user_id: user.to_string(),
            roles: roles.into_iter().map(convert::role).collect(),
        })))
    }

    async fn erase_credential(
        &self,
        request: Request<EraseCredentialRequest>,
    ) -> Result<Response<EraseCredentialResponse>, Status> {
        let caller = call_context(&request).caller;
        let user = convert::user_id("user_id", &request.get_ref().user_id).map_err(refused)?;
        self.authority.erase(&caller, user).await.map_err(refused)?;
        Ok(Response::new(EraseCredentialResponse {}))
    }
}
