//! Servers that are started, killed, taken and reaped. They take the installation of `POSTGRES_BIN`, or
//! what is kept under the default home.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use embedded_postgres::{EmbeddedPostgres, Error, Installation, Lifetime, Settings, default_home};
use sqlx::{Connection, PgConnection};

const OWNED_DIRECTORY: &str = "EMBEDDED_POSTGRES_TEST_DIRECTORY";

async fn installation() -> Installation {
    let bin = std::env::var_os("POSTGRES_BIN").map(PathBuf::from);
    let home = std::env::var_os("COUNTERFOIL_HOME").map_or_else(default_home, PathBuf::from);
    Installation::find(bin.as_deref(), &home.join("postgres"), |_| {})
        .await
        .unwrap()
}

fn settings(directory: &Path) -> Settings {
    Settings {
        lifetime: Lifetime::Kept,
        ..Settings::new(directory.join("postgres"))
    }
}

fn directory() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new()
        .permissions(std::fs::Permissions::from_mode(0o755))
        .tempdir()
        .unwrap()
}

/// Not a test of its own: the owner that the next one kills.
#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn owner() {
    let Some(directory) = std::env::var_os(OWNED_DIRECTORY) else {
        return;
    };
    let server = EmbeddedPostgres::start(installation().await, &settings(Path::new(&directory)))
        .await
        .unwrap();
    let mut connection = PgConnection::connect(&server.superuser_url("postgres")).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept AS SELECT 7 AS answer")
        .execute(&mut connection)
        .await
        .unwrap();
    println!("\nready {}", server.port());
    std::future::pending::<()>().await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_server_whose_owner_was_killed_is_reaped_and_its_data_are_kept() {
    let directory = directory();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["owner", "--exact", "--include-ignored", "--nocapture"])
        .env(OWNED_DIRECTORY, directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    lines
        .map_while(Result::ok)
        .find(|line| line.starts_with("ready"))
        .unwrap();

    let second = EmbeddedPostgres::start(installation().await, &settings(directory.path())).await;
    assert!(matches!(second.unwrap_err(), Error::InUse(_)));

    owner.kill().unwrap();
    owner.wait().unwrap();
    let began = Instant::now();
    let server = EmbeddedPostgres::start(installation().await, &settings(directory.path()))
        .await
        .unwrap();
    println!("reaped and started in {:?}", began.elapsed());
    let mut connection = PgConnection::connect(&server.superuser_url("postgres")).await.unwrap();
    let answer: i32 = sqlx::query_scalar("SELECT answer FROM kept")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(answer, 7);
    drop(connection);
    let pid = server.process_id().unwrap();
    server.stop().await.unwrap();
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_taken_port_is_one_clear_sentence() {
    let directory = directory();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let settings = Settings {
        port: Some(port),
        ..settings(directory.path())
    };
    let error = EmbeddedPostgres::start(installation().await, &settings)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::PortTaken(taken) if taken == port));
    assert!(error.to_string().contains(&port.to_string()));
}
