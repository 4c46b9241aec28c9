// Generated from protos/ by contractgen; `make generate` writes it anew.

/// Two numbers.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub struct Numbers {
    /// The first number, without a unit; not NaN, not infinite.
    #[prost(double, tag = "1")]
    pub a: f64,
    /// The second number, without a unit; not NaN, not infinite.
    #[prost(double, tag = "2")]
    pub b: f64,
}
/// What came out.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub struct Result {
    /// The result, without a unit; infinite when it does not fit.
    #[prost(double, tag = "1")]
    pub value: f64,
}
/// Which primes to send, and how fast.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct GetPrimesRequest {
    /// The largest number that is looked at.
    #[prost(int32, tag = "1")]
    pub limit: i32,
    /// The pause between two primes, in milliseconds; 0 sends them as fast as they are read.
    #[prost(int32, tag = "2")]
    pub interval_ms: i32,
}
/// One prime.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct GetPrimesResponse {
    /// The prime, without a unit.
    #[prost(int32, tag = "1")]
    pub value: i32,
}
/// One number of a sum.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub struct SumNumbersRequest {
    /// The number to add, without a unit; not NaN, not infinite.
    #[prost(double, tag = "1")]
    pub value: f64,
}
/// The sum of all that was sent.
#[derive(Clone, Copy, PartialEq, ::prost::Message)]
pub struct SumNumbersResponse {
    /// The sum, without a unit; 0 when nothing was sent.
    #[prost(double, tag = "1")]
    pub sum: f64,
    /// How many numbers were sent.
    #[prost(int64, tag = "2")]
    pub count: i64,
}
/// One message in a room.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ChatMessage {
    /// What kind of message it is, text of the senders' choosing; empty means `message`.
    #[prost(string, tag = "1")]
    pub r#type: ::prost::alloc::string::String,
    /// What is said, text of up to 4,000 characters.
    #[prost(string, tag = "2")]
    pub content: ::prost::alloc::string::String,
    /// Who says it, a name of the sender's choosing.
    #[prost(string, tag = "3")]
    pub user: ::prost::alloc::string::String,
    /// The name of the room; empty means the room that everybody starts in.
    #[prost(string, tag = "4")]
    pub room: ::prost::alloc::string::String,
}
/// Generated client implementations.
pub mod calculator_client {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    use tonic::codegen::http::Uri;
    /// Calculates with two numbers.
    #[derive(Debug, Clone)]
    pub struct CalculatorClient<T> {
        inner: tonic::client::Grpc<T>,
    }
    impl CalculatorClient<tonic::transport::Channel> {
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
    impl<T> CalculatorClient<T>
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
        ) -> CalculatorClient<InterceptedService<T, F>>
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
            CalculatorClient::new(InterceptedService::new(inner, interceptor))
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
        /// Adds two numbers.
        pub async fn add(
            &mut self,
            request: impl tonic::IntoRequest<super::Numbers>,
        ) -> std::result::Result<tonic::Response<super::Result>, tonic::Status> {
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
                "/calculator.v1.Calculator/Add",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("calculator.v1.Calculator", "Add"));
            self.inner.unary(req, path, codec).await
        }
        /// Multiplies two numbers.
        pub async fn multiply(
            &mut self,
            request: impl tonic::IntoRequest<super::Numbers>,
        ) -> std::result::Result<tonic::Response<super::Result>, tonic::Status> {
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
                "/calculator.v1.Calculator/Multiply",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("calculator.v1.Calculator", "Multiply"));
            self.inner.unary(req, path, codec).await
        }
    }
}
/// Generated server implementations.
pub mod calculator_server {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    /// Generated trait containing gRPC methods that should be implemented for use with CalculatorServer.
    #[async_trait]
    pub trait Calculator: std::marker::Send + std::marker::Sync + 'static {
        /// Adds two numbers.
        async fn add(
            &self,
            request: tonic::Request<super::Numbers>,
        ) -> std::result::Result<tonic::Response<super::Result>, tonic::Status>;
        /// Multiplies two numbers.
        async fn multiply(
            &self,
            request: tonic::Request<super::Numbers>,
        ) -> std::result::Result<tonic::Response<super::Result>, tonic::Status>;
    }
    /// Calculates with two numbers.
    #[derive(Debug)]
    pub struct CalculatorServer<T> {
        inner: Arc<T>,
        accept_compression_encodings: EnabledCompressionEncodings,
        send_compression_encodings: EnabledCompressionEncodings,
        max_decoding_message_size: Option<usize>,
        max_encoding_message_size: Option<usize>,
    }
    impl<T> CalculatorServer<T> {
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
    impl<T, B> tonic::codegen::Service<http::Request<B>> for CalculatorServer<T>
    where
        T: Calculator,
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
                "/calculator.v1.Calculator/Add" => {
                    #[allow(non_camel_case_types)]
                    struct AddSvc<T: Calculator>(pub Arc<T>);
                    impl<T: Calculator> tonic::server::UnaryService<super::Numbers>
                    for AddSvc<T> {
                        type Response = super::Result;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::Numbers>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as Calculator>::add(&inner, request).await
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
                        let method = AddSvc(inner);
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
                "/calculator.v1.Calculator/Multiply" => {
                    #[allow(non_camel_case_types)]
                    struct MultiplySvc<T: Calculator>(pub Arc<T>);
                    impl<T: Calculator> tonic::server::UnaryService<super::Numbers>
                    for MultiplySvc<T> {
                        type Response = super::Result;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::Numbers>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as Calculator>::multiply(&inner, request).await
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
                        let method = MultiplySvc(inner);
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
    impl<T> Clone for CalculatorServer<T> {
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
    pub const SERVICE_NAME: &str = "calculator.v1.Calculator";
    impl<T> tonic::server::NamedService for CalculatorServer<T> {
        const NAME: &'static str = SERVICE_NAME;
    }
}
/// Generated client implementations.
pub mod number_service_client {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    use tonic::codegen::http::Uri;
    /// Streams numbers and messages.
    #[derive(Debug, Clone)]
    pub struct NumberServiceClient<T> {
        inner: tonic::client::Grpc<T>,
    }
    impl NumberServiceClient<tonic::transport::Channel> {
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
    impl<T> NumberServiceClient<T>
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
        ) -> NumberServiceClient<InterceptedService<T, F>>
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
            NumberServiceClient::new(InterceptedService::new(inner, interceptor))
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
        /// Sends the primes up to a limit, smallest first, one message each.
        pub async fn get_primes(
            &mut self,
            request: impl tonic::IntoRequest<super::GetPrimesRequest>,
        ) -> std::result::Result<
            tonic::Response<tonic::codec::Streaming<super::GetPrimesResponse>>,
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
                "/calculator.v1.NumberService/GetPrimes",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("calculator.v1.NumberService", "GetPrimes"));
            self.inner.server_streaming(req, path, codec).await
        }
        /// Adds up every number that is sent, and answers when the caller has sent the last one.
        pub async fn sum_numbers(
            &mut self,
            request: impl tonic::IntoStreamingRequest<Message = super::SumNumbersRequest>,
        ) -> std::result::Result<
            tonic::Response<super::SumNumbersResponse>,
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
                "/calculator.v1.NumberService/SumNumbers",
            );
            let mut req = request.into_streaming_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("calculator.v1.NumberService", "SumNumbers"));
            self.inner.client_streaming(req, path, codec).await
        }
        /// Talks in a room: everybody in it, the sender too, gets every message. The first message enters the room
        /// that it names; a message that names another room moves the caller there.
        pub async fn chat(
            &mut self,
            request: impl tonic::IntoStreamingRequest<Message = super::ChatMessage>,
        ) -> std::result::Result<
            tonic::Response<tonic::codec::Streaming<super::ChatMessage>>,
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
                "/calculator.v1.NumberService/Chat",
            );
            let mut req = request.into_streaming_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("calculator.v1.NumberService", "Chat"));
            self.inner.streaming(req, path, codec).await
        }
    }
}
/// Generated server implementations.
pub mod number_service_server {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    /// Generated trait containing gRPC methods that should be implemented for use with NumberServiceServer.
    #[async_trait]
    pub trait NumberService: std::marker::Send + std::marker::Sync + 'static {
        /// Server streaming response type for the GetPrimes method.
        type GetPrimesStream: tonic::codegen::tokio_stream::Stream<
                Item = std::result::Result<super::GetPrimesResponse, tonic::Status>,
            >
            + std::marker::Send
            + 'static;
        /// Sends the primes up to a limit, smallest first, one message each.
        async fn get_primes(
            &self,
            request: tonic::Request<super::GetPrimesRequest>,
        ) -> std::result::Result<tonic::Response<Self::GetPrimesStream>, tonic::Status>;
        /// Adds up every number that is sent, and answers when the caller has sent the last one.
        async fn sum_numbers(
            &self,
            request: tonic::Request<tonic::Streaming<super::SumNumbersRequest>>,
        ) -> std::result::Result<
            tonic::Response<super::SumNumbersResponse>,
            tonic::Status,
        >;
        /// Server streaming response type for the Chat method.
        type ChatStream: tonic::codegen::tokio_stream::Stream<
                Item = std::result::Result<super::ChatMessage, tonic::Status>,
            >
            + std::marker::Send
            + 'static;
        /// Talks in a room: everybody in it, the sender too, gets every message. The first message enters the room
        /// that it names; a message that names another room moves the caller there.
        async fn chat(
            &self,
            request: tonic::Request<tonic::Streaming<super::ChatMessage>>,
        ) -> std::result::Result<tonic::Response<Self::ChatStream>, tonic::Status>;
    }
    /// Streams numbers and messages.
    #[derive(Debug)]
    pub struct NumberServiceServer<T> {
        inner: Arc<T>,
        accept_compression_encodings: EnabledCompressionEncodings,
        send_compression_encodings: EnabledCompressionEncodings,
        max_decoding_message_size: Option<usize>,
        max_encoding_message_size: Option<usize>,
    }
    impl<T> NumberServiceServer<T> {
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
    impl<T, B> tonic::codegen::Service<http::Request<B>> for NumberServiceServer<T>
    where
        T: NumberService,
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
                "/calculator.v1.NumberService/GetPrimes" => {
                    #[allow(non_camel_case_types)]
                    struct GetPrimesSvc<T: NumberService>(pub Arc<T>);
                    impl<
                        T: NumberService,
                    > tonic::server::ServerStreamingService<super::GetPrimesRequest>
                    for GetPrimesSvc<T> {
                        type Response = super::GetPrimesResponse;
                        type ResponseStream = T::GetPrimesStream;
                        type Future = BoxFuture<
                            tonic::Response<Self::ResponseStream>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::GetPrimesRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as NumberService>::get_primes(&inner, request).await
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
                        let method = GetPrimesSvc(inner);
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
                "/calculator.v1.NumberService/SumNumbers" => {
                    #[allow(non_camel_case_types)]
                    struct SumNumbersSvc<T: NumberService>(pub Arc<T>);
                    impl<
                        T: NumberService,
                    > tonic::server::ClientStreamingService<super::SumNumbersRequest>
                    for SumNumbersSvc<T> {
                        type Response = super::SumNumbersResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<
                                tonic::Streaming<super::SumNumbersRequest>,
                            >,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as NumberService>::sum_numbers(&inner, request).await
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
                        let method = SumNumbersSvc(inner);
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
                        let res = grpc.client_streaming(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/calculator.v1.NumberService/Chat" => {
                    #[allow(non_camel_case_types)]
                    struct ChatSvc<T: NumberService>(pub Arc<T>);
                    impl<
                        T: NumberService,
                    > tonic::server::StreamingService<super::ChatMessage>
                    for ChatSvc<T> {
                        type Response = super::ChatMessage;
                        type ResponseStream = T::ChatStream;
                        type Future = BoxFuture<
                            tonic::Response<Self::ResponseStream>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<tonic::Streaming<super::ChatMessage>>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as NumberService>::chat(&inner, request).await
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
                        let method = ChatSvc(inner);
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
                        let res = grpc.streaming(method, req).await;
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
    impl<T> Clone for NumberServiceServer<T> {
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
    pub const SERVICE_NAME: &str = "calculator.v1.NumberService";
    impl<T> tonic::server::NamedService for NumberServiceServer<T> {
        const NAME: &'static str = SERVICE_NAME;
    }
}
/// What the contract says of every method of this package.
pub const METHODS: &[::wire::Method] = &[
    ::wire::Method {
        path: "/calculator.v1.Calculator/Add",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/calculator.v1.Calculator/Multiply",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/calculator.v1.NumberService/GetPrimes",
        kind: ::wire::CallKind::ServerStream,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/calculator.v1.NumberService/SumNumbers",
        kind: ::wire::CallKind::ClientStream,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/calculator.v1.NumberService/Chat",
        kind: ::wire::CallKind::Bidirectional,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Public,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::NeverStored,
    },
];
impl ::wire::Validate for Numbers {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "a");
            ::wire::rules::require(
                self.a.is_finite(),
                at,
                "must be a finite number",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "b");
            ::wire::rules::require(
                self.b.is_finite(),
                at,
                "must be a finite number",
                found,
            );
        }
    }
}
impl ::wire::Validate for Result {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for GetPrimesRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "limit");
            ::wire::rules::require(
                (0..=1000000).contains(&self.limit),
                at,
                "must be between 0 and 1000000",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "interval_ms");
            ::wire::rules::require(
                (0..=60000).contains(&self.interval_ms),
                at,
                "must be between 0 and 60000",
                found,
            );
        }
    }
}
impl ::wire::Validate for GetPrimesResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for SumNumbersRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "value");
            ::wire::rules::require(
                self.value.is_finite(),
                at,
                "must be a finite number",
                found,
            );
        }
    }
}
impl ::wire::Validate for SumNumbersResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ChatMessage {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "type");
            ::wire::rules::printable(&self.r#type, at, found);
            ::wire::rules::length(&self.r#type, 0usize, 32usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "content");
            ::wire::rules::printable(&self.content, at, found);
            ::wire::rules::length(&self.content, 0usize, 4000usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "user");
            ::wire::rules::printable(&self.user, at, found);
            ::wire::rules::length(&self.user, 0usize, 64usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "room");
            ::wire::rules::printable(&self.room, at, found);
            ::wire::rules::length(&self.room, 0usize, 64usize, at, found);
        }
    }
}
