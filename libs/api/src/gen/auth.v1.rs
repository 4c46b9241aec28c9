// Generated from protos/ by contractgen; `make generate` writes it anew.

/// Who registers.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct RegisterRequest {
    /// The address to sign in with, an e-mail address of up to 254 characters; case does not matter.
    #[prost(string, tag = "1")]
    pub email: ::prost::alloc::string::String,
    /// The password, 12 to 128 characters, not a common one.
    #[prost(string, tag = "2")]
    pub password: ::prost::alloc::string::String,
    /// What to call the user, text of 2 to 50 characters.
    #[prost(string, tag = "3")]
    pub name: ::prost::alloc::string::String,
}
/// The user who can sign in now.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct RegisterResponse {
    /// The user's id, a UUID.
    #[prost(string, tag = "1")]
    pub user_id: ::prost::alloc::string::String,
}
/// Who signs in.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct LoginRequest {
    /// The address that was registered, an e-mail address of up to 254 characters; case does not matter.
    #[prost(string, tag = "1")]
    pub email: ::prost::alloc::string::String,
    /// The password, up to 128 characters.
    #[prost(string, tag = "2")]
    pub password: ::prost::alloc::string::String,
}
/// The tokens of a new session.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct LoginResponse {
    /// Goes with every call, as `authorization: Bearer …`. A JSON Web Token.
    #[prost(string, tag = "1")]
    pub access_token: ::prost::alloc::string::String,
    /// Gets the next access token; good for one use, opaque.
    #[prost(string, tag = "2")]
    pub refresh_token: ::prost::alloc::string::String,
    /// Always `Bearer`.
    #[prost(string, tag = "3")]
    pub token_type: ::prost::alloc::string::String,
    /// How long the access token is valid, in seconds.
    #[prost(int32, tag = "4")]
    pub expires_in: i32,
    /// Who signed in, a UUID.
    #[prost(string, tag = "5")]
    pub user_id: ::prost::alloc::string::String,
}
/// The refresh token to exchange.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct RefreshTokenRequest {
    /// The refresh token that was given last, opaque.
    #[prost(string, tag = "1")]
    pub refresh_token: ::prost::alloc::string::String,
}
/// The next tokens of the session.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct RefreshTokenResponse {
    /// Goes with every call, as `authorization: Bearer …`. A JSON Web Token.
    #[prost(string, tag = "1")]
    pub access_token: ::prost::alloc::string::String,
    /// Gets the next access token; good for one use, opaque.
    #[prost(string, tag = "2")]
    pub refresh_token: ::prost::alloc::string::String,
    /// Always `Bearer`.
    #[prost(string, tag = "3")]
    pub token_type: ::prost::alloc::string::String,
    /// How long the access token is valid, in seconds.
    #[prost(int32, tag = "4")]
    pub expires_in: i32,
    /// Whose session it is, a UUID.
    #[prost(string, tag = "5")]
    pub user_id: ::prost::alloc::string::String,
}
/// Which sessions to end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct LogoutRequest {
    /// True ends every session of the caller; false only the one of the access token that is sent along.
    #[prost(bool, tag = "1")]
    pub all_sessions: bool,
}
/// The session is ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct LogoutResponse {}
/// The token to look at.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct ValidateTokenRequest {
    /// An access token, a JSON Web Token.
    #[prost(string, tag = "1")]
    pub access_token: ::prost::alloc::string::String,
}
/// What the token is worth.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ValidateTokenResponse {
    /// True when signature, issuer, audience and time are right and the session still runs.
    #[prost(bool, tag = "1")]
    pub is_valid: bool,
    /// Why not: `TOKEN_INVALID`, `TOKEN_EXPIRED` or `SESSION_ENDED`; empty when valid.
    #[prost(string, tag = "2")]
    pub reason: ::prost::alloc::string::String,
    /// The user whose token it is, a UUID; empty for a service's.
    #[prost(string, tag = "3")]
    pub user_id: ::prost::alloc::string::String,
    /// The session it belongs to, a UUID; empty for a service's.
    #[prost(string, tag = "4")]
    pub session_id: ::prost::alloc::string::String,
    /// What the user may be.
    #[prost(enumeration = "Role", repeated, tag = "5")]
    pub roles: ::prost::alloc::vec::Vec<i32>,
    /// The service whose token it is, by its name; empty for a user's.
    #[prost(string, tag = "6")]
    pub service: ::prost::alloc::string::String,
    /// What the service may do, `users:validate`.
    #[prost(string, repeated, tag = "7")]
    pub permissions: ::prost::alloc::vec::Vec<::prost::alloc::string::String>,
    /// When the token stops being valid, in UTC.
    #[prost(message, optional, tag = "8")]
    pub expires_at: ::core::option::Option<::prost_types::Timestamp>,
}
/// All public keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct GetJwksRequest {}
/// A JSON Web Key Set.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct GetJwksResponse {
    /// The keys that tokens in use may be signed with, newest first.
    #[prost(message, repeated, tag = "1")]
    pub keys: ::prost::alloc::vec::Vec<Jwk>,
}
/// A public key for Ed25519 signatures (RFC 8037).
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct Jwk {
    /// The type of key, always `OKP`.
    #[prost(string, tag = "1")]
    pub kty: ::prost::alloc::string::String,
    /// The curve, always `Ed25519`.
    #[prost(string, tag = "2")]
    pub crv: ::prost::alloc::string::String,
    /// The public key, base64url without padding.
    #[prost(string, tag = "3")]
    pub x: ::prost::alloc::string::String,
    /// The name of the key, as in the header of the tokens it signed.
    #[prost(string, tag = "4")]
    pub kid: ::prost::alloc::string::String,
    /// The algorithm, always `EdDSA`.
    #[prost(string, tag = "5")]
    pub alg: ::prost::alloc::string::String,
    /// What it is for, always `sig`.
    #[prost(string, tag = "6")]
    pub r#use: ::prost::alloc::string::String,
}
/// The service that wants a token, and its proof.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct IssueServiceTokenRequest {
    /// The name of the service, `ordersvc`.
    #[prost(string, tag = "1")]
    pub service: ::prost::alloc::string::String,
    /// What proves that it is that service: a token of its ServiceAccount or its bootstrap key, opaque.
    #[prost(string, tag = "2")]
    pub credential: ::prost::alloc::string::String,
}
/// The token of a service.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct IssueServiceTokenResponse {
    /// Goes with every call to another service, as `authorization: Bearer …`. A JSON Web Token.
    #[prost(string, tag = "1")]
    pub access_token: ::prost::alloc::string::String,
    /// How long the token is valid, in seconds.
    #[prost(int32, tag = "2")]
    pub expires_in: i32,
}
/// The old and the new password.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct ChangePasswordRequest {
    /// The password until now, up to 128 characters.
    #[prost(string, tag = "1")]
    pub current_password: ::prost::alloc::string::String,
    /// The password from now on, 12 to 128 characters, not a common one.
    #[prost(string, tag = "2")]
    pub new_password: ::prost::alloc::string::String,
}
/// The password is changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ChangePasswordResponse {}
/// The roles to give.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct SetRolesRequest {
    /// The user, a UUID.
    #[prost(string, tag = "1")]
    pub user_id: ::prost::alloc::string::String,
    /// All roles the user has from now on; at least one.
    #[prost(enumeration = "Role", repeated, packed = "false", tag = "2")]
    pub roles: ::prost::alloc::vec::Vec<i32>,
}
/// The roles that were given.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct SetRolesResponse {
    /// The user, a UUID.
    #[prost(string, tag = "1")]
    pub user_id: ::prost::alloc::string::String,
    /// All roles the user has now.
    #[prost(enumeration = "Role", repeated, tag = "2")]
    pub roles: ::prost::alloc::vec::Vec<i32>,
}
/// Whose credential to erase.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct EraseCredentialRequest {
    /// The user, a UUID.
    #[prost(string, tag = "1")]
    pub user_id: ::prost::alloc::string::String,
}
/// The credential is erased.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct EraseCredentialResponse {}
/// What a user may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum Role {
    /// Not said.
    Unspecified = 0,
    /// Orders and pays; every registered user.
    Customer = 1,
    /// Works for the shop: sees and moves everybody's orders.
    Staff = 2,
    /// Grants roles, and is staff too.
    Admin = 3,
}
impl Role {
    /// String value of the enum field names used in the ProtoBuf definition.
    ///
    /// The values are not transformed in any way and thus are considered stable
    /// (if the ProtoBuf definition does not change) and safe for programmatic use.
    pub fn as_str_name(&self) -> &'static str {
        match self {
            Self::Unspecified => "ROLE_UNSPECIFIED",
            Self::Customer => "ROLE_CUSTOMER",
            Self::Staff => "ROLE_STAFF",
            Self::Admin => "ROLE_ADMIN",
        }
    }
    /// Creates an enum from field names used in the ProtoBuf definition.
    pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
        match value {
            "ROLE_UNSPECIFIED" => Some(Self::Unspecified),
            "ROLE_CUSTOMER" => Some(Self::Customer),
            "ROLE_STAFF" => Some(Self::Staff),
            "ROLE_ADMIN" => Some(Self::Admin),
            _ => None,
        }
    }
}
/// Generated client implementations.
pub mod auth_service_client {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    use tonic::codegen::http::Uri;
    /// Keeps credentials and sessions, and issues tokens.
    #[derive(Debug, Clone)]
    pub struct AuthServiceClient<T> {
        inner: tonic::client::Grpc<T>,
    }
    impl AuthServiceClient<tonic::transport::Channel> {
        /// Attempt to create a new client by connecting to a given endpoint.
        pub async fn connect<D>(dst: D) -> Result<Self, tonic::transport::Error>
        where
            D: TryInto<tonic::transport::Endpoint>,
            D::Error: Into<StdError>,
        {
            let conn = tonic::transport::Endpoint::new(dst)?.connect().await?;
            Ok(Self::new(conn))
        }
    }
    impl<T> AuthServiceClient<T>
    where
        T: tonic::client::GrpcService<tonic::body::Body>,
        T::Error: Into<StdError>,
        T::ResponseBody: Body<Data = Bytes> + std::marker::Send + 'static,
        <T::ResponseBody as Body>::Error: Into<StdError> + std::marker::Send,
    {
        pub fn new(inner: T) -> Self {
            let inner = tonic::client::Grpc::new(inner);
            Self { inner }
        }
        pub fn with_origin(inner: T, origin: Uri) -> Self {
            let inner = tonic::client::Grpc::with_origin(inner, origin);
            Self { inner }
        }
        pub fn with_interceptor<F>(
            inner: T,
            interceptor: F,
        ) -> AuthServiceClient<InterceptedService<T, F>>
        where
            F: tonic::service::Interceptor,
            T::ResponseBody: Default,
            T: tonic::codegen::Service<
                http::Request<tonic::body::Body>,
                Response = http::Response<
                    <T as tonic::client::GrpcService<tonic::body::Body>>::ResponseBody,
                >,
            >,
            <T as tonic::codegen::Service<
                http::Request<tonic::body::Body>,
            >>::Error: Into<StdError> + std::marker::Send + std::marker::Sync,
        {
            AuthServiceClient::new(InterceptedService::new(inner, interceptor))
        }
        /// Compress requests with the given encoding.
        ///
        /// This requires the server to support it otherwise it might respond with an
        /// error.
        #[must_use]
        pub fn send_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.inner = self.inner.send_compressed(encoding);
            self
        }
        /// Enable decompressing responses.
        #[must_use]
        pub fn accept_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.inner = self.inner.accept_compressed(encoding);
            self
        }
        /// Limits the maximum size of a decoded message.
        ///
        /// Default: `4MB`
        #[must_use]
        pub fn max_decoding_message_size(mut self, limit: usize) -> Self {
            self.inner = self.inner.max_decoding_message_size(limit);
            self
        }
        /// Limits the maximum size of an encoded message.
        ///
        /// Default: `usize::MAX`
        #[must_use]
        pub fn max_encoding_message_size(mut self, limit: usize) -> Self {
            self.inner = self.inner.max_encoding_message_size(limit);
            self
        }
        /// Makes a user who can sign in. Refuses an address that is taken: ALREADY_EXISTS `EMAIL_TAKEN`.
        pub async fn register(
            &mut self,
            request: impl tonic::IntoRequest<super::RegisterRequest>,
        ) -> std::result::Result<
            tonic::Response<super::RegisterResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/Register",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("auth.v1.AuthService", "Register"));
            self.inner.unary(req, path, codec).await
        }
        /// Starts a session. An unknown address and a wrong password get the same answer in the same time:
        /// UNAUTHENTICATED `INVALID_CREDENTIALS`. After too many of them: RESOURCE_EXHAUSTED `LOCKED_OUT`.
        pub async fn login(
            &mut self,
            request: impl tonic::IntoRequest<super::LoginRequest>,
        ) -> std::result::Result<tonic::Response<super::LoginResponse>, tonic::Status> {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/Login",
            );
            let mut req = request.into_request();
            req.extensions_mut().insert(GrpcMethod::new("auth.v1.AuthService", "Login"));
            self.inner.unary(req, path, codec).await
        }
        /// Exchanges a refresh token for new tokens. The same token again within 10 s gives the same successor; later
        /// it ends the session, because somebody else may hold it.
        pub async fn refresh_token(
            &mut self,
            request: impl tonic::IntoRequest<super::RefreshTokenRequest>,
        ) -> std::result::Result<
            tonic::Response<super::RefreshTokenResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/RefreshToken",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("auth.v1.AuthService", "RefreshToken"));
            self.inner.unary(req, path, codec).await
        }
        /// Ends the caller's session. Ending it again succeeds.
        pub async fn logout(
            &mut self,
            request: impl tonic::IntoRequest<super::LogoutRequest>,
        ) -> std::result::Result<tonic::Response<super::LogoutResponse>, tonic::Status> {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/Logout",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("auth.v1.AuthService", "Logout"));
            self.inner.unary(req, path, codec).await
        }
        /// Tells a service whether a token is valid now, its session included, and whose it is.
        pub async fn validate_token(
            &mut self,
            request: impl tonic::IntoRequest<super::ValidateTokenRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ValidateTokenResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/ValidateToken",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("auth.v1.AuthService", "ValidateToken"));
            self.inner.unary(req, path, codec).await
        }
        /// Shows the public keys that access tokens are verified with, as a JSON Web Key Set (RFC 7517).
        pub async fn get_jwks(
            &mut self,
            request: impl tonic::IntoRequest<super::GetJwksRequest>,
        ) -> std::result::Result<
            tonic::Response<super::GetJwksResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/GetJwks",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("auth.v1.AuthService", "GetJwks"));
            self.inner.unary(req, path, codec).await
        }
        /// Issues a short-lived token to a service that proves itself with its own credential.
        pub async fn issue_service_token(
            &mut self,
            request: impl tonic::IntoRequest<super::IssueServiceTokenRequest>,
        ) -> std::result::Result<
            tonic::Response<super::IssueServiceTokenResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/IssueServiceToken",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("auth.v1.AuthService", "IssueServiceToken"));
            self.inner.unary(req, path, codec).await
        }
        /// Changes the caller's password and ends the caller's other sessions.
        pub async fn change_password(
            &mut self,
            request: impl tonic::IntoRequest<super::ChangePasswordRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ChangePasswordResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/ChangePassword",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("auth.v1.AuthService", "ChangePassword"));
            self.inner.unary(req, path, codec).await
        }
        /// Replaces the roles of a user. Tokens that were issued before keep theirs until they expire.
        pub async fn set_roles(
            &mut self,
            request: impl tonic::IntoRequest<super::SetRolesRequest>,
        ) -> std::result::Result<
            tonic::Response<super::SetRolesResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/SetRoles",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("auth.v1.AuthService", "SetRoles"));
            self.inner.unary(req, path, codec).await
        }
        /// Erases the login address and password of a deleted user and ends their sessions. Erasing again succeeds.
        pub async fn erase_credential(
            &mut self,
            request: impl tonic::IntoRequest<super::EraseCredentialRequest>,
        ) -> std::result::Result<
            tonic::Response<super::EraseCredentialResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/auth.v1.AuthService/EraseCredential",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("auth.v1.AuthService", "EraseCredential"));
            self.inner.unary(req, path, codec).await
        }
    }
}
/// Generated server implementations.
pub mod auth_service_server {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    /// Generated trait containing gRPC methods that should be implemented for use with AuthServiceServer.
    #[async_trait]
    pub trait AuthService: std::marker::Send + std::marker::Sync + 'static {
        /// Makes a user who can sign in. Refuses an address that is taken: ALREADY_EXISTS `EMAIL_TAKEN`.
        async fn register(
            &self,
            request: tonic::Request<super::RegisterRequest>,
        ) -> std::result::Result<
            tonic::Response<super::RegisterResponse>,
            tonic::Status,
        >;
        /// Starts a session. An unknown address and a wrong password get the same answer in the same time:
        /// UNAUTHENTICATED `INVALID_CREDENTIALS`. After too many of them: RESOURCE_EXHAUSTED `LOCKED_OUT`.
        async fn login(
            &self,
            request: tonic::Request<super::LoginRequest>,
        ) -> std::result::Result<tonic::Response<super::LoginResponse>, tonic::Status>;
        /// Exchanges a refresh token for new tokens. The same token again within 10 s gives the same successor; later
        /// it ends the session, because somebody else may hold it.
        async fn refresh_token(
            &self,
            request: tonic::Request<super::RefreshTokenRequest>,
        ) -> std::result::Result<
            tonic::Response<super::RefreshTokenResponse>,
            tonic::Status,
        >;
        /// Ends the caller's session. Ending it again succeeds.
        async fn logout(
            &self,
            request: tonic::Request<super::LogoutRequest>,
        ) -> std::result::Result<tonic::Response<super::LogoutResponse>, tonic::Status>;
        /// Tells a service whether a token is valid now, its session included, and whose it is.
        async fn validate_token(
            &self,
            request: tonic::Request<super::ValidateTokenRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ValidateTokenResponse>,
            tonic::Status,
        >;
        /// Shows the public keys that access tokens are verified with, as a JSON Web Key Set (RFC 7517).
        async fn get_jwks(
            &self,
            request: tonic::Request<super::GetJwksRequest>,
        ) -> std::result::Result<tonic::Response<super::GetJwksResponse>, tonic::Status>;
        /// Issues a short-lived token to a service that proves itself with its own credential.
        async fn issue_service_token(
            &self,
            request: tonic::Request<super::IssueServiceTokenRequest>,
        ) -> std::result::Result<
            tonic::Response<super::IssueServiceTokenResponse>,
            tonic::Status,
        >;
        /// Changes the caller's password and ends the caller's other sessions.
        async fn change_password(
            &self,
            request: tonic::Request<super::ChangePasswordRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ChangePasswordResponse>,
            tonic::Status,
        >;
        /// Replaces the roles of a user. Tokens that were issued before keep theirs until they expire.
        async fn set_roles(
            &self,
            request: tonic::Request<super::SetRolesRequest>,
        ) -> std::result::Result<
            tonic::Response<super::SetRolesResponse>,
            tonic::Status,
        >;
        /// Erases the login address and password of a deleted user and ends their sessions. Erasing again succeeds.
        async fn erase_credential(
            &self,
            request: tonic::Request<super::EraseCredentialRequest>,
        ) -> std::result::Result<
            tonic::Response<super::EraseCredentialResponse>,
            tonic::Status,
        >;
    }
    /// Keeps credentials and sessions, and issues tokens.
    #[derive(Debug)]
    pub struct AuthServiceServer<T> {
        inner: Arc<T>,
        accept_compression_encodings: EnabledCompressionEncodings,
        send_compression_encodings: EnabledCompressionEncodings,
        max_decoding_message_size: Option<usize>,
        max_encoding_message_size: Option<usize>,
    }
    impl<T> AuthServiceServer<T> {
        pub fn new(inner: T) -> Self {
            Self::from_arc(Arc::new(inner))
        }
        pub fn from_arc(inner: Arc<T>) -> Self {
            Self {
                inner,
                accept_compression_encodings: Default::default(),
                send_compression_encodings: Default::default(),
                max_decoding_message_size: None,
                max_encoding_message_size: None,
            }
        }
        pub fn with_interceptor<F>(
            inner: T,
            interceptor: F,
        ) -> InterceptedService<Self, F>
        where
            F: tonic::service::Interceptor,
        {
            InterceptedService::new(Self::new(inner), interceptor)
        }
        /// Enable decompressing requests with the given encoding.
        #[must_use]
        pub fn accept_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.accept_compression_encodings.enable(encoding);
            self
        }
        /// Compress responses with the given encoding, if the client supports it.
        #[must_use]
        pub fn send_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.send_compression_encodings.enable(encoding);
            self
        }
        /// Limits the maximum size of a decoded message.
        ///
        /// Default: `4MB`
        #[must_use]
        pub fn max_decoding_message_size(mut self, limit: usize) -> Self {
            self.max_decoding_message_size = Some(limit);
            self
        }
        /// Limits the maximum size of an encoded message.
        ///
        /// Default: `usize::MAX`
        #[must_use]
        pub fn max_encoding_message_size(mut self, limit: usize) -> Self {
            self.max_encoding_message_size = Some(limit);
            self
        }
    }
    impl<T, B> tonic::codegen::Service<http::Request<B>> for AuthServiceServer<T>
    where
        T: AuthService,
        B: Body + std::marker::Send + 'static,
        B::Error: Into<StdError> + std::marker::Send + 'static,
    {
        type Response = http::Response<tonic::body::Body>;
        type Error = std::convert::Infallible;
        type Future = BoxFuture<Self::Response, Self::Error>;
        fn poll_ready(
            &mut self,
            _cx: &mut Context<'_>,
        ) -> Poll<std::result::Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, req: http::Request<B>) -> Self::Future {
            match req.uri().path() {
                "/auth.v1.AuthService/Register" => {
                    #[allow(non_camel_case_types)]
                    struct RegisterSvc<T: AuthService>(pub Arc<T>);
                    impl<
                        T: AuthService,
                    > tonic::server::UnaryService<super::RegisterRequest>
                    for RegisterSvc<T> {
                        type Response = super::RegisterResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::RegisterRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::register(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = RegisterSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/auth.v1.AuthService/Login" => {
                    #[allow(non_camel_case_types)]
                    struct LoginSvc<T: AuthService>(pub Arc<T>);
                    impl<T: AuthService> tonic::server::UnaryService<super::LoginRequest>
                    for LoginSvc<T> {
                        type Response = super::LoginResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::LoginRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::login(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = LoginSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/auth.v1.AuthService/RefreshToken" => {
                    #[allow(non_camel_case_types)]
                    struct RefreshTokenSvc<T: AuthService>(pub Arc<T>);
                    impl<
                        T: AuthService,
                    > tonic::server::UnaryService<super::RefreshTokenRequest>
                    for RefreshTokenSvc<T> {
                        type Response = super::RefreshTokenResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::RefreshTokenRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::refresh_token(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = RefreshTokenSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/auth.v1.AuthService/Logout" => {
                    #[allow(non_camel_case_types)]
                    struct LogoutSvc<T: AuthService>(pub Arc<T>);
                    impl<
                        T: AuthService,
                    > tonic::server::UnaryService<super::LogoutRequest>
                    for LogoutSvc<T> {
                        type Response = super::LogoutResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::LogoutRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::logout(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = LogoutSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/auth.v1.AuthService/ValidateToken" => {
                    #[allow(non_camel_case_types)]
                    struct ValidateTokenSvc<T: AuthService>(pub Arc<T>);
                    impl<
                        T: AuthService,
                    > tonic::server::UnaryService<super::ValidateTokenRequest>
                    for ValidateTokenSvc<T> {
                        type Response = super::ValidateTokenResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ValidateTokenRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::validate_token(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = ValidateTokenSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/auth.v1.AuthService/GetJwks" => {
                    #[allow(non_camel_case_types)]
                    struct GetJwksSvc<T: AuthService>(pub Arc<T>);
                    impl<
                        T: AuthService,
                    > tonic::server::UnaryService<super::GetJwksRequest>
                    for GetJwksSvc<T> {
                        type Response = super::GetJwksResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::GetJwksRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::get_jwks(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = GetJwksSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/auth.v1.AuthService/IssueServiceToken" => {
                    #[allow(non_camel_case_types)]
                    struct IssueServiceTokenSvc<T: AuthService>(pub Arc<T>);
                    impl<
                        T: AuthService,
                    > tonic::server::UnaryService<super::IssueServiceTokenRequest>
                    for IssueServiceTokenSvc<T> {
                        type Response = super::IssueServiceTokenResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::IssueServiceTokenRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::issue_service_token(&inner, request)
                                    .await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = IssueServiceTokenSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/auth.v1.AuthService/ChangePassword" => {
                    #[allow(non_camel_case_types)]
                    struct ChangePasswordSvc<T: AuthService>(pub Arc<T>);
                    impl<
                        T: AuthService,
                    > tonic::server::UnaryService<super::ChangePasswordRequest>
                    for ChangePasswordSvc<T> {
                        type Response = super::ChangePasswordResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ChangePasswordRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::change_password(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = ChangePasswordSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/auth.v1.AuthService/SetRoles" => {
                    #[allow(non_camel_case_types)]
                    struct SetRolesSvc<T: AuthService>(pub Arc<T>);
                    impl<
                        T: AuthService,
                    > tonic::server::UnaryService<super::SetRolesRequest>
                    for SetRolesSvc<T> {
                        type Response = super::SetRolesResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::SetRolesRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::set_roles(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = SetRolesSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/auth.v1.AuthService/EraseCredential" => {
                    #[allow(non_camel_case_types)]
                    struct EraseCredentialSvc<T: AuthService>(pub Arc<T>);
                    impl<
                        T: AuthService,
                    > tonic::server::UnaryService<super::EraseCredentialRequest>
                    for EraseCredentialSvc<T> {
                        type Response = super::EraseCredentialResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::EraseCredentialRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as AuthService>::erase_credential(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = EraseCredentialSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                _ => {
                    Box::pin(async move {
                        let mut response = http::Response::new(
                            tonic::body::Body::default(),
                        );
                        let headers = response.headers_mut();
                        headers
                            .insert(
                                tonic::Status::GRPC_STATUS,
                                (tonic::Code::Unimplemented as i32).into(),
                            );
                        headers
                            .insert(
                                http::header::CONTENT_TYPE,
                                tonic::metadata::GRPC_CONTENT_TYPE,
                            );
                        Ok(response)
                    })
                }
            }
        }
    }
    impl<T> Clone for AuthServiceServer<T> {
        fn clone(&self) -> Self {
            let inner = self.inner.clone();
            Self {
                inner,
                accept_compression_encodings: self.accept_compression_encodings,
                send_compression_encodings: self.send_compression_encodings,
                max_decoding_message_size: self.max_decoding_message_size,
                max_encoding_message_size: self.max_encoding_message_size,
            }
        }
    }
    /// Generated gRPC service name
    pub const SERVICE_NAME: &str = "auth.v1.AuthService";
    impl<T> tonic::server::NamedService for AuthServiceServer<T> {
        const NAME: &'static str = SERVICE_NAME;
    }
}
/// What the contract says of every method of this package.
pub const METHODS: &[::wire::Method] = &[
    ::wire::Method {
        path: "/auth.v1.AuthService/Register",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/auth.v1.AuthService/Login",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::NeverStored,
    },
    ::wire::Method {
        path: "/auth.v1.AuthService/RefreshToken",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::NeverStored,
    },
    ::wire::Method {
        path: "/auth.v1.AuthService/Logout",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/auth.v1.AuthService/ValidateToken",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Service,
            permission: Some("tokens:validate"),
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/auth.v1.AuthService/GetJwks",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/auth.v1.AuthService/IssueServiceToken",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::NeverStored,
    },
    ::wire::Method {
        path: "/auth.v1.AuthService/ChangePassword",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::NeverStored,
    },
    ::wire::Method {
        path: "/auth.v1.AuthService/SetRoles",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Admin,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/auth.v1.AuthService/EraseCredential",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Service,
            permission: Some("credentials:erase"),
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
];
impl ::core::fmt::Debug for RegisterRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("RegisterRequest")
            .field("email", &::core::format_args!("[redacted]"))
            .field("password", &::core::format_args!("[redacted]"))
            .field("name", &::core::format_args!("[redacted]"))
            .finish()
    }
}
impl ::core::fmt::Debug for LoginRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("LoginRequest")
            .field("email", &::core::format_args!("[redacted]"))
            .field("password", &::core::format_args!("[redacted]"))
            .finish()
    }
}
impl ::core::fmt::Debug for LoginResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("LoginResponse")
            .field("access_token", &::core::format_args!("[redacted]"))
            .field("refresh_token", &::core::format_args!("[redacted]"))
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("user_id", &self.user_id)
            .finish()
    }
}
impl ::core::fmt::Debug for RefreshTokenRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("RefreshTokenRequest")
            .field("refresh_token", &::core::format_args!("[redacted]"))
            .finish()
    }
}
impl ::core::fmt::Debug for RefreshTokenResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("RefreshTokenResponse")
            .field("access_token", &::core::format_args!("[redacted]"))
            .field("refresh_token", &::core::format_args!("[redacted]"))
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("user_id", &self.user_id)
            .finish()
    }
}
impl ::core::fmt::Debug for ValidateTokenRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("ValidateTokenRequest")
            .field("access_token", &::core::format_args!("[redacted]"))
            .finish()
    }
}
impl ::core::fmt::Debug for IssueServiceTokenRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("IssueServiceTokenRequest")
            .field("service", &self.service)
            .field("credential", &::core::format_args!("[redacted]"))
            .finish()
    }
}
impl ::core::fmt::Debug for IssueServiceTokenResponse {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("IssueServiceTokenResponse")
            .field("access_token", &::core::format_args!("[redacted]"))
            .field("expires_in", &self.expires_in)
            .finish()
    }
}
impl ::core::fmt::Debug for ChangePasswordRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("ChangePasswordRequest")
            .field("current_password", &::core::format_args!("[redacted]"))
            .field("new_password", &::core::format_args!("[redacted]"))
            .finish()
    }
}
impl ::wire::Validate for RegisterRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "email");
            ::wire::rules::printable(&self.email, at, found);
            ::wire::rules::length(&self.email, 3usize, 254usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "password");
            ::wire::rules::printable(&self.password, at, found);
            ::wire::rules::length(&self.password, 12usize, 128usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "name");
            ::wire::rules::printable(&self.name, at, found);
            ::wire::rules::length(&self.name, 2usize, 50usize, at, found);
        }
    }
}
impl ::wire::Validate for RegisterResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for LoginRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "email");
            ::wire::rules::printable(&self.email, at, found);
            ::wire::rules::length(&self.email, 3usize, 254usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "password");
            ::wire::rules::printable(&self.password, at, found);
            ::wire::rules::length(&self.password, 1usize, 128usize, at, found);
        }
    }
}
impl ::wire::Validate for LoginResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for RefreshTokenRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "refresh_token");
            ::wire::rules::printable(&self.refresh_token, at, found);
            ::wire::rules::length(&self.refresh_token, 1usize, 512usize, at, found);
        }
    }
}
impl ::wire::Validate for RefreshTokenResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for LogoutRequest {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for LogoutResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ValidateTokenRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "access_token");
            ::wire::rules::printable(&self.access_token, at, found);
            ::wire::rules::length(&self.access_token, 1usize, 8192usize, at, found);
        }
    }
}
impl ::wire::Validate for ValidateTokenResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for GetJwksRequest {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for GetJwksResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for Jwk {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for IssueServiceTokenRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "service");
            ::wire::rules::printable(&self.service, at, found);
            ::wire::rules::length(&self.service, 1usize, 64usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "credential");
            ::wire::rules::printable(&self.credential, at, found);
            ::wire::rules::length(&self.credential, 1usize, 8192usize, at, found);
        }
    }
}
impl ::wire::Validate for IssueServiceTokenResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ChangePasswordRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "current_password");
            ::wire::rules::printable(&self.current_password, at, found);
            ::wire::rules::length(&self.current_password, 1usize, 128usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "new_password");
            ::wire::rules::printable(&self.new_password, at, found);
            ::wire::rules::length(&self.new_password, 12usize, 128usize, at, found);
        }
    }
}
impl ::wire::Validate for ChangePasswordResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for SetRolesRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "user_id");
            ::wire::rules::uuid(&self.user_id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "roles");
            ::wire::rules::require(
                (1usize..=3usize).contains(&self.roles.len()),
                at,
                "must have 1 to 3 elements",
                found,
            );
            if self.roles.len() <= 3usize {
                for (index, &value) in self.roles.iter().enumerate() {
                    let at = &::wire::Field::Index(at, index);
                    ::wire::rules::require(
                        matches!(value, 0..= 3),
                        at,
                        "must be a value that the contract defines",
                        found,
                    );
                    ::wire::rules::require(
                        !matches!(value, 0),
                        at,
                        "must be specified",
                        found,
                    );
                }
            }
        }
    }
}
impl ::wire::Validate for SetRolesResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for EraseCredentialRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "user_id");
            ::wire::rules::uuid(&self.user_id, at, found);
        }
    }
}
impl ::wire::Validate for EraseCredentialResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
