//! One place for each fact.

use std::path::Path;

use crate::{assert_none, tree};

/// Rust that ships: not tests, not generated, not these rules.
fn shipped(tree: &repo_checks::Tree) -> impl Iterator<Item = &Path> {
    tree.below("", "rs").filter(|path| {
        !path
            .iter()
            .any(|part| part == "tests" || part == "gen" || part == "benches")
            && !path.starts_with("libs/repo-checks")
            && !path.starts_with("libs/testkit")
    })
}

/// The file up to its unit tests.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn ports_are_numbered_in_the_topology_only() {
    let tree = tree();
    let mut offenders = Vec::new();
    // A declaration of a setting needs a literal; a test beside it holds it to the topology.
    let homes = ["platform/src/topology.rs", "platform/src/process/settings.rs"];
    for path in shipped(&tree).filter(|path| homes.iter().all(|home| !path.ends_with(home))) {
        for (line, text) in before_tests(&tree.read(path).unwrap()).lines().enumerate() {
            let code = text.split("//").next().unwrap_or(text);
            let words = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            if words
                .into_iter()
                .any(|word| matches!(word, "8081" | "9464" | "9090") || is_service_port(word))
            {
                offenders.push(format!("{}:{}", path.display(), line + 1));
            }
        }
    }
    assert_none("a port number stands in platform::topology", &offenders);
}

fn is_service_port(word: &str) -> bool {
    let digits: String = word.chars().filter(|c| *c != '_').collect();
    digits.len() == 5 && digits.parse::<u32>().is_ok_and(|port| (50_051..50_100).contains(&port))
}

#[test]
fn sqlstates_are_read_in_one_place() {
    let tree = tree();
    let mut offenders = Vec::new();
    for path in shipped(&tree).filter(|path| !path.starts_with("libs/platform/src/postgres")) {
        let text = tree.read(path).unwrap();
        for state in [
            "\"23505\"",
            "\"23503\"",
            "\"40001\"",
            "\"40P01\"",
            "\"57014\"",
            "\"53300\"",
        ] {
            if before_tests(&text).contains(state) {
                offenders.push(format!("{} knows {state}", path.display()));
            }
        }
    }
    assert_none("SQLSTATEs are mapped in platform::postgres", &offenders);
}

#[test]
fn statuses_are_made_in_wire_and_platform() {
    let tree = tree();
    let mut offenders = Vec::new();
    for path in shipped(&tree).filter(|path| path.starts_with("services")) {
        let text = tree.read(path).unwrap();
        for maker in ["Status::internal(", "Status::unknown(", "Status::new("] {
            if before_tests(&text).contains(maker) {
                offenders.push(format!("{} calls {maker}…)", path.display()));
            }
        }
    }
    assert_none("errors leave through wire::status", &offenders);
}

#[test]
fn nothing_is_put_off_in_a_comment() {
    let tree = tree();
    let mut offenders = Vec::new();
    for path in tree.files().iter().filter(|path| !path.starts_with("libs/repo-checks")) {
        let code = path
            .extension()
            .is_some_and(|e| ["rs", "sql", "proto", "sh", "toml", "yaml"].iter().any(|k| e == *k));
        if !code {
            continue;
        }
        for (line, text) in tree.read(path).unwrap().lines().enumerate() {
            if ["TODO", "FIXME", "XXX:", "HACK"].iter().any(|word| text.contains(word)) {
                offenders.push(format!("{}:{}", path.display(), line + 1));
            }
        }
    }
    assert_none("an issue is the place for what is to be done", &offenders);
}

#[test]
fn tests_wait_for_conditions_and_never_sleep() {
    let tree = tree();
    let mut offenders = Vec::new();
    for path in tree
        .below("", "rs")
        .filter(|path| !path.starts_with("libs/repo-checks"))
    {
        let text = tree.read(path).unwrap();
        let is_test_file = path.iter().any(|part| part == "tests");
        let tests = if is_test_file {
            text.as_str()
        } else {
            text.split_once("#[cfg(test)]").map_or("", |(_, t)| t)
        };
        let own_time = tests.contains("start_paused");
        if !own_time && (tests.contains("time::sleep(") || tests.contains("thread::sleep(")) {
            offenders.push(path.display().to_string());
        }
    }
    assert_none(
        "testkit::wait_for, a notification or paused time; never a sleep",
        &offenders,
    );
}
