use super::{Around, Called, HttpRequest, HttpResponse, Next, refuse};
use crate::grpc::idempotency::key_of;

/// Refuses keys that are none, and calls without one where the method needs it, before any handler.
pub(super) struct Keys;

impl Around for Keys {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        if let Some(method) = Called::of(&request).0
            && let Err(refused) = key_of(request.headers(), method.idempotency)
        {
            return refuse(&refused.status());
        }
        next.run(request).await
    }
}
