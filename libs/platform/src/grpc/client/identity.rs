use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use kernel::{Chain, Secret};
use tonic::Status;

use crate::grpc::{Refused, context::Carried};

/// No token of our own is to be had.
#[derive(Debug, thiserror::Error)]
#[error("could not get a service token")]
pub struct TokenSourceError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where this service's own token comes from. An implementation MUST answer a token that is valid for
/// some time to come, keeps it until then, and MUST share one fetch among concurrent callers.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// The current token, without the word `Bearer`.
    async fn token(&self) -> Result<Secret<String>, TokenSourceError>;
}

/// Who we are when we call.
#[derive(Clone, Default)]
pub enum Identity {
    /// Nobody: for what is PUBLIC.
    #[default]
    None,
    /// This service.
    Service(Arc<dyn TokenSource>),
    /// Whoever is calling us, by their own token; nobody outside of a call.
    Caller,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Identity::None => "None",
            Identity::Service(_) => "Service",
            Identity::Caller => "Caller",
        })
    }
}

/// A token that the call has already is left as it is.
pub(super) async fn identify(identity: &Identity, headers: &mut HeaderMap, carried: &Carried) -> Result<(), Status> {
    if headers.contains_key(AUTHORIZATION) {
        return Ok(());
    }
    match identity {
        Identity::None => {}
        Identity::Service(source) => {
            let token = source.token().await.map_err(|error| {
                tracing::warn!(error = %Chain(&error), "no service token to call with");
                Refused::PeerUnavailable.status()
            })?;
            set(headers, &token);
        }
        Identity::Caller => {
            if let Some(token) = &carried.token {
                set(headers, &token.0);
            }
        }
    }
    Ok(())
}

fn set(headers: &mut HeaderMap, token: &Secret<String>) {
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", token.expose())) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
}
