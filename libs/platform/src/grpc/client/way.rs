use http::Uri;
use http_body_util::{BodyExt, Full};
use tonic::{Status, body::Body, transport::Channel};
use tower::{BoxError, Service, ServiceExt};
use wire::CallKind;

use super::{
    ClientError, ClientOptions,
    balance::{Balanced, Route},
    dial::Dialer,
    transport,
};
use crate::grpc::layers::{Called, HttpRequest, HttpResponse};

/// How often a request is sent that its peer does not look at.
const SENT_AT_MOST: u32 = 4;

/// The way to a peer: by its name, or over the addresses that discovery tells of.
#[derive(Clone)]
pub(super) enum Way {
    Named(Channel),
    Balanced(Balanced),
}

impl Way {
    pub(super) fn to(options: &ClientOptions) -> Result<Self, ClientError> {
        let named = transport::channel(options)?;
        let target: Uri = options.target.parse().unwrap_or_default();
        let Some(host) = target.host() else {
            return Ok(Self::Named(named));
        };
        let port = match (target.port_u16(), target.scheme_str()) {
            (Some(port), _) => port,
            (None, Some("https")) => 443,
            (None, _) => 80,
        };
        let told = options
            .discovery
            .as_ref()
            .and_then(|discovery| discovery.follow(host, port));
        Ok(match told {
            Some(told) => {
                let dialer = Dialer::try_new(options, &target)?;
                Self::Balanced(Balanced::following(told, named, dialer, host.to_owned()))
            }
            None => Self::Named(named),
        })
    }

    /// Sends a request, and again while the connection is closed under it before the peer looks at it: a peer that
    /// retires a connection must not cost a call. A request that streams cannot be made twice.
    pub(super) async fn send(&self, called: Called, request: HttpRequest) -> Result<HttpResponse, Status> {
        let single = called
            .0
            .is_some_and(|method| matches!(method.kind, CallKind::Unary | CallKind::ServerStream));
        if !single {
            let answered = self.try_send(request).await;
            return answered.map_err(|error| transport::status_of(&*error));
        }
        let (parts, body) = request.into_parts();
        let message = body.collect().await?.to_bytes();
        let mut sent = 0;
        loop {
            let body = Body::new(Full::new(message.clone()));
            let answered = self.try_send(HttpRequest::from_parts(parts.clone(), body)).await;
            sent += 1;
            match answered {
                Err(error) if sent < SENT_AT_MOST && transport::was_not_sent(&*error) => {}
                answered => return answered.map_err(|error| transport::status_of(&*error)),
            }
        }
    }

    async fn try_send(&self, request: HttpRequest) -> Result<HttpResponse, BoxError> {
        let mut channel = match self {
            Self::Named(channel) => channel.clone(),
            Self::Balanced(balanced) => match balanced.route() {
                Route::Name(channel) => channel,
                Route::Pods(_) => return balanced.send(request).await,
            },
        };
        Ok(channel.ready().await?.call(request).await?)
    }
}
