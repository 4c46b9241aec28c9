use std::{
    convert::Infallible,
    io::Write,
    task::{Context, Poll},
    time::Duration,
};

use anyhow::Context as _;
use api::auth::v1::{IssueServiceTokenRequest, ValidateTokenRequest, auth_service_client::AuthServiceClient};
use processes::Program;
use tokio::{net::TcpListener, time::Instant};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, http},
    metadata::{Ascii, MetadataValue},
    server::NamedService,
    transport::{Channel, Server},
};
use tonic_prost::ProstCodec;
use tower::service_fn;

use super::{
    TURNS,
    figure::{Aim, Figure, Peer},
    mean, measure as measure_calls,
    system::{System, bootstrap_key},
};
use crate::{load::Caller, record::Record, shop};

pub(super) const NAME: &str = "cheapest authenticated call";

const AT_ONCE: usize = 32;
const CONNECTIONS: usize = 4;
const PATH: &str = "/loadtest.Echo/Echo";
const START_WITHIN: Duration = Duration::from_secs(10);

type Codec = ProstCodec<ValidateTokenRequest, ValidateTokenRequest>;

/// Nothing but tonic: what comes is sent back.
#[derive(Debug, Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "loadtest.Echo";
}

impl tower::Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let handler = service_fn(|request: Request<ValidateTokenRequest>| async move {
                Ok::<_, Status>(Response::new(request.into_inner()))
            });
            Ok(tonic::server::Grpc::new(Codec::default()).unary(handler, request).await)
        })
    }
}

/// Serves on a free port, and tells which as services do.
///
/// # Errors
/// There is no free port.
pub async fn serve() -> anyhow::Result<bool> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let told = serde_json::json!({ "message": "serving", "address": listener.local_addr()? });
    writeln!(std::io::stdout(), "{told}")?;
    Server::builder()
        .add_service(Echo)
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await?;
    Ok(true)
}

fn message() -> ValidateTokenRequest {
    ValidateTokenRequest {
        access_token: "none".to_owned(),
    }
}

struct Echoes(Channel);

impl Caller for Echoes {
    async fn call(&mut self, _: u64, due: Instant, record: &mut Record) {
        let mut grpc = tonic::client::Grpc::new(self.0.clone());
        let answer = match grpc.ready().await {
            Ok(()) => {
                let path = http::uri::PathAndQuery::from_static(PATH);
                grpc.unary(Request::new(message()), path, Codec::default()).await
            }
            Err(error) => Err(Status::unavailable(error.to_string())),
        };
        record.note("echo", due, &answer);
    }
}

/// Asks what a token is worth that is none: nothing is read for that, but who asks is found out.
struct Validates {
    client: AuthServiceClient<Channel>,
    bearer: MetadataValue<Ascii>,
}

impl Caller for Validates {
    async fn call(&mut self, _: u64, due: Instant, record: &mut Record) {
        let mut request = Request::new(message());
        request.metadata_mut().insert("authorization", self.bearer.clone());
        record.note("validate", due, &self.client.validate_token(request).await);
    }
}

pub(super) async fn measure(system: &System, turn: Duration) -> anyhow::Result<Figure> {
    let this = std::env::current_exe()?;
    let echo = Program::at(this).args(["echo"]).start(START_WITHIN).await?;
    let echoed = shop::connect(&format!("http://{}", echo.address()), None, CONNECTIONS).await?;
    let authsvc = system.channels("authsvc", CONNECTIONS).await?;
    let first = authsvc.first().context("no connection")?.clone();
    let request = IssueServiceTokenRequest {
        service: "gateway".to_owned(),
        credential: bootstrap_key("gateway"),
    };
    let issued = AuthServiceClient::new(first).issue_service_token(request).await?;
    let bearer: MetadataValue<_> = format!("Bearer {}", issued.into_inner().access_token).parse()?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let callers = (0..AT_ONCE).map(|number| Validates {
            client: AuthServiceClient::new(authsvc[number % CONNECTIONS].clone()),
            bearer: bearer.clone(),
        });
        ours.push(measure_calls(callers.collect(), turn).await?);
        let callers = (0..AT_ONCE).map(|number| Echoes(echoed[number % CONNECTIONS].clone()));
        theirs.push(measure_calls(callers.collect(), turn).await?);
    }
    let (ours, theirs) = (mean(&ours), mean(&theirs));
    Ok(Figure {
        name: format!("{NAME}, {AT_ONCE} in flight"),
        value: ours.per_second,
        unit: "calls/s".to_owned(),
        peer: Some(Peer {
            name: "a bare tonic echo".to_owned(),
            value: theirs.per_second,
        }),
        aim: Aim::OfPeer(0.4),
        detail: format!(
            "ValidateToken of a text that is no token; p50 {:.2?}, p99 {:.2?}; echo p50 {:.2?}, p99 {:.2?}",
            ours.p50, ours.p99, theirs.p50, theirs.p99
        ),
    })
}
