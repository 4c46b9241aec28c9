//! The process really ends, and only where it was told to.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    os::unix::process::ExitStatusExt,
    process::{Command, Output},
};

const ABORTED: i32 = 6;

/// Also what the other tests run in a process of their own.
#[test]
fn nothing_ends_where_no_failpoint_is_set() {
    for name in ["save.before", "save.after", "save.before", "save.after"] {
        failpoint::hit(name);
    }
}

fn with_failpoint(value: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_ends_where_no_failpoint_is_set", "--nocapture"])
        .env("FAILPOINT", value)
        .output()
        .unwrap()
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn a_process_ends_at_the_place_and_time_it_was_told() {
    for value in ["save.after", "save.before=2", "other=1,save.after=2"] {
        let output = with_failpoint(value);
        assert_eq!(output.status.signal(), Some(ABORTED), "{value}: {output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        let name = value.rsplit(',').next().unwrap().split('=').next().unwrap();
        assert!(told.contains(&format!("{}{name}\n", failpoint::TOLD)), "{told}");
    }
}

#[test]
fn a_process_lives_on_when_it_never_comes_to_the_place() {
    for value in ["", "save.before=3", "elsewhere"] {
        let output = with_failpoint(value);
        assert!(output.status.success(), "{value}: {output:?}");
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn a_variable_that_cannot_be_read_ends_the_process_too() {
    let output = with_failpoint("save.before=soon");
    assert_eq!(output.status.signal(), Some(ABORTED));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("expected `name` or `name=N`")
    );
}
