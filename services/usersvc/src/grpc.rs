//! Request to use case, use case to response; no decisions.

pub(crate) mod convert;

use std::{sync::Arc, time::Duration};

use api::user::v1::{
    CreateUserRequest, CreateUserResponse, DeleteUserRequest, DeleteUserResponse, GetUserRequest, GetUserResponse,
    ListUsersRequest, ListUsersResponse, METHODS, UpdateUserRequest, UpdateUserResponse, ValidateUserRequest,
    ValidateUserResponse, user_service_server::UserService,
};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use kernel::{Caller, Classify, Etag, IdempotencyKey, PageSize};
use platform::{
    grpc::{answer, call_context, idempotency_key, replayed_refusal},
    tokens::{KeyRing, RequestHasher},
};
use prost::Message;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use user_core::{
    CreateError, DeleteError, Directory, ListError, UpdateError, User,
    ports::{UserCursor, Users},
};
use wire::Method;

const CREATE: &Method = Method::named(METHODS, "CreateUser");
const UPDATE: &Method = Method::named(METHODS, "UpdateUser");
const DELETE: &Method = Method::named(METHODS, "DeleteUser");

const COUNT_EVERY: Duration = Duration::from_secs(15);

/// `user.v1.UserService` over the use cases.
pub(crate) struct UserGrpc {
    directory: Directory,
    requests: RequestHasher,
}

impl UserGrpc {
    /// Serves these use cases; the keys tell requests under one idempotency key apart.
    pub(crate) const fn new(directory: Directory, keys: KeyRing) -> Self {
        Self {
            directory,
            requests: RequestHasher::new(keys),
        }
    }

    fn key<T: Message>(&self, request: &Request<T>, method: &'static Method) -> Result<Option<IdempotencyKey>, Status> {
        let fingerprint = |bytes: &[u8]| self.requests.fingerprint(method.full_name(), bytes);
        idempotency_key(request, method, &fingerprint)
    }
}

#[async_trait]
impl UserService for UserGrpc {
    async fn create_user(&self, request: Request<CreateUserRequest>) -> Result<Response<CreateUserResponse>, Status> {
        let begun = Instant::now();
        let key = self.key(&request, CREATE)?;
        let caller = call_context(&request).caller;
        let input = convert::new_user(request.into_inner()).map_err(|error| wire::status(&error))?;
        let created = self.directory.create(&caller, input, key.as_ref()).await;
        let status = match &created {
            Ok(change) if change.is_replayed() => "replayed",
            Ok(_) => "created",
            Err(CreateError::EmailTaken | CreateError::IdTaken | CreateError::Replayed(_)) => "taken",
            Err(CreateError::Invalid(_) | CreateError::NotAllowed(_)) => "refused",
            Err(CreateError::Storage(_)) => "failed",
        };
        metrics::counter!("user_creations_total", "status" => status).increment(1);
        metrics::histogram!("user_creation_duration_seconds").record(begun.elapsed().as_secs_f64());
        let created = created.map_err(|error| match error {
            CreateError::Replayed(refusal) => replayed_refusal(&refusal),
            error => wire::status(&error),
        })?;
        Ok(answer(created.map(|user| CreateUserResponse {
            user: Some(convert::user(&user)),
        })))
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<GetUserResponse>, Status> {
        let caller = call_context(&request).caller;
        let id = convert::user_id("id", &request.get_ref().id).map_err(|error| wire::status(&error))?;
        let user = self
            .directory
            .get(&caller, id)
            .await
            .map_err(|error| wire::status(&error))?;
        Ok(Response::new(GetUserResponse {
            user: Some(convert::user(&user)),
        }))
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> Result<Response<UpdateUserResponse>, Status> {
        let key = self.key(&request, UPDATE)?;
        let caller = call_context(&request).caller;
        let request = request.into_inner();
        let id = convert::user_id("id", &request.id).map_err(|error| wire::status(&error))?;
        let etag = Etag::sent(&request.etag);
        let patch = convert::patch(request).map_err(|error| wire::status(&error))?;
        let updated = self
            .directory
            .update(&caller, id, &patch, etag.as_ref(), key.as_ref())
            .await;
        let updated = updated.map_err(|error| match error {
            UpdateError::Replayed(refusal) => replayed_refusal(&refusal),
            error => wire::status(&error),
        })?;
        Ok(answer(updated.map(|user| UpdateUserResponse {
            user: Some(convert::user(&user)),
        })))
    }

    async fn delete_user(&self, request: Request<DeleteUserRequest>) -> Result<Response<DeleteUserResponse>, Status> {
        let key = self.key(&request, DELETE)?;
        let caller = call_context(&request).caller;
        let request = request.into_inner();
        let id = convert::user_id("id", &request.id).map_err(|error| wire::status(&error))?;
        let etag = Etag::sent(&request.etag);
        let deleted = self.directory.delete(&caller, id, etag.as_ref(), key.as_ref()).await;
        let deleted = deleted.map_err(|error| match error {
            DeleteError::Replayed(refusal) => replayed_refusal(&refusal),
            error => wire::status(&error),
        })?;
        Ok(answer(deleted.map(|()| DeleteUserResponse {})))
    }

    type ListUsersStream = BoxStream<'static, Result<ListUsersResponse, Status>>;

    /// Page after page: a slow reader holds one page and no connection.
    async fn list_users(&self, request: Request<ListUsersRequest>) -> Result<Response<Self::ListUsersStream>, Status> {
        let caller = call_context(&request).caller;
        let first = page(&self.directory, &caller, None)
            .await
            .map_err(|error| wire::status(&error))?;
        let directory = self.directory.clone();
        let rest = stream::try_unfold(first.1, move |next| {
            let (directory, caller) = (directory.clone(), caller.clone());
            async move {
                match next {
                    None => Ok(None),
                    Some(after) => page(&directory, &caller, Some(after)).await.map(Some),
                }
            }
        });
        let pages = stream::iter([Ok(first.0)]).chain(rest);
        let users = pages
            .map_ok(|users| stream::iter(users).map(Ok::<_, ListError>))
            .try_flatten()
            .map_ok(|user| ListUsersResponse {
                user: Some(convert::user(&user)),
            })
            .map_err(|error| wire::status(&error));
        Ok(Response::new(users.boxed()))
    }

    async fn validate_user(
        &self,
        request: Request<ValidateUserRequest>,
    ) -> Result<Response<ValidateUserResponse>, Status> {
        let caller = call_context(&request).caller;
        let id = convert::user_id("user_id", &request.get_ref().user_id).map_err(|error| wire::status(&error))?;
        let validity = self.directory.validate(&caller, id).await;
        let validity = validity.map_err(|error| wire::status(&error))?;
        Ok(Response::new(convert::validity(&validity)))
    }
}

async fn page(
    directory: &Directory,
    caller: &Caller,
    after: Option<UserCursor>,
) -> Result<(Vec<User>, Option<UserCursor>), ListError> {
    let size = PageSize::try_from(i32::from(PageSize::MAX)).unwrap_or(PageSize::DEFAULT);
    let page = directory.list(caller, after, size).await?;
    Ok((page.items, page.next))
}

/// Shows how many users are active, now and then.
pub(crate) async fn watch_active_users(users: Arc<dyn Users>, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        match users.count_active().await {
            #[expect(clippy::cast_precision_loss, reason = "a gauge")]
            Ok(count) => metrics::gauge!("active_users_total").set(count as f64),
            Err(error) => tracing::debug!(error.reason = error.reason(), "active users could not be counted"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(COUNT_EVERY) => {}
        }
    }
}
