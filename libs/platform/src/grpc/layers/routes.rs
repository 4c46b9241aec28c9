use std::collections::HashMap;

use tonic::service::Routes;
use tower::Service as _;
use wire::Method;

use super::{Around, Called, HttpRequest, HttpResponse, Next};

/// The methods of a server by their path on the wire.
#[derive(Debug, Clone, Default)]
pub(crate) struct MethodTable(HashMap<&'static str, &'static Method>);

impl MethodTable {
    pub(crate) fn new(methods: impl IntoIterator<Item = &'static Method>) -> Self {
        Self(methods.into_iter().map(|method| (method.path, method)).collect())
    }

    pub(crate) fn find(&self, path: &str) -> Option<&'static Method> {
        self.0.get(path).copied()
    }
}

/// Looks up once what the contract says of the method, for all the layers.
impl Around for MethodTable {
    async fn call<N: Next>(&self, mut request: HttpRequest, next: N) -> HttpResponse {
        let called = Called(self.find(request.uri().path()));
        request.extensions_mut().insert(called);
        next.run(request).await
    }
}

/// Where the layers end.
#[derive(Clone)]
pub(super) struct Handlers(pub(super) Routes);

impl Next for Handlers {
    async fn run(mut self, request: HttpRequest) -> HttpResponse {
        match self.0.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
