use bytes::Bytes;
use http::{Uri, request::Parts};
use http_body_util::{BodyExt, Full};
use tonic::{Status, body::Body, transport::Channel};
use tower::{Service, ServiceExt};
use wire::CallKind;

use super::{
    ClientError, ClientOptions,
    balance::{Balanced, Met, Unanswered},
    dial::Dialer,
    transport,
};
use crate::grpc::layers::{Called, HttpRequest, HttpResponse};

/// The way to a peer.
#[derive(Clone)]
pub(super) enum Way {
    /// A channel that somebody else made, such as one inside the process.
    Channel(Channel),
    Balanced(Balanced),
}

impl Way {
    pub(super) fn to(options: &ClientOptions) -> Result<Self, ClientError> {
        let no_address = || ClientError::Target {
            target: options.target.clone(),
        };
        let target: Uri = options.target.parse().map_err(|_| no_address())?;
        // An address of IPv6 is in brackets in a target, and nowhere else.
        let host = target.host().unwrap_or_default().trim_matches(['[', ']']);
        if host.is_empty() {
            return Err(no_address());
        }
        let port = match (target.port_u16(), target.scheme_str()) {
            (Some(port), _) => port,
            (None, Some("https")) => 443,
            (None, _) => 80,
        };
        let dialer = Dialer::try_new(options, &target, host)?;
        let told = options
            .discovery
            .as_ref()
            .and_then(|discovery| discovery.follow(host, port));
        Ok(Self::Balanced(Balanced::new(dialer, host, port, told)))
    }

    /// Sends a request, and again while the connection is closed under it before the peer looks at it: a peer that
    /// retires a connection should not cost a call. One that streams can be sent again as long as none of it was.
    pub(super) async fn send(&self, called: Called, request: HttpRequest) -> Result<HttpResponse, Status> {
        let single = called
            .0
            .is_some_and(|method| matches!(method.kind, CallKind::Unary | CallKind::ServerStream));
        let (mut request, kept) = if single {
            let (parts, body) = request.into_parts();
            let message = body.collect().await?.to_bytes();
            (made_of(&parts, &message), Some((parts, message)))
        } else {
            (request, None)
        };
        let mut met = Met::default();
        let mut sent = 0;
        loop {
            sent += 1;
            let Unanswered { error, given_back } = match self.try_send(request, &mut met).await {
                Ok(response) => return Ok(response),
                Err(unanswered) => unanswered,
            };
            let made_again = || kept.as_ref().map(|(parts, message)| made_of(parts, message));
            request = match given_back.or_else(made_again) {
                Some(again) if sent < transport::sent_at_most(&*error) => again,
                _ => return Err(transport::status_of(error)),
            };
        }
    }

    async fn try_send(&self, request: HttpRequest, met: &mut Met) -> Result<HttpResponse, Unanswered> {
        match self {
            Self::Balanced(balanced) => balanced.send(request, met).await,
            Self::Channel(channel) => {
                let called = async { channel.clone().ready().await?.call(request).await };
                called.await.map_err(|error: tonic::transport::Error| Unanswered {
                    error: error.into(),
                    given_back: None,
                })
            }
        }
    }
}

fn made_of(parts: &Parts, message: &Bytes) -> HttpRequest {
    HttpRequest::from_parts(parts.clone(), Body::new(Full::new(message.clone())))
}
