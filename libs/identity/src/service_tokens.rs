use std::{sync::Arc, time::Duration};

use api::auth::v1::{IssueServiceTokenRequest, auth_service_client::AuthServiceClient};
use async_trait::async_trait;
use kernel::{Chain, Clock, Secret};
use platform::grpc::client::{Client, TokenSource, TokenSourceError};
use time::OffsetDateTime;
use tokio::sync::Mutex;
use tonic::Status;

/// A token that is valid for less is not handed out: a call takes time.
const SPARE: Duration = Duration::from_secs(15);
/// After a failure authsvc is left alone for so long.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// This service's own tokens: fetched when first needed, kept, and fetched anew after two thirds of
/// their life; the old one serves while authsvc is away.
pub struct ServiceTokens {
    auth: AuthServiceClient<Client>,
    service: String,
    credential: Secret<String>,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    token: Option<Token>,
    failed: Option<(Status, OffsetDateTime)>,
}

#[derive(Clone)]
struct Token {
    text: Secret<String>,
    refresh_at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

impl std::fmt::Debug for ServiceTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceTokens")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

impl ServiceTokens {
    /// Tokens for `service`, which proves itself to authsvc with its credential.
    pub fn new(client: Client, service: impl Into<String>, credential: Secret<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            auth: AuthServiceClient::new(client),
            service: service.into(),
            credential,
            clock,
            kept: Mutex::default(),
        }
    }

    async fn fetch(&self) -> Result<Token, Status> {
        let asked_at = self.clock.now();
        let request = IssueServiceTokenRequest {
            service: self.service.clone(),
            credential: self.credential.expose().clone(),
        };
        let answer = self.auth.clone().issue_service_token(request).await?.into_inner();
        let lifetime = Duration::from_secs(u64::try_from(answer.expires_in).unwrap_or_default());
        Ok(Token {
            text: Secret::new(answer.access_token),
            refresh_at: asked_at + lifetime * 2 / 3,
            expires_at: asked_at + lifetime,
        })
    }
}

#[async_trait]
impl TokenSource for ServiceTokens {
    async fn token(&self) -> Result<Secret<String>, TokenSourceError> {
        // Held while fetching, so that concurrent callers share one fetch.
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(token) = kept.token.as_ref().filter(|token| now < token.refresh_at) {
            return Ok(token.text.clone());
        }
        let left_alone = kept.failed.as_ref().filter(|(_, at)| now - *at < AFTER_FAILURE);
        let status = match left_alone {
            Some((status, _)) => status.clone(),
            None => match self.fetch().await {
                Ok(token) => {
                    let text = token.text.clone();
                    *kept = Kept {
                        token: Some(token),
                        failed: None,
                    };
                    return Ok(text);
                }
                Err(status) => {
                    tracing::warn!(error = %Chain(&status), "could not get a new service token");
                    kept.failed = Some((status.clone(), self.clock.now()));
                    status
                }
            },
        };
        match kept.token.as_ref().filter(|token| now + SPARE < token.expires_at) {
            Some(token) => Ok(token.text.clone()),
            None => Err(TokenSourceError(Box::new(status))),
        }
    }
}
