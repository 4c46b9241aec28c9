//! The program where there is no service, or nobody signed in.

use std::process::{Command, Output};

use crate::world::file;

fn counterfoil(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(arguments)
        .env_clear()
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn without_somebody_signed_in_it_says_how_to() {
    for (arguments, code) in [(&["orders", "list"][..], 1), (&["reconcile"], 2)] {
        let output = counterfoil(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert_eq!(
            said(&output),
            "counterfoil: nobody is signed in: give --token (or COUNTERFOIL_TOKEN), or --email with --password-file\n"
        );
    }
}

#[test]
fn where_nobody_answers_nothing_could_be_compared() {
    let nowhere = ["--endpoint", "http://127.0.0.1:1", "--token", "secret-token"];
    for (arguments, code) in [
        (&["orders", "list"][..], 1),
        (&["reconcile"], 2),
        (&["reconcile", "--fix"], 2),
    ] {
        let output = counterfoil(&[arguments, &nowhere].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let said = said(&output);
        assert!(said.contains("PEER_UNAVAILABLE"), "{said}");
        assert!(!said.contains("secret-token"), "{said}");
    }
}

#[test]
fn signing_in_needs_a_password_that_is_never_an_argument() {
    let output = counterfoil(&["orders", "list", "--email", "ada@example.com"]);
    assert_eq!(said(&output), "counterfoil: --email needs --password-file\n");
    let directory = tempfile::tempdir().unwrap();
    let password = file(&directory, "of no use\n");
    let nowhere = [
        "--endpoint",
        "http://127.0.0.1:1",
        "--password-file",
        password.to_str().unwrap(),
    ];
    let output = counterfoil(&[&["orders", "list", "--email", "ada@example.com"], &nowhere[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(
        said.starts_with(
            "counterfoil: could not sign in at http://127.0.0.1:1: PEER_UNAVAILABLE: the peer cannot be reached: \
             could not connect: Connection refused"
        ),
        "{said}"
    );
}

#[test]
fn a_token_in_the_environment_is_not_shown_in_the_help() {
    let output = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(["reconcile", "--help"])
        .env("COUNTERFOIL_TOKEN", "secret-token")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        help.contains("COUNTERFOIL_TOKEN") && help.contains("--pending-for"),
        "{help}"
    );
    assert!(!help.contains("secret-token"), "{help}");
}

#[test]
fn a_state_that_does_not_exist_is_refused_before_anybody_is_asked() {
    for arguments in [
        &["orders", "list", "--status", "lost"][..],
        &["orders", "list", "--checkout", "unspecified"],
        &["payments", "refund", "an-id", "--amount", "0"],
        &["reconcile", "--pending-for", "soon"],
    ] {
        assert_eq!(counterfoil(arguments).status.code(), Some(2), "{arguments:?}");
    }
}
