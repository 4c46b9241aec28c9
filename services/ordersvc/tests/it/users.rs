use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::user::v1::{
    CreateUserRequest, CreateUserResponse, DeleteUserRequest, DeleteUserResponse, GetUserRequest, GetUserResponse,
    ListUsersRequest, ListUsersResponse, METHODS, UpdateUserRequest, UpdateUserResponse, ValidateUserRequest,
    ValidateUserResponse,
    user_service_server::{UserService, UserServiceServer},
};
use async_trait::async_trait;
use futures::stream::BoxStream;
use kernel::{Classify, ErrorKind};
use order_core::ports::Users;
use ordersvc::clients::GrpcUsers;
use tonic::{Request, Response, Status, service::Routes};

use crate::{
    peer::client_of,
    world::{ALICE, BOB},
};

/// usersvc as far as orders ask it.
#[derive(Clone, Default)]
struct FakeUsersvc {
    valid: Arc<Mutex<BTreeSet<String>>>,
    away: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl FakeUsersvc {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn not_asked<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("orders do not ask this"))
}

#[async_trait]
impl UserService for FakeUsersvc {
    type ListUsersStream = BoxStream<'static, Result<ListUsersResponse, Status>>;

    async fn validate_user(
        &self,
        request: Request<ValidateUserRequest>,
    ) -> Result<Response<ValidateUserResponse>, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        let is_valid = self.valid.lock().unwrap().contains(&request.get_ref().user_id);
        Ok(Response::new(ValidateUserResponse {
            is_valid,
            ..ValidateUserResponse::default()
        }))
    }
    async fn create_user(&self, _: Request<CreateUserRequest>) -> Result<Response<CreateUserResponse>, Status> {
        not_asked()
    }
    async fn get_user(&self, _: Request<GetUserRequest>) -> Result<Response<GetUserResponse>, Status> {
        not_asked()
    }
    async fn update_user(&self, _: Request<UpdateUserRequest>) -> Result<Response<UpdateUserResponse>, Status> {
        not_asked()
    }
    async fn delete_user(&self, _: Request<DeleteUserRequest>) -> Result<Response<DeleteUserResponse>, Status> {
        not_asked()
    }
    async fn list_users(&self, _: Request<ListUsersRequest>) -> Result<Response<Self::ListUsersStream>, Status> {
        not_asked()
    }
}

/// The adapter over a fake.
async fn users_of(fake: &FakeUsersvc, permissions: &[&str]) -> GrpcUsers {
    let fake = Routes::new(UserServiceServer::new(fake.clone()));
    GrpcUsers::new(client_of(fake, METHODS, permissions).await)
}

#[tokio::test(start_paused = true)]
async fn a_valid_user_is_remembered_for_half_a_minute() {
    let fake = FakeUsersvc::default();
    fake.valid.lock().unwrap().insert(ALICE.to_string());
    let users = users_of(&fake, &["users:validate"]).await;
    for _ in 0..3 {
        assert!(users.is_valid(ALICE).await.unwrap());
    }
    assert_eq!(fake.asked(), 1);
    fake.valid.lock().unwrap().clear();
    tokio::time::advance(Duration::from_secs(31)).await;
    assert!(!users.is_valid(ALICE).await.unwrap());
    assert_eq!(fake.asked(), 2);
}

#[tokio::test]
async fn a_user_that_is_not_valid_is_asked_about_again() {
    let fake = FakeUsersvc::default();
    let users = users_of(&fake, &["users:validate"]).await;
    assert!(!users.is_valid(BOB).await.unwrap());
    fake.valid.lock().unwrap().insert(BOB.to_string());
    assert!(users.is_valid(BOB).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn users_that_are_away_are_unavailable_after_a_few_tries() {
    let fake = FakeUsersvc::default();
    fake.away.store(true, Ordering::SeqCst);
    let users = users_of(&fake, &["users:validate"]).await;
    let error = users.is_valid(ALICE).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::Unavailable, "USERS_UNAVAILABLE")
    );
    assert!(fake.asked() > 1);
    fake.away.store(false, Ordering::SeqCst);
    assert!(!users.is_valid(ALICE).await.unwrap());
}

#[tokio::test]
async fn not_to_be_allowed_to_ask_is_a_fault_of_ours() {
    let users = users_of(&FakeUsersvc::default(), &[]).await;
    let error = users.is_valid(ALICE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}
