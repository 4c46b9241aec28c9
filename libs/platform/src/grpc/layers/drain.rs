use tokio_util::sync::CancellationToken;
use wire::CallKind;

use super::{Around, Called, HttpRequest, HttpResponse, Next, body, refuse};
use crate::grpc::Refused;

/// Ends streams when the server stops; unary calls are left to finish.
pub(super) struct Drain {
    pub(super) draining: CancellationToken,
}

impl Around for Drain {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        if Called::of(&request).kind() == CallKind::Unary {
            return next.run(request).await;
        }
        let Some(response) = self.draining.run_until_cancelled(next.run(request)).await else {
            return refuse(&Refused::ShuttingDown.status());
        };
        let draining = self.draining.clone();
        body::end_when(response, false, async move {
            draining.cancelled_owned().await;
            Refused::ShuttingDown.status()
        })
    }
}
