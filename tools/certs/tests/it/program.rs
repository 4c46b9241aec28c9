//! The program as a Job starts it.

use std::{
    fs,
    process::{Command, Output},
};

use certs::installation::Databases;
use tempfile::TempDir;

use crate::{
    api_server::{ApiServer, NAMESPACE},
    stage::{Stage, TABLE},
};

struct Program {
    directory: TempDir,
}

impl Program {
    fn new(kubeconfig: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("kubeconfig"), kubeconfig).unwrap();
        Self { directory }
    }

    async fn run(&self, table: &str, arguments: &[&str]) -> Output {
        let services = self.directory.path().join("services.yaml");
        fs::write(&services, table).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_certs"));
        command
            .args(["ensure", "--services"])
            .arg(services)
            .args(arguments)
            .env_clear()
            .env("KUBECONFIG", self.directory.path().join("kubeconfig"));
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_what_is_needed_and_says_so() {
    let server = ApiServer::start().await;
    let program = Program::new(&server.kubeconfig());
    let output = program.run(TABLE, &["--databases", "bundled"]).await;
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(server.writes(), 12);
    let output = program.run(TABLE, &["--databases", "bundled"]).await;
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("nothing was missing and nothing was due\n")
    );
    program.run(TABLE, &["--databases", "bundled", "--renew"]).await;
    assert_eq!(server.writes(), 12 + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_attempt_does_not_mend_has_an_exit_code_of_its_own() {
    let server = ApiServer::start().await;
    let program = Program::new(&server.kubeconfig());
    server.give("usersvc-keys", &[("token-keys", "")]);
    let output = program.run(TABLE, &[]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("certs: the Secret `usersvc-keys` has no `card-fingerprint-keys`, "));

    let output = program.run("services: {}", &[]).await;
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output), "certs: the table has no services\n");

    let output = program.run(TABLE, &["--databases", "db.example.com"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("expected `given`, `bundled` or HOST:PORT, such as db.example.com:5432"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_api_server_is_told_with_what_it_takes() {
    let server = ApiServer::start().await;
    let program = Program::new(&server.kubeconfig());
    let output = program.run(TABLE, &["--namespace", "nowhere"]).await;
    assert_eq!(output.status.code(), Some(1));
    let sentence = "certs: there is no namespace `nowhere`: expected it to exist before its Secrets: ";
    assert!(stderr(&output).starts_with(sentence), "{}", stderr(&output));

    server.forbid();
    let output = program.run(TABLE, &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let sentence = format!(
        "certs: the API server does not let this account get the Secret `calculatorsvc-tls` in the namespace `{NAMESPACE}`: \
         expected a Role with get, create and patch on secrets there: "
    );
    assert!(stderr(&output).starts_with(&sentence), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_is_away_is_told_by_its_address() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let server = ApiServer::start().await;
    let kubeconfig: serde_json::Value = serde_json::from_str(&server.kubeconfig()).unwrap();
    let away = kubeconfig["clusters"][0]["cluster"]["server"].as_str().unwrap();
    let program = Program::new(&server.kubeconfig().replace(away, &format!("http://{nobody}")));
    let output = program.run(TABLE, &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let sentence = format!("certs: could not reach the API server at http://{nobody}/: ");
    assert!(stderr(&output).starts_with(&sentence), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_cluster_it_says_what_it_looked_for() {
    let program = Program::new("no kubeconfig");
    let output = program.run(TABLE, &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let sentence = "certs: there is no cluster: expected a pod with the token of its account, or a kubeconfig: ";
    assert!(stderr(&output).starts_with(sentence), "{}", stderr(&output));
}

#[tokio::test]
async fn who_is_overtaken_begins_anew_and_who_always_is_gives_up() {
    let stage = Stage::new(Databases::Bundled).await;
    stage.server.overtake(3);
    assert_eq!(stage.run().await.wrong, []);
    assert_eq!(stage.server.secrets().len(), 12);
    stage.server.take("usersvc-keys", &[]);
    stage.server.overtake(usize::MAX);
    let gave_up = stage.try_run(certs::Renew::Due).await;
    assert_eq!(
        gave_up.map(|_| ()).unwrap_err().to_string(),
        "somebody else keeps changing the Secrets: gave up after 10 attempts"
    );
}
