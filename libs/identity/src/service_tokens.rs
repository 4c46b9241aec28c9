use std::{
    io,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use api::auth::v1::{IssueServiceTokenRequest, auth_service_client::AuthServiceClient};
use async_trait::async_trait;
use kernel::{Chain, Clock, Secret};
use platform::grpc::client::{Client, TokenSource, TokenSourceError};
use time::OffsetDateTime;
use tokio::sync::Mutex;
use tonic::Status;

use crate::ServiceCredential;

/// A token that is valid for less is not handed out: a call takes time.
const SPARE: Duration = Duration::from_secs(15);
/// After a failure authsvc is left alone for so long.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// This service's own tokens: fetched when first needed, kept, and fetched anew in the background after two
/// thirds of their life; the old one serves while authsvc is away or slow.
pub struct ServiceTokens {
    shared: Arc<Shared>,
}

struct Shared {
    auth: AuthServiceClient<Client>,
    service: String,
    credential: ServiceCredential,
    clock: Arc<dyn Clock>,
    kept: RwLock<Option<Token>>,
    /// Held while fetching, so that concurrent callers share one fetch; how the last one failed.
    fetching: Arc<Mutex<Option<Failure>>>,
}

type Failure = (FetchError, OffsetDateTime);

/// Why there is no new token.
#[derive(Debug, Clone, thiserror::Error)]
enum FetchError {
    #[error("nothing to prove ourselves with")]
    Credential(#[source] Arc<io::Error>),
    #[error("authsvc gives no token")]
    Refused(#[source] Status),
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
            .field("service", &self.shared.service)
            .finish_non_exhaustive()
    }
}

impl ServiceTokens {
    /// Tokens for `service`, which proves itself to authsvc with its credential as it is at each fetch.
    pub fn new(
        client: Client,
        service: impl Into<String>,
        credential: ServiceCredential,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                auth: AuthServiceClient::new(client),
                service: service.into(),
                credential,
                clock,
                kept: RwLock::default(),
                fetching: Arc::default(),
            }),
        }
    }
}

impl Shared {
    fn kept(&self) -> Option<Token> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A new token, unless another call has just fetched one or has just failed to.
    async fn renew(&self, failed: &mut Option<Failure>) -> Result<Token, FetchError> {
        let now = self.clock.now();
        if let Some(token) = self.kept().filter(|token| now < token.refresh_at) {
            return Ok(token);
        }
        if let Some((error, _)) = failed.as_ref().filter(|(_, at)| now - *at < AFTER_FAILURE) {
            return Err(error.clone());
        }
        match self.fetch().await {
            Ok(token) => {
                *failed = None;
                *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
                Ok(token)
            }
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "could not get a new service token");
                *failed = Some((error.clone(), self.clock.now()));
                Err(error)
            }
        }
    }

    async fn fetch(&self) -> Result<Token, FetchError> {
        let credential = self.credential.read().await;
        let credential = credential.map_err(|error| FetchError::Credential(Arc::new(error)))?;
        let asked_at = self.clock.now();
        let request = IssueServiceTokenRequest {
            service: self.service.clone(),
            credential: credential.expose().clone(),
        };
        let answered = self.auth.clone().issue_service_token(request).await;
        let answer = answered.map_err(FetchError::Refused)?.into_inner();
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
        let shared = Arc::clone(&self.shared);
        let now = shared.clock.now();
        // Fetches are tasks of their own, which no caller who gives up takes with it.
        if let Some(token) = shared.kept().filter(|token| now + SPARE < token.expires_at) {
            if now >= token.refresh_at
                && let Ok(mut failed) = Arc::clone(&shared.fetching).try_lock_owned()
            {
                tokio::spawn(async move { shared.renew(&mut failed).await });
            }
            return Ok(token.text);
        }
        let renewed = tokio::spawn(async move {
            let mut failed = shared.fetching.lock().await;
            shared.renew(&mut failed).await
        });
        match renewed.await {
            Ok(Ok(token)) => Ok(token.text),
            Ok(Err(error)) => Err(TokenSourceError(Box::new(error))),
            Err(error) => Err(TokenSourceError(Box::new(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::SystemClock;
    use platform::grpc::client::{ClientOptions, connect_lazy};
    use tokio::{net::TcpListener, time::timeout};

    use super::*;

    #[tokio::test]
    async fn a_token_that_is_still_good_waits_for_nobody() {
        // Accepts and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = format!("http://{}", silent.local_addr().unwrap());
        let client = connect_lazy(ClientOptions::new(target)).unwrap();
        let credential = ServiceCredential::BootstrapKey(Secret::new("credential".to_owned()));
        let tokens = ServiceTokens::new(client, "ordersvc", credential, Arc::new(SystemClock));
        let now = SystemClock.now();
        *tokens.shared.kept.write().unwrap() = Some(Token {
            text: Secret::new("old".to_owned()),
            refresh_at: now - Duration::from_secs(1),
            expires_at: now + Duration::from_secs(200),
        });
        for _ in 0..3 {
            let token = timeout(Duration::from_secs(1), tokens.token()).await.unwrap().unwrap();
            assert_eq!(token.expose(), "old");
        }
        let mut fetching = Arc::clone(&tokens.shared.fetching).try_lock_owned();
        assert!(fetching.as_mut().is_err(), "a new one is being fetched");
    }
}
