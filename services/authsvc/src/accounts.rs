//! Services that prove themselves as the ServiceAccounts that their pods run as.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use auth_core::ports::ServiceIdentity;
use kernel::{PortError, Secret};
use kubernetes::{Cluster, Reviewed, TokenReviews};
use platform::process::ReadinessCheck;

/// Believes a token of the ServiceAccount that is called as the service is, in the namespace that authsvc is in, made
/// for this installation; and nobody else.
///
/// As a readiness check it waits until the API server has let us ask once. From then on an API server that is away
/// costs new service tokens, and not the logins of users.
#[derive(Debug)]
pub struct ServiceAccounts {
    reviews: TokenReviews,
    namespace: String,
    permitted: AtomicBool,
}

impl ServiceAccounts {
    /// Services in the namespace of this pod, which show tokens made for this audience.
    pub fn new(cluster: &Cluster, audience: impl Into<String>) -> Self {
        Self {
            reviews: TokenReviews::new(cluster, audience),
            namespace: cluster.namespace().to_owned(),
            permitted: AtomicBool::new(false),
        }
    }
}

#[async_trait]
impl ServiceIdentity for ServiceAccounts {
    async fn proves(&self, service: &str, credential: &Secret<String>) -> Result<bool, PortError> {
        let found = match self.reviews.review(credential).await.map_err(PortError::new)? {
            Reviewed::Account(account) if account.namespace == self.namespace && account.name == service => {
                return Ok(true);
            }
            Reviewed::Account(account) => format!("it is of the account {}/{}", account.namespace, account.name),
            Reviewed::Nobody(reason) => reason,
        };
        tracing::warn!(
            service,
            found,
            "a token does not prove a service: expected one of the ServiceAccount {}/{service}",
            self.namespace
        );
        Ok(false)
    }
}

#[async_trait]
impl ReadinessCheck for ServiceAccounts {
    fn name(&self) -> &str {
        "token reviews"
    }

    async fn check(&self) -> anyhow::Result<()> {
        if !self.permitted.load(Ordering::Relaxed) {
            self.reviews.permitted().await?;
            self.permitted.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
