//! Processes that are started, ended and found again behind their door.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{net::SocketAddr, os::unix::process::ExitStatusExt, time::Duration};

use api::auth::v1::{IssueServiceTokenRequest, auth_service_client::AuthServiceClient};
use processes::{Authority, Door, Program};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tonic::Code;

const PATIENCE: Duration = Duration::from_secs(20);

/// Says where it listens, as services do, and waits for its stdin to close.
const SERVES: &str = r#"echo '{"message":"serving","address":"127.0.0.1:7"}' >&2; read line"#;

fn shell(script: &str) -> Program {
    Program::at("/bin/sh").args(["-c", script])
}

#[tokio::test]
async fn a_process_is_there_until_it_is_killed() {
    let mut running = shell(SERVES).start(PATIENCE).await.unwrap();
    assert_eq!(running.address(), ([127, 0, 0, 1], 7).into());
    assert_eq!(running.exited(), None);
    running.kill();
    assert_eq!(running.exited().and_then(|status| status.signal()), Some(9));
    assert_eq!(running.ended_at(), None);
}

#[tokio::test]
async fn sigterm_asks_and_the_end_is_waited_for() {
    let script = format!("trap 'exit 3' TERM; {SERVES}");
    let mut running = shell(&script).start(PATIENCE).await.unwrap();
    running.terminate().unwrap();
    assert_eq!(running.ended(PATIENCE).await.unwrap().code(), Some(3));
}

#[tokio::test]
async fn a_process_that_goes_on_is_not_said_to_have_ended() {
    let mut running = shell(SERVES).start(PATIENCE).await.unwrap();
    let told = running.ended(Duration::from_millis(50)).await.unwrap_err();
    assert!(told.to_string().starts_with("still running"), "{told}");
}

#[tokio::test]
async fn a_process_that_does_not_serve_is_told_with_what_it_said() {
    let told = shell("echo no database").start(PATIENCE).await.unwrap_err();
    let told = format!("{told:#}");
    assert!(
        told.contains("could not start /bin/sh") && told.contains("ended without telling"),
        "{told}"
    );
    let told = shell("echo waiting; read line")
        .start(Duration::from_millis(500))
        .await
        .unwrap_err();
    let told = format!("{told:#}");
    assert!(told.contains("went on") && told.contains("waiting"), "{told}");
}

#[tokio::test]
async fn the_failpoint_a_process_ended_at_is_known() {
    let script = format!(
        "trap 'echo {}orders.save.after >&2; exit 1' TERM; {SERVES}",
        failpoint::TOLD
    );
    let mut running = shell(&script).start(PATIENCE).await.unwrap();
    running.terminate().unwrap();
    running.ended(PATIENCE).await.unwrap();
    running.kill();
    assert_eq!(running.ended_at().as_deref(), Some("orders.save.after"));
}

#[tokio::test]
async fn a_process_has_what_it_was_given_and_nothing_else_and_logs_to_its_file() {
    let log = std::env::temp_dir().join(format!("processes-{}.log", std::process::id()));
    let script = format!("echo [$GIVEN$HOME]; {SERVES}");
    let program = shell(&script).env("GIVEN", "yes").logging_to(&log);
    let mut running = program.start(PATIENCE).await.unwrap();
    running.kill();
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.starts_with("[yes]") || said.ends_with("[yes]\n"), "{said}");
    std::fs::remove_file(log).unwrap();
}

/// Answers every connection with its own letter.
async fn answering(letter: u8) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut caller, _)) = listener.accept().await {
            caller.write_all(&[letter]).await.unwrap();
        }
    });
    address
}

async fn knock(url: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has told nothing either.
    drop(stream.read_to_end(&mut answer).await);
    answer
}

#[tokio::test]
async fn an_entrance_stays_whoever_is_behind_the_door() {
    let door = Door::shut();
    let entrance = door.entrance().await.unwrap();
    assert_eq!(knock(&entrance.url()).await, b"");
    let (first, second) = (answering(b'1').await, answering(b'2').await);
    door.leads_to(first);
    assert_eq!(knock(&entrance.url()).await, b"1");
    door.leads_to(second);
    assert_eq!(knock(&entrance.url()).await, b"2");
    door.leads_to_all(vec![first, second]);
    let mut both = [knock(&entrance.url()).await, knock(&entrance.url()).await];
    both.sort();
    assert_eq!(both, [b"1".to_vec(), b"2".to_vec()]);
    door.leads_to_all(Vec::new());
    assert_eq!(knock(&entrance.url()).await, b"");
}

#[tokio::test]
async fn services_get_the_tokens_they_are_granted_and_no_others() {
    let authority = Authority::start(&[("paymentsvc", &["orders:sync"])]).await.unwrap();
    let mut authsvc = AuthServiceClient::connect(authority.url()).await.unwrap();
    let mut print = authority.believed_by(shell("echo $SERVICE_BOOTSTRAP_KEY")).command();
    let credential = String::from_utf8(print.output().unwrap().stdout).unwrap();
    let ask = |service: &str, credential: &str| IssueServiceTokenRequest {
        service: service.to_owned(),
        credential: credential.trim().to_owned(),
    };
    let issued = authsvc
        .issue_service_token(ask("paymentsvc", &credential))
        .await
        .unwrap();
    assert!(!issued.into_inner().access_token.is_empty());
    for refused in [ask("gateway", &credential), ask("paymentsvc", "stolen")] {
        let status = authsvc.issue_service_token(refused).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }
    assert_eq!(authority.issued(), 1);
}
