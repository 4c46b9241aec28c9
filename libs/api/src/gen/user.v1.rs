// Generated from protos/ by contractgen; `make generate` writes it anew.

/// One user. All but the id and the times is personal data.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct User {
    /// The user's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// What to call the user, text of 2 to 50 characters.
    #[prost(string, tag = "2")]
    pub name: ::prost::alloc::string::String,
    /// The address to write to, lower case; no two users have the same.
    #[prost(string, tag = "3")]
    pub email: ::prost::alloc::string::String,
    /// A phone number: up to 14 digits after an optional `+`; empty when there is none.
    #[prost(string, tag = "4")]
    pub phone: ::prost::alloc::string::String,
    /// Whether the user may act; false once deactivated by staff.
    #[prost(bool, tag = "5")]
    pub active: bool,
    /// When the profile was made, in UTC.
    #[prost(message, optional, tag = "6")]
    pub created_at: ::core::option::Option<::prost_types::Timestamp>,
    /// When the profile last changed, in UTC.
    #[prost(message, optional, tag = "7")]
    pub updated_at: ::core::option::Option<::prost_types::Timestamp>,
    /// The version of the profile, opaque; sent back with a change, it refuses one made from an older version.
    #[prost(string, tag = "8")]
    pub etag: ::prost::alloc::string::String,
}
/// The profile to make.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct CreateUserRequest {
    /// What to call the user, text of 2 to 50 characters.
    #[prost(string, tag = "1")]
    pub name: ::prost::alloc::string::String,
    /// The address to write to, an e-mail address of up to 254 characters.
    #[prost(string, tag = "2")]
    pub email: ::prost::alloc::string::String,
    /// A phone number: 1 to 14 digits after an optional `+`; may be left out.
    #[prost(string, tag = "3")]
    pub phone: ::prost::alloc::string::String,
    /// The id the profile shall have, a UUID; only services choose one. Making a profile again with the same id and
    /// address answers the one that exists, however long ago it was made.
    #[prost(string, tag = "4")]
    pub user_id: ::prost::alloc::string::String,
}
/// The profile that was made.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct CreateUserResponse {
    /// The profile.
    #[prost(message, optional, tag = "1")]
    pub user: ::core::option::Option<User>,
}
/// Which profile to show.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct GetUserRequest {
    /// The user's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
}
/// The profile.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct GetUserResponse {
    /// The profile.
    #[prost(message, optional, tag = "1")]
    pub user: ::core::option::Option<User>,
}
/// What to change of a profile.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct UpdateUserRequest {
    /// The user's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// The new name, text of 2 to 50 characters.
    #[prost(string, tag = "2")]
    pub name: ::prost::alloc::string::String,
    /// The new address to write to, an e-mail address of up to 254 characters. The address to sign in with stays.
    #[prost(string, tag = "3")]
    pub email: ::prost::alloc::string::String,
    /// The new phone number: 1 to 14 digits after an optional `+`; named by the mask and empty, it is removed.
    #[prost(string, tag = "4")]
    pub phone: ::prost::alloc::string::String,
    /// Which fields to change: `name`, `email`, `phone`, `active`. Without it, every field that is set.
    #[prost(message, optional, tag = "5")]
    pub update_mask: ::core::option::Option<::prost_types::FieldMask>,
    /// Whether the user may act. Only staff may set it.
    #[prost(bool, optional, tag = "6")]
    pub active: ::core::option::Option<bool>,
    /// The version the change was made from, opaque; empty changes the latest.
    #[prost(string, tag = "7")]
    pub etag: ::prost::alloc::string::String,
}
/// The profile after the change.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct UpdateUserResponse {
    /// The profile.
    #[prost(message, optional, tag = "1")]
    pub user: ::core::option::Option<User>,
}
/// Which user to erase.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct DeleteUserRequest {
    /// The user's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// The version that was looked at, opaque; empty erases the latest.
    #[prost(string, tag = "2")]
    pub etag: ::prost::alloc::string::String,
}
/// The user is erased.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct DeleteUserResponse {}
/// All profiles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ListUsersRequest {}
/// One profile of the listing.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ListUsersResponse {
    /// The profile.
    #[prost(message, optional, tag = "1")]
    pub user: ::core::option::Option<User>,
}
/// Who is to be acted for.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ValidateUserRequest {
    /// The user's id, a UUID.
    #[prost(string, tag = "1")]
    pub user_id: ::prost::alloc::string::String,
}
/// Whether the user may be acted for.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ValidateUserResponse {
    /// True when the user exists and is active.
    #[prost(bool, tag = "1")]
    pub is_valid: bool,
    /// Why not: `USER_NOT_FOUND` or `USER_INACTIVE`; empty when valid.
    #[prost(string, tag = "2")]
    pub reason: ::prost::alloc::string::String,
    /// The profile, when there is one.
    #[prost(message, optional, tag = "3")]
    pub user: ::core::option::Option<User>,
}
/// Generated client implementations.
pub mod user_service_client {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    use tonic::codegen::http::Uri;
    /// Keeps the profiles of users.
    #[derive(Debug, Clone)]
    pub struct UserServiceClient<T> {
        inner: tonic::client::Grpc<T>,
    }
    impl UserServiceClient<tonic::transport::Channel> {
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
    impl<T> UserServiceClient<T>
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
        ) -> UserServiceClient<InterceptedService<T, F>>
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
            UserServiceClient::new(InterceptedService::new(inner, interceptor))
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
        /// Makes a profile. Refuses an e-mail address that another user has: ALREADY_EXISTS `EMAIL_TAKEN`.
        pub async fn create_user(
            &mut self,
            request: impl tonic::IntoRequest<super::CreateUserRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CreateUserResponse>,
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
                "/user.v1.UserService/CreateUser",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("user.v1.UserService", "CreateUser"));
            self.inner.unary(req, path, codec).await
        }
        /// Shows one profile. Another user's is NOT_FOUND `USER_NOT_FOUND`, except to staff.
        pub async fn get_user(
            &mut self,
            request: impl tonic::IntoRequest<super::GetUserRequest>,
        ) -> std::result::Result<
            tonic::Response<super::GetUserResponse>,
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
                "/user.v1.UserService/GetUser",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("user.v1.UserService", "GetUser"));
            self.inner.unary(req, path, codec).await
        }
        /// Changes what the mask names; without a mask, every field that is set.
        pub async fn update_user(
            &mut self,
            request: impl tonic::IntoRequest<super::UpdateUserRequest>,
        ) -> std::result::Result<
            tonic::Response<super::UpdateUserResponse>,
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
                "/user.v1.UserService/UpdateUser",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("user.v1.UserService", "UpdateUser"));
            self.inner.unary(req, path, codec).await
        }
        /// Erases the personal data of a user and ends their sessions. Orders keep the id.
        pub async fn delete_user(
            &mut self,
            request: impl tonic::IntoRequest<super::DeleteUserRequest>,
        ) -> std::result::Result<
            tonic::Response<super::DeleteUserResponse>,
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
                "/user.v1.UserService/DeleteUser",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("user.v1.UserService", "DeleteUser"));
            self.inner.unary(req, path, codec).await
        }
        /// Sends all profiles, newest first.
        pub async fn list_users(
            &mut self,
            request: impl tonic::IntoRequest<super::ListUsersRequest>,
        ) -> std::result::Result<
            tonic::Response<tonic::codec::Streaming<super::ListUsersResponse>>,
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
                "/user.v1.UserService/ListUsers",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("user.v1.UserService", "ListUsers"));
            self.inner.server_streaming(req, path, codec).await
        }
        /// Tells a service whether somebody may be acted for.
        pub async fn validate_user(
            &mut self,
            request: impl tonic::IntoRequest<super::ValidateUserRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ValidateUserResponse>,
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
                "/user.v1.UserService/ValidateUser",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("user.v1.UserService", "ValidateUser"));
            self.inner.unary(req, path, codec).await
        }
    }
}
/// Generated server implementations.
pub mod user_service_server {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    /// Generated trait containing gRPC methods that should be implemented for use with UserServiceServer.
    #[async_trait]
    pub trait UserService: std::marker::Send + std::marker::Sync + 'static {
        /// Makes a profile. Refuses an e-mail address that another user has: ALREADY_EXISTS `EMAIL_TAKEN`.
        async fn create_user(
            &self,
            request: tonic::Request<super::CreateUserRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CreateUserResponse>,
            tonic::Status,
        >;
        /// Shows one profile. Another user's is NOT_FOUND `USER_NOT_FOUND`, except to staff.
        async fn get_user(
            &self,
            request: tonic::Request<super::GetUserRequest>,
        ) -> std::result::Result<tonic::Response<super::GetUserResponse>, tonic::Status>;
        /// Changes what the mask names; without a mask, every field that is set.
        async fn update_user(
            &self,
            request: tonic::Request<super::UpdateUserRequest>,
        ) -> std::result::Result<
            tonic::Response<super::UpdateUserResponse>,
            tonic::Status,
        >;
        /// Erases the personal data of a user and ends their sessions. Orders keep the id.
        async fn delete_user(
            &self,
            request: tonic::Request<super::DeleteUserRequest>,
        ) -> std::result::Result<
            tonic::Response<super::DeleteUserResponse>,
            tonic::Status,
        >;
        /// Server streaming response type for the ListUsers method.
        type ListUsersStream: tonic::codegen::tokio_stream::Stream<
                Item = std::result::Result<super::ListUsersResponse, tonic::Status>,
            >
            + std::marker::Send
            + 'static;
        /// Sends all profiles, newest first.
        async fn list_users(
            &self,
            request: tonic::Request<super::ListUsersRequest>,
        ) -> std::result::Result<tonic::Response<Self::ListUsersStream>, tonic::Status>;
        /// Tells a service whether somebody may be acted for.
        async fn validate_user(
            &self,
            request: tonic::Request<super::ValidateUserRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ValidateUserResponse>,
            tonic::Status,
        >;
    }
    /// Keeps the profiles of users.
    #[derive(Debug)]
    pub struct UserServiceServer<T> {
        inner: Arc<T>,
        accept_compression_encodings: EnabledCompressionEncodings,
        send_compression_encodings: EnabledCompressionEncodings,
        max_decoding_message_size: Option<usize>,
        max_encoding_message_size: Option<usize>,
    }
    impl<T> UserServiceServer<T> {
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
    impl<T, B> tonic::codegen::Service<http::Request<B>> for UserServiceServer<T>
    where
        T: UserService,
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
                "/user.v1.UserService/CreateUser" => {
                    #[allow(non_camel_case_types)]
                    struct CreateUserSvc<T: UserService>(pub Arc<T>);
                    impl<
                        T: UserService,
                    > tonic::server::UnaryService<super::CreateUserRequest>
                    for CreateUserSvc<T> {
                        type Response = super::CreateUserResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::CreateUserRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as UserService>::create_user(&inner, request).await
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
                        let method = CreateUserSvc(inner);
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
                "/user.v1.UserService/GetUser" => {
                    #[allow(non_camel_case_types)]
                    struct GetUserSvc<T: UserService>(pub Arc<T>);
                    impl<
                        T: UserService,
                    > tonic::server::UnaryService<super::GetUserRequest>
                    for GetUserSvc<T> {
                        type Response = super::GetUserResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::GetUserRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as UserService>::get_user(&inner, request).await
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
                        let method = GetUserSvc(inner);
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
                "/user.v1.UserService/UpdateUser" => {
                    #[allow(non_camel_case_types)]
                    struct UpdateUserSvc<T: UserService>(pub Arc<T>);
                    impl<
                        T: UserService,
                    > tonic::server::UnaryService<super::UpdateUserRequest>
                    for UpdateUserSvc<T> {
                        type Response = super::UpdateUserResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::UpdateUserRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as UserService>::update_user(&inner, request).await
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
                        let method = UpdateUserSvc(inner);
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
                "/user.v1.UserService/DeleteUser" => {
                    #[allow(non_camel_case_types)]
                    struct DeleteUserSvc<T: UserService>(pub Arc<T>);
                    impl<
                        T: UserService,
                    > tonic::server::UnaryService<super::DeleteUserRequest>
                    for DeleteUserSvc<T> {
                        type Response = super::DeleteUserResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::DeleteUserRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as UserService>::delete_user(&inner, request).await
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
                        let method = DeleteUserSvc(inner);
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
                "/user.v1.UserService/ListUsers" => {
                    #[allow(non_camel_case_types)]
                    struct ListUsersSvc<T: UserService>(pub Arc<T>);
                    impl<
                        T: UserService,
                    > tonic::server::ServerStreamingService<super::ListUsersRequest>
                    for ListUsersSvc<T> {
                        type Response = super::ListUsersResponse;
                        type ResponseStream = T::ListUsersStream;
                        type Future = BoxFuture<
                            tonic::Response<Self::ResponseStream>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ListUsersRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as UserService>::list_users(&inner, request).await
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
                        let method = ListUsersSvc(inner);
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
                        let res = grpc.server_streaming(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/user.v1.UserService/ValidateUser" => {
                    #[allow(non_camel_case_types)]
                    struct ValidateUserSvc<T: UserService>(pub Arc<T>);
                    impl<
                        T: UserService,
                    > tonic::server::UnaryService<super::ValidateUserRequest>
                    for ValidateUserSvc<T> {
                        type Response = super::ValidateUserResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ValidateUserRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as UserService>::validate_user(&inner, request).await
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
                        let method = ValidateUserSvc(inner);
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
    impl<T> Clone for UserServiceServer<T> {
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
    pub const SERVICE_NAME: &str = "user.v1.UserService";
    impl<T> tonic::server::NamedService for UserServiceServer<T> {
        const NAME: &'static str = SERVICE_NAME;
    }
}
/// What the contract says of every method of this package.
pub const METHODS: &[::wire::Method] = &[
    ::wire::Method {
        path: "/user.v1.UserService/CreateUser",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: Some("users:write"),
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/user.v1.UserService/GetUser",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/user.v1.UserService/UpdateUser",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/user.v1.UserService/DeleteUser",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/user.v1.UserService/ListUsers",
        kind: ::wire::CallKind::ServerStream,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/user.v1.UserService/ValidateUser",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Service,
            permission: Some("users:validate"),
        }),
        idempotency: ::wire::Idempotency::Read,
    },
];
impl ::core::fmt::Debug for User {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("name", &::core::format_args!("[redacted]"))
            .field("email", &::core::format_args!("[redacted]"))
            .field("phone", &::core::format_args!("[redacted]"))
            .field("active", &self.active)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("etag", &self.etag)
            .finish()
    }
}
impl ::core::fmt::Debug for CreateUserRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("CreateUserRequest")
            .field("name", &::core::format_args!("[redacted]"))
            .field("email", &::core::format_args!("[redacted]"))
            .field("phone", &::core::format_args!("[redacted]"))
            .field("user_id", &self.user_id)
            .finish()
    }
}
impl ::core::fmt::Debug for UpdateUserRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("UpdateUserRequest")
            .field("id", &self.id)
            .field("name", &::core::format_args!("[redacted]"))
            .field("email", &::core::format_args!("[redacted]"))
            .field("phone", &::core::format_args!("[redacted]"))
            .field("update_mask", &self.update_mask)
            .field("active", &self.active)
            .field("etag", &self.etag)
            .finish()
    }
}
impl ::wire::Validate for User {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for CreateUserRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "name");
            ::wire::rules::printable(&self.name, at, found);
            ::wire::rules::length(&self.name, 2usize, 50usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "email");
            ::wire::rules::printable(&self.email, at, found);
            ::wire::rules::length(&self.email, 3usize, 254usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "phone");
            ::wire::rules::printable(&self.phone, at, found);
            ::wire::rules::length(&self.phone, 0usize, 15usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "user_id");
            if !self.user_id.is_empty() {
                ::wire::rules::uuid(&self.user_id, at, found);
            }
        }
    }
}
impl ::wire::Validate for CreateUserResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for GetUserRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
    }
}
impl ::wire::Validate for GetUserResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for UpdateUserRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "name");
            if !self.name.is_empty() {
                ::wire::rules::printable(&self.name, at, found);
                ::wire::rules::length(&self.name, 2usize, 50usize, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "email");
            if !self.email.is_empty() {
                ::wire::rules::printable(&self.email, at, found);
                ::wire::rules::length(&self.email, 3usize, 254usize, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "phone");
            ::wire::rules::printable(&self.phone, at, found);
            ::wire::rules::length(&self.phone, 0usize, 15usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "etag");
            ::wire::rules::printable(&self.etag, at, found);
            ::wire::rules::length(&self.etag, 0usize, 64usize, at, found);
        }
    }
}
impl ::wire::Validate for UpdateUserResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for DeleteUserRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "etag");
            ::wire::rules::printable(&self.etag, at, found);
            ::wire::rules::length(&self.etag, 0usize, 64usize, at, found);
        }
    }
}
impl ::wire::Validate for DeleteUserResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListUsersRequest {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListUsersResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ValidateUserRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "user_id");
            ::wire::rules::uuid(&self.user_id, at, found);
        }
    }
}
impl ::wire::Validate for ValidateUserResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
