use std::sync::Arc;

use http::HeaderValue;
use kernel::IdSource;

use super::{Around, HttpRequest, HttpResponse, Next};
use crate::grpc::{RequestId, context::REQUEST_ID};

/// Gives every call a name and tells it to the caller.
pub(super) struct NameRequests {
    pub(super) ids: Arc<dyn IdSource>,
}

impl Around for NameRequests {
    async fn call<N: Next>(&self, mut request: HttpRequest, next: N) -> HttpResponse {
        let id = request
            .headers()
            .get(REQUEST_ID)
            .and_then(|sent| sent.to_str().ok())
            .and_then(RequestId::sent)
            .unwrap_or_else(|| RequestId::new(self.ids.as_ref()));
        request.extensions_mut().insert(id.clone());
        let mut response = next.run(request).await;
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
}
