//! The payment provider's process, whose owner must not lose it, nor leave it behind.

use std::time::Duration;

use testkit::{wait_for, wait_for_async};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

const SOON: Duration = Duration::from_secs(20);

impl Place {
    /// Whether the provider answers that it is well.
    async fn provider_is_well(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.sandbox).await else {
            return false;
        };
        let request = "GET /healthz HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n\r\n";
        let mut answer = String::new();
        let asked = stream.write_all(request.as_bytes()).await.is_ok();
        asked && stream.read_to_string(&mut answer).await.is_ok() && answer.starts_with("HTTP/1.1 200")
    }

    /// Which process it is.
    fn provider(&self) -> String {
        fs::read_to_string(self.home.path().join("sandbox-psp/lock"))
            .unwrap()
            .trim()
            .to_owned()
    }
}

async fn signal(name: &str, process: &str) {
    let kill = format!("kill -s {name} {process}");
    assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
}

/// A zombie, which nobody waits for when its owner was killed, does nothing any more.
fn runs(process: &str) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_provider_that_ends_is_started_again_and_ends_with_its_owner() {
    let place = Place::new();
    let mut running = place.start().await;
    assert!(place.provider_is_well().await);
    let first = place.provider();
    signal("KILL", &first).await;
    wait_for_async(|| place.provider_is_well(), SOON).await;
    let second = place.provider();
    assert_ne!(second, first);
    running.signal("TERM").await;
    assert_eq!(running.ends().await, Some(0));
    assert!(!runs(&second), "it ends before its owner does");
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_killed_owner_leaves_no_provider_behind() {
    let place = Place::new();
    let mut running = place.start().await;
    let provider = place.provider();
    running.signal("KILL").await;
    running.ends().await;
    wait_for(|| !runs(&provider), SOON).await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_provider_that_somebody_else_left_on_its_data_is_ended() {
    let place = Place::new();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_all-in-one")).with_file_name("sandbox-psp");
    let mut left = Command::new(program)
        .args(["--listen", "127.0.0.1:0", "--log", "warn", "--data"])
        .arg(place.home.path().join("sandbox-psp"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(left.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().unwrap().contains("serving"));
    let mut running = place.start().await;
    assert!(place.provider_is_well().await);
    assert!(!left.wait().await.unwrap().success(), "it was killed");
    running.signal("TERM").await;
    assert_eq!(running.ends().await, Some(0));
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn without_its_program_or_its_port_it_says_so_in_one_sentence() {
    let mut place = Place::new();
    {
        let _taken = TcpListener::bind(place.sandbox).unwrap();
        let refused = place.refused().await;
        let expected = format!(
            "all-in-one: the sandbox payment provider did not start: could not listen on {}: ",
            place.sandbox
        );
        assert!(refused.starts_with(&expected), "{refused}");
        assert_eq!(refused.lines().count(), 1, "{refused}");
    }
    place
        .environment
        .push(("SANDBOX_PSP_BIN", "/nowhere/sandbox-psp".to_owned()));
    let refused = place.refused().await;
    assert_eq!(
        refused,
        "all-in-one: there is no /nowhere/sandbox-psp, the sandbox payment provider: `make run` builds it, and so does \
         `cargo build --package sandbox-psp`\n"
    );
    assert!(!place.postgres_runs());
}
