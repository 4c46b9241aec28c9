use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use api::{
    auth::v1::{
        IssueServiceTokenRequest, LoginRequest, LoginResponse, METHODS, RefreshTokenRequest, RefreshTokenResponse,
        RegisterRequest, auth_service_client::AuthServiceClient,
    },
    user::v1::{
        self as user,
        user_service_server::{UserService, UserServiceServer},
    },
};
use async_trait::async_trait;
use auth_core::{KeyPolicy, ports::ServiceIdentity};
use authsvc::{
    MIGRATIONS,
    crypto::{BootstrapKeys, HashingCost, MasterKeys},
};
use kernel::{Classify, ErrorKind};
use platform::{
    auth::{AccessTokenSettings, Verifier},
    grpc::client::{Client, ClientOptions},
    process::{Composed, Process},
    tokens::KeyRing,
};
use testkit::{Bearer, MockClock, TestIssuer, postgres::TestDatabase};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{
    Request, Response, Status,
    service::{Routes, interceptor::InterceptedService},
    transport::Channel,
};

pub(crate) type AuthClient = AuthServiceClient<InterceptedService<Channel, Bearer>>;

pub(crate) const PASSWORD: &str = "analytical engine no. 2";
pub(crate) const CONTRACT: &[wire::Method] = METHODS;
pub(crate) const USERSVC_KEY: &str = "usersvc-usersvc-usersvc-usersvc-usersvc";
pub(crate) const GATEWAY_KEY: &str = "gateway-gateway-gateway-gateway-gateway";
const NEXT_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// authsvc over a database of its own, with a clock that stands.
pub(crate) struct World {
    pub(crate) channel: Channel,
    pub(crate) users: Arc<FakeUsers>,
    pub(crate) clock: Arc<MockClock>,
    pub(crate) pool: platform::postgres::Pool,
    pub(crate) verifier: Arc<Verifier>,
    _stop: DropGuard,
    database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        let cheap = HashingCost {
            memory_kib: 64,
            passes: 1,
            at_once: 2,
            waiting: 1_000,
        };
        Self::hashing_at(cheap).await
    }

    /// As [`World::new`], but callers are whoever the test issuer says.
    pub(crate) async fn believing(issuer: &TestIssuer) -> Self {
        Self::start(HashingCost::default().at_once(2), Some(issuer.verifier())).await
    }

    pub(crate) async fn hashing_at(hashing: HashingCost) -> Self {
        Self::start(hashing, None).await
    }

    /// The same installation, started again with a new master key before the old one.
    pub(crate) async fn with_new_master_key(self) -> Self {
        let Self { database, clock, .. } = self;
        let cheap = HashingCost::default().at_once(2);
        let keys = format!("{NEXT_KEY}\n{KEY}");
        Self::over(database, clock, &keys, cheap, None, bootstrap_keys()).await
    }

    /// As [`World::new`], but services prove themselves so.
    pub(crate) async fn proving(services: Arc<dyn ServiceIdentity>) -> Self {
        let database = TestDatabase::create(&MIGRATIONS).await.unwrap();
        let clock = Arc::new(MockClock::default());
        Self::over(database, clock, KEY, HashingCost::default().at_once(2), None, services).await
    }

    async fn start(hashing: HashingCost, believed: Option<Arc<Verifier>>) -> Self {
        let database = TestDatabase::create(&MIGRATIONS).await.unwrap();
        let clock = Arc::new(MockClock::default());
        Self::over(database, clock, KEY, hashing, believed, bootstrap_keys()).await
    }

    async fn over(
        test_database: TestDatabase,
        clock: Arc<MockClock>,
        master_keys: &str,
        hashing: HashingCost,
        believed: Option<Arc<Verifier>>,
        services: Arc<dyn ServiceIdentity>,
    ) -> Self {
        let process = Process {
            clock: clock.clone(),
            ..Process::new()
        };
        let database = test_database.database().unwrap();
        let users = Arc::new(FakeUsers::default());

        // The fake believes whoever calls: what is called with is held against the contract elsewhere.
        let keys = Arc::new(Fetched::default());
        let verifier = Arc::new(Verifier::new(keys.clone(), "test", "test", clock.clone()));
        let fake = Composed::new(Routes::new(UserServiceServer::from_arc(users.clone())))
            .methods(user::METHODS)
            .descriptors(api::FILE_DESCRIPTOR_SET)
            .verifier(verifier.clone());
        let (_, to_users) = testkit::in_process(fake, &process).await.unwrap();

        let world = authsvc::World {
            database: database.clone(),
            usersvc: Client::over(
                to_users,
                ClientOptions {
                    methods: vec![user::METHODS],
                    ..ClientOptions::new("http://in-process")
                },
            ),
            tokens: AccessTokenSettings {
                issuer: "test".to_owned(),
                audience: "test".to_owned(),
            },
            master_keys: MasterKeys::parse(master_keys).unwrap(),
            token_keys: KeyRing::parse(KEY).unwrap(),
            services,
            needs: Vec::new(),
            hashing,
            key_policy: KeyPolicy::default(),
        };
        let mut composed = authsvc::compose(world, &process).unwrap();
        composed.verifier = believed.or(composed.verifier);
        let stop = CancellationToken::new();
        for task in composed.background.clone() {
            tokio::spawn(task.supervise(stop.clone()));
        }
        let (_, channel) = testkit::in_process(composed, &process).await.unwrap();
        keys.of(channel.clone());
        Self {
            channel,
            users,
            clock,
            pool: database.pool().clone(),
            verifier,
            _stop: stop.drop_guard(),
            database: test_database,
        }
    }

    pub(crate) fn anonymous(&self) -> AuthClient {
        AuthServiceClient::with_interceptor(self.channel.clone(), Bearer::none())
    }

    pub(crate) fn with_token(&self, token: &str) -> AuthClient {
        AuthServiceClient::with_interceptor(self.channel.clone(), Bearer::of(token))
    }

    pub(crate) async fn registered(&self, email: &str) -> String {
        let answer = self.anonymous().register(registration(email)).await.unwrap();
        answer.into_inner().user_id
    }

    pub(crate) async fn signed_in(&self, email: &str) -> LoginResponse {
        self.anonymous()
            .login(login(email, PASSWORD))
            .await
            .unwrap()
            .into_inner()
    }

    pub(crate) async fn refreshed(&self, token: &str) -> Result<RefreshTokenResponse, Status> {
        let request = RefreshTokenRequest {
            refresh_token: token.to_owned(),
        };
        Ok(self.anonymous().refresh_token(request).await?.into_inner())
    }

    pub(crate) async fn service_token(&self, service: &str, credential: &str) -> String {
        let request = IssueServiceTokenRequest {
            service: service.to_owned(),
            credential: credential.to_owned(),
        };
        let issued = self.anonymous().issue_service_token(request).await.unwrap();
        issued.into_inner().access_token
    }

    /// What a user is given roles by at the machine; the next login has them.
    pub(crate) async fn grant(&self, email: &str, roles: &[&str]) {
        sqlx::query("UPDATE credentials SET roles = $2, version = version + 1 WHERE email = $1")
            .bind(email)
            .bind(roles)
            .execute(&self.pool)
            .await
            .unwrap();
    }
}

fn bootstrap_keys() -> Arc<dyn ServiceIdentity> {
    Arc::new(BootstrapKeys::parse(&format!("usersvc={USERSVC_KEY},gateway={GATEWAY_KEY}")).unwrap())
}

pub(crate) fn registration(email: &str) -> RegisterRequest {
    RegisterRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        name: "Ada Lovelace".to_owned(),
    }
}

pub(crate) fn login(email: &str, password: &str) -> LoginRequest {
    LoginRequest {
        email: email.to_owned(),
        password: password.to_owned(),
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

/// The keys that authsvc publishes, once there is one.
#[derive(Default)]
struct Fetched(Mutex<Option<Channel>>);

impl Fetched {
    fn of(&self, channel: Channel) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(channel);
    }
}

#[async_trait]
impl platform::auth::KeySource for Fetched {
    async fn fetch(&self) -> Result<Vec<platform::auth::PublicKey>, platform::auth::KeySourceError> {
        let channel = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let options = ClientOptions {
            methods: vec![METHODS],
            ..ClientOptions::new("http://in-process")
        };
        identity::GrpcJwks::new(Client::over(channel.unwrap(), options))
            .fetch()
            .await
    }
}

/// How the fake fails next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Before the profile is made.
    Before,
    /// After it was made: the answer is lost.
    After,
}

#[derive(Debug, thiserror::Error)]
#[error("taken")]
struct Taken;

impl Classify for Taken {
    fn kind(&self) -> ErrorKind {
        ErrorKind::AlreadyExists
    }
    fn reason(&self) -> &str {
        "EMAIL_TAKEN"
    }
}

/// Makes profiles as usersvc does, and fails as often as it is told to.
#[derive(Default)]
pub(crate) struct FakeUsers {
    by_email: Mutex<HashMap<String, String>>,
    failures: Mutex<Vec<Failure>>,
}

impl FakeUsers {
    /// Who has which address.
    pub(crate) fn all(&self) -> HashMap<String, String> {
        self.by_email.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Fails the next calls so.
    pub(crate) fn fail(&self, failures: &[Failure]) {
        *self.failures.lock().unwrap_or_else(PoisonError::into_inner) = failures.to_vec();
    }
    /// Somebody has the address already.
    pub(crate) fn take(&self, email: &str) {
        let mut all = self.by_email.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(email.to_owned(), "somebody else".to_owned());
    }
}

#[async_trait]
impl UserService for FakeUsers {
    async fn create_user(
        &self,
        request: Request<user::CreateUserRequest>,
    ) -> Result<Response<user::CreateUserResponse>, Status> {
        let request = request.into_inner();
        let failure = self.failures.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if failure == Some(Failure::Before) {
            return Err(Status::unavailable("away"));
        }
        {
            let mut all = self.by_email.lock().unwrap_or_else(PoisonError::into_inner);
            let owner = all
                .entry(request.email.clone())
                .or_insert_with(|| request.user_id.clone());
            if *owner != request.user_id {
                return Err(wire::status(&Taken));
            }
        }
        if failure == Some(Failure::After) {
            return Err(Status::unavailable("away"));
        }
        Ok(Response::new(user::CreateUserResponse {
            user: Some(user::User {
                id: request.user_id,
                ..user::User::default()
            }),
        }))
    }

    async fn get_user(&self, _: Request<user::GetUserRequest>) -> Result<Response<user::GetUserResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn update_user(
        &self,
        _: Request<user::UpdateUserRequest>,
    ) -> Result<Response<user::UpdateUserResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn delete_user(
        &self,
        _: Request<user::DeleteUserRequest>,
    ) -> Result<Response<user::DeleteUserResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    type ListUsersStream = tokio_stream::Empty<Result<user::ListUsersResponse, Status>>;

    async fn list_users(&self, _: Request<user::ListUsersRequest>) -> Result<Response<Self::ListUsersStream>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn validate_user(
        &self,
        _: Request<user::ValidateUserRequest>,
    ) -> Result<Response<user::ValidateUserResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }
}
