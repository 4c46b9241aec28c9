use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use api::user::v1::{METHODS, ValidateUserRequest, user_service_client::UserServiceClient};
use async_trait::async_trait;
use kernel::{Classify, ErrorKind, PortError, UserId};
use order_core::ports::Users;
use platform::grpc::client::{Client, Retry};
use tokio::time::Instant;
use tonic::{Code, Status};
use wire::Method;

const VALIDATE: &Method = Method::named(METHODS, "ValidateUser");

/// How long a user is taken to be valid after usersvc said so.
const KEPT: Duration = Duration::from_secs(30);

/// How many users are remembered at most.
const REMEMBERED: usize = 10_000;

/// The users, asked of usersvc. Only that a user is valid is remembered: one that was unknown a moment ago
/// may have registered since.
pub struct GrpcUsers {
    client: UserServiceClient<Client>,
    retry: Retry,
    valid_until: Mutex<HashMap<UserId, Instant>>,
}

/// Why usersvc did not say.
#[derive(Debug, thiserror::Error)]
enum UsersError {
    #[error("the users cannot be asked at the moment")]
    Away(#[source] Status),
    #[error("the users did not understand the question")]
    Misunderstood(#[source] Status),
}

impl Classify for UsersError {
    fn kind(&self) -> ErrorKind {
        match self {
            UsersError::Away(_) => ErrorKind::Unavailable,
            UsersError::Misunderstood(_) => ErrorKind::Internal,
        }
    }
    fn reason(&self) -> &str {
        match self {
            UsersError::Away(_) => "USERS_UNAVAILABLE",
            UsersError::Misunderstood(_) => "INTERNAL",
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            UsersError::Away(status) => wire::retry_after_of(status),
            UsersError::Misunderstood(_) => None,
        }
    }
}

impl From<Status> for UsersError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::InvalidArgument | Code::Unimplemented | Code::PermissionDenied | Code::OutOfRange => {
                UsersError::Misunderstood(status)
            }
            _ => UsersError::Away(status),
        }
    }
}

impl GrpcUsers {
    /// Asks over this client.
    pub fn new(client: Client) -> Self {
        Self {
            client: UserServiceClient::new(client),
            retry: Retry::default(),
            valid_until: Mutex::default(),
        }
    }

    async fn ask(&self, user: UserId) -> Result<bool, UsersError> {
        let answer = self
            .retry
            .call(VALIDATE, false, || {
                let mut client = self.client.clone();
                async move {
                    let request = ValidateUserRequest {
                        user_id: user.to_string(),
                    };
                    client.validate_user(request).await
                }
            })
            .await?;
        Ok(answer.into_inner().is_valid)
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<UserId, Instant>> {
        self.valid_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, user: UserId) {
        let now = Instant::now();
        let mut valid_until = self.remembered();
        if valid_until.len() >= REMEMBERED {
            valid_until.retain(|_, until| *until > now);
        }
        if valid_until.len() < REMEMBERED {
            valid_until.insert(user, now + KEPT);
        }
    }
}

#[async_trait]
impl Users for GrpcUsers {
    async fn is_valid(&self, user: UserId) -> Result<bool, PortError> {
        if self
            .remembered()
            .get(&user)
            .is_some_and(|until| *until > Instant::now())
        {
            return Ok(true);
        }
        let valid = self.ask(user).await.map_err(PortError::new)?;
        if valid {
            self.remember(user);
        }
        Ok(valid)
    }
}
