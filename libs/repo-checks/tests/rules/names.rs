//! How things are called.

use std::path::Path;

use crate::{assert_none, tree};

const SAYS_NOTHING: [&str; 8] = [
    "common", "helper", "helpers", "impl", "manager", "misc", "util", "utils",
];

#[test]
fn names_say_what_is_inside() {
    let tree = tree();
    let offenders: Vec<String> = tree
        .files()
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| {
            path.iter().any(|part| {
                let stem = Path::new(part).file_stem().unwrap_or_default().to_string_lossy();
                SAYS_NOTHING.contains(&stem.as_ref())
            })
        })
        .map(|path| path.display().to_string())
        .collect();
    assert_none("drawers collect what nobody looks for", &offenders);
}

#[test]
fn modules_are_a_file_beside_their_folder() {
    let tree = tree();
    let offenders: Vec<String> = tree
        .below("", "rs")
        .filter(|path| path.file_name().is_some_and(|name| name == "mod.rs"))
        .map(|path| path.display().to_string())
        .collect();
    assert_none("`foo.rs` and `foo/`, never `foo/mod.rs`", &offenders);
}

#[test]
fn packages_are_called_as_their_directory() {
    let mut offenders = Vec::new();
    for package in tree().packages().unwrap() {
        let dir = package
            .dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let expected = if dir == "core" {
            let service = package
                .dir
                .parent()
                .and_then(Path::file_name)
                .unwrap_or_default()
                .to_string_lossy();
            format!("{}-core", service.trim_end_matches("svc"))
        } else {
            dir
        };
        if package.name != expected {
            offenders.push(format!(
                "{} holds package {}, expected {expected}",
                package.dir.display(),
                package.name
            ));
        }
    }
    assert_none("directory, package and binary have one name", &offenders);
}

#[test]
fn a_main_only_hands_over() {
    let tree = tree();
    let mut offenders = Vec::new();
    for path in tree
        .below("services", "rs")
        .filter(|path| path.ends_with("src/main.rs"))
    {
        let lines = tree.read(path).unwrap().lines().count();
        if lines > 25 && !path.starts_with("services/all-in-one") {
            offenders.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert_none("main.rs has at most 25 lines", &offenders);
}

#[test]
fn migrations_say_when_what_and_why_it_is_safe() {
    let tree = tree();
    let mut offenders = Vec::new();
    for path in tree
        .below("", "sql")
        .filter(|path| path.iter().any(|part| part == "migrations") && path.iter().all(|part| part != "tests"))
    {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (stamp, words) = name.split_once('_').unwrap_or((&name, ""));
        let stamped = stamp.len() == 14 && stamp.bytes().all(|byte| byte.is_ascii_digit());
        if !stamped || !words.contains('_') {
            offenders.push(format!(
                "{}: expected YYYYMMDDHHMMSS_<verb>_<thing>.sql",
                path.display()
            ));
        }
        if !tree.read(path).unwrap().starts_with("--") {
            offenders.push(format!(
                "{}: the header says why it is safe under the previous binary",
                path.display()
            ));
        }
    }
    assert_none("migrations", &offenders);
}
