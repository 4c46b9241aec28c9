//! The program as a person uses it: started, started twice, killed, ended.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod sandbox;

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{ExitCode, Output, Stdio},
    time::Duration,
};

use api::{
    auth::v1::{LoginRequest, Role, ValidateTokenRequest, auth_service_client::AuthServiceClient},
    calculator::v1::{Numbers, calculator_client::CalculatorClient},
};
use clap::Parser;
use counterfoil::CommandLine;
use loadtest::{
    load::{Plan, Until, drive},
    shop::{Operation, Shopper},
};
use platform::grpc::client::{Client, ClientOptions, Installation};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};
use tonic::{
    Code,
    transport::{Channel, Endpoint},
};

const LONG: Duration = Duration::from_secs(90);

/// A home and ports of its own.
struct Place {
    home: tempfile::TempDir,
    everything: SocketAddr,
    sandbox: SocketAddr,
    environment: Vec<(&'static str, String)>,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        // As root, PostgreSQL is somebody else, who must get through.
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // Held together, so that they differ.
        let held: Vec<_> = std::iter::repeat_with(|| TcpListener::bind("127.0.0.1:0").unwrap())
            .take(9)
            .collect();
        let address = |index: usize| held[index].local_addr().unwrap();
        let mut environment: Vec<_> = [
            "GRPC_ADDR",
            "HEALTH_ADDR",
            "ADMIN_ADDR",
            "USERSVC_GRPC_ADDR",
            "AUTHSVC_GRPC_ADDR",
            "ORDERSVC_GRPC_ADDR",
            "PAYMENTSVC_GRPC_ADDR",
            "CALCULATORSVC_GRPC_ADDR",
        ]
        .into_iter()
        .enumerate()
        .map(|(index, name)| (name, address(index).to_string()))
        .collect();
        let sandbox = address(8);
        environment.push(("SANDBOX_PSP_PORT", sandbox.port().to_string()));
        Self {
            everything: address(0),
            sandbox,
            home,
            environment,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_all-in-one"));
        command
            .args(["serve", "--insecure"])
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("PATH", "/usr/bin:/bin")
            .env("COUNTERFOIL_HOME", self.home.path())
            .env("POSTGRES_BIN", postgres_bin())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn start(&self) -> Running {
        let mut child = self.command().stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut running = Running { child, lines };
        running.says("Ctrl-C ends it").await;
        running
    }

    async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.everything)).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// Whether an operator who signs in as this address finds nothing to look after.
    async fn books_agree(&self, email: &str) -> bool {
        let endpoint = format!("http://{}", self.everything);
        let password = self.home.path().join(format!("secrets/{email}.password"));
        let line = [
            "counterfoil",
            "reconcile",
            "--pending-for",
            "0s",
            "--endpoint",
            &endpoint,
        ];
        let signed_in = ["--email", email, "--password-file", password.to_str().unwrap()];
        let line = CommandLine::try_parse_from([&line[..], &signed_in].concat()).unwrap();
        let mut out = Vec::new();
        let code = line.run(&mut out).await;
        assert!(!out.is_empty(), "nothing was compared");
        code == ExitCode::SUCCESS
    }

    async fn refused(&self) -> String {
        // A busy machine makes statements slow, which is logged.
        let output = self.command().env("RUST_LOG", "error").output();
        let Output { status, stderr, .. } = timeout(LONG, output).await.unwrap().unwrap();
        assert_eq!(status.code(), Some(1));
        String::from_utf8(stderr).unwrap()
    }

    fn postgres_runs(&self) -> bool {
        self.home.path().join("data/data/postmaster.pid").exists()
    }

    fn password(&self, email: &str) -> String {
        fs::read_to_string(self.home.path().join(format!("secrets/{email}.password"))).unwrap()
    }

    async fn roles(&self, email: &str) -> Vec<Role> {
        let mut auth = AuthServiceClient::new(self.channel().await);
        let request = LoginRequest {
            email: email.to_owned(),
            password: self.password(email),
        };
        let token = auth.login(request).await.unwrap().into_inner().access_token;
        let claims = token.split('.').nth(1).unwrap();
        let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
        let claims = String::from_utf8(claims).unwrap();
        [(Role::Customer, "\"customer\""), (Role::Admin, "\"admin\"")]
            .into_iter()
            .filter(|(_, name)| claims.contains(name))
            .map(|(role, _)| role)
            .collect()
    }
}

/// The program after it said that it is ready.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    async fn says(&mut self, text: &str) {
        let found = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if line.contains(text) {
                    return true;
                }
            }
            false
        };
        assert!(timeout(LONG, found).await.unwrap(), "it ended without saying `{text}`");
    }

    async fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id().unwrap());
        assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
    }

    async fn ends(&mut self) -> Option<i32> {
        timeout(LONG, self.child.wait()).await.unwrap().unwrap().code()
    }
}

/// The programs that `make test` fetched.
fn postgres_bin() -> PathBuf {
    let named = |name| std::env::var_os(name).map(PathBuf::from);
    named("POSTGRES_BIN").unwrap_or_else(|| {
        named("COUNTERFOIL_HOME")
            .unwrap_or_else(embedded_postgres::default_home)
            .join("postgres")
            .join(embedded_postgres::VERSION)
            .join("bin")
    })
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn it_serves_survives_being_killed_and_leaves_nothing_behind() {
    let place = Place::new();
    let mut first = place.start().await;
    assert_eq!(place.roles("customer@counterfoil.example").await, [Role::Customer]);
    assert!(place.roles("admin@counterfoil.example").await.contains(&Role::Admin));

    let second = place.refused().await;
    assert!(second.contains("another process is already running"), "{second}");
    assert_eq!(second.lines().count(), 1, "{second}");

    first.signal("KILL").await;
    first.ends().await;
    assert!(place.postgres_runs(), "a killed owner leaves the server behind");

    let mut again = place.start().await;
    assert!(place.roles("admin@counterfoil.example").await.contains(&Role::Admin));
    again.signal("INT").await;
    assert_eq!(again.ends().await, Some(0));
    assert!(!place.postgres_runs());
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_taken_port_is_one_sentence_and_nothing_is_left_behind() {
    let place = Place::new();
    let _taken = TcpListener::bind(place.everything).unwrap();
    let refused = place.refused().await;
    assert_eq!(
        refused,
        format!(
            "all-in-one: everything cannot listen on {}: another program listens there\n",
            place.everything
        )
    );
    assert!(!place.postgres_runs());
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn every_service_answers_at_the_one_door_and_a_stranger_is_refused_there() {
    let place = Place::new();
    let mut running = place.start().await;
    let channel = place.channel().await;
    let sum = CalculatorClient::new(channel.clone())
        .add(Numbers { a: 2.0, b: 3.5 })
        .await
        .unwrap();
    assert_eq!(sum.into_inner().value.to_bits(), 5.5_f64.to_bits());
    let request = ValidateTokenRequest {
        access_token: "none".to_owned(),
    };
    let refused = AuthServiceClient::new(channel)
        .validate_token(request)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    running.signal("TERM").await;
    assert_eq!(running.ends().await, Some(0));
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn the_demo_goes_as_the_contracts_say_and_the_books_agree() {
    let place = Place::new();
    let mut running = place.start().await;
    let email = "admin@counterfoil.example";
    let staff = demo::Staff {
        email: email.to_owned(),
        password: place.password(email),
    };
    let options = ClientOptions {
        methods: demo::METHODS.to_vec(),
        ..ClientOptions::new("http://everything")
    };
    let everything = Client::over(place.channel().await, options);
    demo::play(Installation::all_at(&everything), Some(staff))
        .await
        .unwrap();
    testkit::wait_for_async(|| place.books_agree(email), LONG).await;
    running.signal("TERM").await;
    assert_eq!(running.ends().await, Some(0));
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn no_call_of_the_load_generator_fails() {
    let place = Place::new();
    let mut running = place.start().await;
    let channels = [place.channel().await, place.channel().await];
    for operation in [Operation::List, Operation::Update, Operation::Delete, Operation::Mixed] {
        let shoppers = Shopper::several(&channels, 2, 4, operation).await.unwrap();
        let plan = Plan {
            until: Until::Calls(40),
            rate: Some(1_000.0),
        };
        let record = drive(plan, shoppers).await.record;
        assert!(record.failures().is_empty(), "{operation:?}: {:?}", record.failures());
        assert!(record.answered() >= 40, "{operation:?}");
    }
    running.signal("TERM").await;
    assert_eq!(running.ends().await, Some(0));
}

#[test]
fn without_a_transport_it_says_what_can_be_chosen() {
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_all-in-one"))
        .arg("serve")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("--insecure") && said.contains("--tls"), "{said}");
}
