use std::time::Duration;

use api::user::v1::{CreateUserRequest, METHODS, user_service_client::UserServiceClient};
use async_trait::async_trait;
use auth_core::ports::{NewProfile, ProfileError, Users};
use kernel::{Classify, ErrorKind, PortError};
use platform::grpc::client::{Client, Retry};
use tonic::{Code, Request, Status};
use wire::Method;

const CREATE: &Method = Method::named(METHODS, "CreateUser");

/// Profiles at usersvc.
#[derive(Debug, Clone)]
pub struct GrpcUsers {
    client: UserServiceClient<Client>,
    retry: Retry,
}

/// Why usersvc did not make a profile.
#[derive(Debug, thiserror::Error)]
enum UsersError {
    #[error("the profile cannot be made at the moment: register again")]
    Away(#[source] Status),
    #[error("the time ran out before the profile was made: register again")]
    Late(#[source] Status),
    #[error("usersvc did not understand the profile")]
    Misunderstood(#[source] Status),
}

impl Classify for UsersError {
    fn kind(&self) -> ErrorKind {
        match self {
            UsersError::Away(_) => ErrorKind::Unavailable,
            UsersError::Late(_) => ErrorKind::DeadlineExceeded,
            UsersError::Misunderstood(_) => ErrorKind::Internal,
        }
    }
    fn reason(&self) -> &str {
        match self {
            UsersError::Away(_) => "USERS_UNAVAILABLE",
            UsersError::Late(_) => "DEADLINE_EXCEEDED",
            UsersError::Misunderstood(_) => "INTERNAL",
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            UsersError::Away(status) => wire::retry_after_of(status),
            UsersError::Late(_) | UsersError::Misunderstood(_) => None,
        }
    }
}

impl GrpcUsers {
    /// Makes profiles over this client, which calls as authsvc.
    pub fn new(client: Client) -> Self {
        Self {
            client: UserServiceClient::new(client),
            retry: Retry::default(),
        }
    }
}

#[async_trait]
impl Users for GrpcUsers {
    async fn create(&self, profile: &NewProfile) -> Result<(), ProfileError> {
        let call = || {
            let mut client = self.client.clone();
            let mut request = Request::new(CreateUserRequest {
                name: profile.name.clone(),
                email: profile.email.as_str().to_owned(),
                phone: String::new(),
                user_id: profile.user_id.to_string(),
            });
            if let Ok(key) = profile.key.parse() {
                request.metadata_mut().insert("idempotency-key", key);
            }
            async move { client.create_user(request).await }
        };
        match self.retry.call(CREATE, true, call).await {
            Ok(_) => Ok(()),
            Err(status) => Err(meaning(status)),
        }
    }
}

fn meaning(status: Status) -> ProfileError {
    let error = match (status.code(), wire::reason_of(&status).as_deref()) {
        (Code::AlreadyExists, Some("EMAIL_TAKEN")) => return ProfileError::EmailTaken,
        (Code::AlreadyExists, Some("USER_ID_TAKEN")) => return ProfileError::Erased,
        (Code::Unavailable | Code::ResourceExhausted | Code::Aborted | Code::Cancelled, _) => UsersError::Away(status),
        (Code::DeadlineExceeded, _) => UsersError::Late(status),
        _ => UsersError::Misunderstood(status),
    };
    ProfileError::Away(PortError::new(error))
}
