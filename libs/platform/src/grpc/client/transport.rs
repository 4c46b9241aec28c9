use std::path::{Path, PathBuf};

use http_body_util::BodyExt;
use tonic::{Status, TimeoutExpired, body::Body};

use crate::grpc::{Refused, layers::HttpResponse};

/// How a peer's certificate is checked.
#[derive(Debug, Clone, Default)]
pub struct ClientTls {
    /// The authority that signed it, in PEM form.
    pub ca_file: Option<PathBuf>,
    /// The name in it, where it is not the host of the target.
    pub domain_name: Option<String>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The target is no address.
    #[error("`{target}` is not an address such as https://usersvc:50051")]
    Target {
        /// What was given.
        target: String,
    },
    /// The authority's certificate cannot be read.
    #[error("could not read {path}")]
    ReadCa {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is no certificate in the authority's file.
    #[error("{path} holds no certificate in PEM form")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// There is no version of TLS to speak.
    #[error("there is no version of TLS to speak")]
    Protocol(#[source] rustls::Error),
}

pub(super) fn read_ca(path: &Path) -> Result<Vec<u8>, ClientError> {
    std::fs::read(path).map_err(|source| ClientError::ReadCa {
        path: path.to_owned(),
        source,
    })
}

/// What a failure of the transport means: the peer is away, or the time was up. tonic calls the first
/// UNKNOWN or INTERNAL at times, and the second CANCELLED.
pub(super) fn status_of(error: &(dyn std::error::Error + 'static)) -> Status {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if inner.is::<TimeoutExpired>() {
            return Refused::DeadlineExceeded.status();
        }
        cause = inner.source();
    }
    tracing::debug!(error = %kernel::Chain(error), "a call did not reach its peer");
    Refused::PeerUnavailable.status()
}

/// Whether the peer has not looked at a request and never will: it was given back because its connection had closed,
/// or crossed the peer's GOAWAY, which leaves out what came after the last call that is still served.
pub(super) fn was_not_sent(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let given_back = inner
            .downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_canceled);
        let left_out = inner.downcast_ref::<h2::Error>().is_some_and(|error| {
            let retired = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
            let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            error.is_remote() && (retired || refused)
        });
        if given_back || left_out {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// The same for a response that breaks off: what the peer itself answers comes in trailers.
pub(super) fn with_honest_errors(response: HttpResponse) -> HttpResponse {
    response.map(|inner| Body::new(inner.map_err(|error| status_of(&error))))
}
