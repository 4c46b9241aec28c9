use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::{
    auth::v1::{
        self as auth,
        auth_service_server::{AuthService, AuthServiceServer},
    },
    user::v1::{CreateUserRequest, METHODS, User, user_service_client::UserServiceClient},
};
use async_trait::async_trait;
use kernel::{Caller, Role, UserId};
use platform::{
    grpc::client::{Client, ClientOptions},
    postgres::{Database, PostgresConfig},
    process::{Composed, Process},
    tokens::KeyRing,
};
use testkit::{Bearer, ChaosProxy, TestIssuer, postgres::TestDatabase};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{
    Request, Response, Status,
    service::{Routes, interceptor::InterceptedService},
    transport::Channel,
};
use usersvc::{MIGRATIONS, compose};
use uuid::Uuid;

pub(crate) type UserClient = UserServiceClient<InterceptedService<Channel, Bearer>>;

/// usersvc over a database of its own.
pub(crate) struct World {
    pub(crate) channel: Channel,
    pub(crate) issuer: TestIssuer,
    pub(crate) auth: Arc<FakeAuth>,
    pub(crate) pool: platform::postgres::Pool,
    pub(crate) proxy: ChaosProxy,
    _stop: DropGuard,
    _database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::start(16, true).await
    }

    /// With one connection and nothing beside it, so that only calls reach the database.
    pub(crate) async fn alone() -> Self {
        Self::start(1, false).await
    }

    async fn start(max_connections: u32, with_tasks: bool) -> Self {
        let process = Process::new();
        let issuer = TestIssuer::try_new(Arc::clone(&process.clock)).unwrap();
        let test_database = TestDatabase::create(&MIGRATIONS).await.unwrap();
        let proxy = ChaosProxy::start(test_database.address()).await.unwrap();
        let config = PostgresConfig {
            max_connections,
            // Test machines are busy, and these tests are not about shedding.
            acquire_timeout: Duration::from_secs(5),
            ..PostgresConfig::new(test_database.server_url_through(&proxy))
        };
        let database = Database::connect_lazy("usersvc", &config).unwrap();
        let auth = Arc::new(FakeAuth::default());

        let routes = Routes::new(AuthServiceServer::from_arc(Arc::clone(&auth)));
        let fake = Composed::new(routes)
            .methods(auth::METHODS)
            .descriptors(api::FILE_DESCRIPTOR_SET)
            .verifier(issuer.verifier());
        let (_, to_auth) = testkit::in_process(fake, &process).await.unwrap();
        let world = usersvc::World {
            database: database.clone(),
            verifier: issuer.verifier(),
            auth: Client::over(to_auth, calling_as_usersvc(&issuer)),
            keys: KeyRing::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap(),
        };
        let composed = compose(world, &process);
        let stop = CancellationToken::new();
        for task in &composed.background {
            if with_tasks {
                tokio::spawn(task.clone().supervise(stop.clone()));
            }
        }
        let (_, channel) = testkit::in_process(composed, &process).await.unwrap();
        Self {
            channel,
            issuer,
            auth,
            pool: database.pool().clone(),
            proxy,
            _stop: stop.drop_guard(),
            _database: test_database,
        }
    }

    pub(crate) fn as_caller(&self, caller: &Caller) -> UserClient {
        let bearer = self.issuer.bearer(caller).unwrap();
        UserServiceClient::with_interceptor(self.channel.clone(), bearer)
    }

    pub(crate) fn as_staff(&self) -> UserClient {
        self.as_caller(&staff())
    }

    pub(crate) fn as_user(&self, id: &str) -> UserClient {
        self.as_caller(&customer(id))
    }

    pub(crate) fn as_service(&self, permission: &str) -> UserClient {
        self.as_caller(&Caller::service("testsvc", [permission.to_owned()]))
    }

    pub(crate) async fn created(&self, email: &str) -> User {
        let answer = self.as_staff().create_user(new_user(email)).await.unwrap();
        answer.into_inner().user.unwrap()
    }
}

fn calling_as_usersvc(issuer: &TestIssuer) -> ClientOptions {
    let caller = Caller::service("usersvc", ["credentials:erase".to_owned()]);
    ClientOptions {
        methods: vec![auth::METHODS],
        identity: issuer.identity(&caller).unwrap(),
        ..ClientOptions::new("http://in-process")
    }
}

pub(crate) fn staff() -> Caller {
    let id = UserId::new(Uuid::from_u128(0x0190_163d_8694_739b_aea5_966c_26f8_0001));
    Caller::user(id, [Role::Customer, Role::Staff], Uuid::from_u128(1))
}

pub(crate) fn customer(id: &str) -> Caller {
    Caller::user(id.parse().unwrap(), [Role::Customer], Uuid::from_u128(2))
}

pub(crate) fn new_user(email: &str) -> CreateUserRequest {
    CreateUserRequest {
        name: "Ada Lovelace".to_owned(),
        email: email.to_owned(),
        phone: "+4912345".to_owned(),
        user_id: String::new(),
    }
}

/// A call with a key.
pub(crate) fn keyed<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
    request
}

pub(crate) fn reason(status: &Status) -> String {
    wire::reason_of(status).unwrap_or_default()
}

/// The contract, to ask what it says of a method.
pub(crate) const CONTRACT: &[wire::Method] = METHODS;

/// Remembers whose credentials were erased; refuses while it is away.
#[derive(Default)]
pub(crate) struct FakeAuth {
    erased: Mutex<Vec<String>>,
    away: AtomicBool,
}

impl FakeAuth {
    pub(crate) fn erased(&self) -> MutexGuard<'_, Vec<String>> {
        self.erased.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }
}

#[async_trait]
impl AuthService for FakeAuth {
    async fn erase_credential(
        &self,
        request: Request<auth::EraseCredentialRequest>,
    ) -> Result<Response<auth::EraseCredentialResponse>, Status> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        self.erased().push(request.into_inner().user_id);
        Ok(Response::new(auth::EraseCredentialResponse {}))
    }

    async fn register(&self, _: Request<auth::RegisterRequest>) -> Result<Response<auth::RegisterResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn login(&self, _: Request<auth::LoginRequest>) -> Result<Response<auth::LoginResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn refresh_token(
        &self,
        _: Request<auth::RefreshTokenRequest>,
    ) -> Result<Response<auth::RefreshTokenResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn logout(&self, _: Request<auth::LogoutRequest>) -> Result<Response<auth::LogoutResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn validate_token(
        &self,
        _: Request<auth::ValidateTokenRequest>,
    ) -> Result<Response<auth::ValidateTokenResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn get_jwks(&self, _: Request<auth::GetJwksRequest>) -> Result<Response<auth::GetJwksResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn issue_service_token(
        &self,
        _: Request<auth::IssueServiceTokenRequest>,
    ) -> Result<Response<auth::IssueServiceTokenResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn change_password(
        &self,
        _: Request<auth::ChangePasswordRequest>,
    ) -> Result<Response<auth::ChangePasswordResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn set_roles(&self, _: Request<auth::SetRolesRequest>) -> Result<Response<auth::SetRolesResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }
}
