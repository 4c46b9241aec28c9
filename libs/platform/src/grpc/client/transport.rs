use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use http_body_util::BodyExt;
use tonic::{Status, TimeoutExpired, body::Body};
use tower::BoxError;

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
    /// There is no certificate in the authority's file, or something else.
    #[error("{path} does not hold certificates in PEM form")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// There is no version of TLS to speak.
    #[error("there is no version of TLS to speak")]
    Protocol(#[source] rustls::Error),
}

/// How often a request is sent that its peer does not look at.
const UNSENT_AT_MOST: u32 = 16;

pub(super) fn read_ca(path: &Path) -> Result<Vec<u8>, ClientError> {
    std::fs::read(path).map_err(|source| ClientError::ReadCa {
        path: path.to_owned(),
        source,
    })
}

/// What a failure of the transport means: the peer is away, or the time was up. tonic calls the first
/// UNKNOWN or INTERNAL at times, and the second CANCELLED. Why it is away is the source of the status, which stays here.
pub(super) fn status_of(error: BoxError) -> Status {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&*error);
    while let Some(inner) = cause {
        if inner.is::<TimeoutExpired>() {
            return Refused::DeadlineExceeded.status();
        }
        cause = inner.source();
    }
    tracing::debug!(error = %kernel::Chain(&*error), "a call did not reach its peer");
    let mut status = Refused::PeerUnavailable.status();
    status.set_source(Arc::new(Why(error)));
    status
}

/// The same for a response that breaks off: what the peer itself answers comes in trailers.
pub(super) fn with_honest_errors(response: HttpResponse) -> HttpResponse {
    response.map(|inner| Body::new(inner.map_err(|error| status_of(error.into()))))
}

/// An error with all its sources, in one line however it is shown: a status shows its source by `Debug`.
struct Why(BoxError);

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        kernel::Chain(&*self.0).fmt(f)
    }
}

impl fmt::Debug for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Why {}

/// How often a request may be sent, all in all, that ended like this. More than once where the peer did not look at it
/// and never will: it was given back because its connection had closed; or it crossed the peer's GOAWAY, which leaves
/// out what came after the last call that is still served; or the peer has too much to do, which it is asked once more.
pub(super) fn sent_at_most(error: &(dyn std::error::Error + 'static)) -> u32 {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let given_back = inner
            .downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_canceled);
        if given_back {
            return UNSENT_AT_MOST;
        }
        if let Some(error) = inner.downcast_ref::<h2::Error>().filter(|error| error.is_remote()) {
            return match error.reason() {
                Some(h2::Reason::NO_ERROR) if error.is_go_away() => UNSENT_AT_MOST,
                Some(h2::Reason::REFUSED_STREAM) if error.is_reset() => 2,
                _ => 1,
            };
        }
        cause = inner.source();
    }
    1
}
