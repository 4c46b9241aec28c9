use std::{error::Error, time::Duration};

use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, TokenReviewStatus};
use kernel::{Classify, ErrorKind, Secret};
use kube::{Api, api::PostParams};
use tokio::time::timeout;

use crate::Cluster;

/// The API server looks a token up in its own memory and storage.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// What the user names of ServiceAccounts begin with; namespace and name follow.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// Asks the API server whose a token is that was made for one audience. Its own ServiceAccount must be allowed to
/// `create` `tokenreviews` in the whole cluster.
#[derive(Clone)]
pub struct TokenReviews {
    api: Api<TokenReview>,
    audience: String,
}

/// A ServiceAccount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The namespace it is of.
    pub namespace: String,
    /// Its name there.
    pub name: String,
}

/// What the API server says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reviewed {
    /// It is a token of this account, made for our audience, and holds now.
    Account(ServiceAccount),
    /// It is not, for this reason; the text is for people and holds nothing of the token.
    Nobody(String),
}

type Cause = Box<dyn Error + Send + Sync>;

/// Why the API server said nothing of a token.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// We may not ask.
    #[error(
        "the API server refuses a TokenReview: expected a ClusterRole with the verb create on tokenreviews of \
         authentication.k8s.io, bound to the ServiceAccount of this pod"
    )]
    NotAllowed(#[source] Cause),
    /// It answered something else than a review.
    #[error("the API server does not answer a TokenReview")]
    Away(#[source] Cause),
    /// It took too long.
    #[error("the API server does not answer a TokenReview within {ANSWER_WITHIN:?}")]
    Late,
}

/// Waiting helps: for the API server, and for somebody who binds the role.
impl Classify for ReviewError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
    fn reason(&self) -> &str {
        "TOKEN_REVIEW_UNAVAILABLE"
    }
    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

impl std::fmt::Debug for TokenReviews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenReviews")
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

impl TokenReviews {
    /// Reviews tokens that were made for this audience, at this cluster's API server.
    pub fn new(cluster: &Cluster, audience: impl Into<String>) -> Self {
        Self {
            api: Api::all(cluster.client().clone()),
            audience: audience.into(),
        }
    }

    /// Whose the token is.
    ///
    /// # Errors
    /// The API server is away, or refuses to be asked.
    pub async fn review(&self, token: &Secret<String>) -> Result<Reviewed, ReviewError> {
        let review = TokenReview {
            spec: TokenReviewSpec {
                audiences: Some(vec![self.audience.clone()]),
                token: Some(token.expose().clone()),
            },
            ..TokenReview::default()
        };
        let params = PostParams::default();
        let asked = timeout(ANSWER_WITHIN, self.api.create(&params, &review));
        let answered = asked.await.map_err(|_| ReviewError::Late)?;
        let answered = answered.map_err(|error| match error {
            kube::Error::Api(status) if status.is_forbidden() => ReviewError::NotAllowed(status),
            kube::Error::Api(status) => ReviewError::Away(status),
            error => ReviewError::Away(Box::new(error)),
        })?;
        Ok(self.read(answered.status.unwrap_or_default()))
    }

    /// Whether we may ask at all, found out with a text that is nobody's token.
    ///
    /// # Errors
    /// As [`TokenReviews::review`].
    pub async fn permitted(&self) -> Result<(), ReviewError> {
        self.review(&Secret::new("nobody".to_owned())).await.map(drop)
    }

    fn read(&self, status: TokenReviewStatus) -> Reviewed {
        if status.authenticated != Some(true) {
            let reason = status.error.filter(|error| !error.is_empty());
            return Reviewed::Nobody(reason.unwrap_or_else(|| "it is no token of this cluster".to_owned()));
        }
        // A server that knows nothing of audiences answers for its own, and names none.
        if !status.audiences.unwrap_or_default().contains(&self.audience) {
            return Reviewed::Nobody(format!("it was not made for the audience {}", self.audience));
        }
        let user = status.user.and_then(|user| user.username).unwrap_or_default();
        match user
            .strip_prefix(SERVICE_ACCOUNT)
            .and_then(|account| account.split_once(':'))
        {
            Some((namespace, name)) => Reviewed::Account(ServiceAccount {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            }),
            None => Reviewed::Nobody("it is the token of something else than a ServiceAccount".to_owned()),
        }
    }
}
