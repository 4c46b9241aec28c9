use super::{Around, HttpRequest, HttpResponse, Next, body};
use crate::grpc::{
    Deadline, RequestId,
    context::{BearerToken, CARRIED, Carried, Traceparent},
};

/// Lets the clients that a handler uses know the call they are used for.
pub(super) struct Carry;

impl Around for Carry {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        let extensions = request.extensions();
        let carried = Carried {
            request_id: extensions.get::<RequestId>().cloned(),
            deadline: extensions.get::<Deadline>().copied(),
            token: extensions.get::<BearerToken>().cloned(),
            traceparent: extensions.get::<Traceparent>().cloned(),
        };
        let response = CARRIED.scope(carried.clone(), next.run(request)).await;
        body::polled_in(response, carried)
    }
}

impl body::PollIn for Carried {
    fn poll_in<R>(&self, poll: impl FnOnce() -> R) -> R {
        CARRIED.sync_scope(self.clone(), poll)
    }
}
