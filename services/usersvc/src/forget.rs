//! What a deleted user is forgotten by, after the deletion itself: our own kept answers, and authsvc.

use std::time::Duration;

use api::auth::v1::{EraseCredentialRequest, METHODS, auth_service_client::AuthServiceClient};
use async_trait::async_trait;
use platform::{
    grpc::client::{Client, Retry},
    postgres::{
        Pool,
        events::{EventHandler, HandlerError, LoggedEvent},
    },
};
use tonic::Request;
use user_core::UserEventKind;
use wire::Method;

use crate::postgres::forget_kept;

const ERASE: &Method = Method::named(METHODS, "EraseCredential");
const LIMIT: Duration = Duration::from_secs(5);

/// Follows the event log, at least once and in order; all it does may be done again.
#[derive(Debug)]
pub(crate) struct Forget {
    pool: Pool,
    auth: AuthServiceClient<Client>,
    retry: Retry,
}

impl Forget {
    /// Forgets here and at authsvc.
    pub(crate) fn new(pool: Pool, auth: Client) -> Self {
        Self {
            pool,
            auth: AuthServiceClient::new(auth),
            retry: Retry::default(),
        }
    }
}

#[async_trait]
impl EventHandler for Forget {
    async fn handle(&self, event: &LoggedEvent) -> Result<(), HandlerError> {
        if event.event_type != UserEventKind::Deleted.as_str() {
            return Ok(());
        }
        let user_id = event.aggregate_id.as_hyphenated().to_string();
        forget_kept(&self.pool, event.aggregate_id).await?;
        let key = event.event_id.as_hyphenated().to_string();
        let erase = || {
            let mut auth = self.auth.clone();
            let mut request = Request::new(EraseCredentialRequest {
                user_id: user_id.clone(),
            });
            request.set_timeout(LIMIT);
            if let Ok(key) = key.parse() {
                request.metadata_mut().insert("idempotency-key", key);
            }
            async move { auth.erase_credential(request).await }
        };
        self.retry.call(ERASE, true, erase).await?;
        tracing::info!(user.id = user_id, "the credential of a deleted user is erased");
        Ok(())
    }
}
