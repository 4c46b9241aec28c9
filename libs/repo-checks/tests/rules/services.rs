//! Every service is whole.

use crate::{assert_none, tree};

fn services() -> Vec<String> {
    tree()
        .services()
        .unwrap()
        .into_iter()
        .filter(|name| name.ends_with("svc"))
        .collect()
}

#[test]
fn every_service_has_all_its_rooms() {
    let tree = tree();
    let mut offenders = Vec::new();
    for service in services() {
        let domain = service.trim_end_matches("svc");
        for room in [
            format!("services/{service}/README.md"),
            format!("services/{service}/src/main.rs"),
            format!("services/{service}/src/config.rs"),
            format!("services/{service}/src/compose.rs"),
            format!("services/{service}/src/grpc.rs"),
            format!("services/{service}/tests/it/main.rs"),
            format!("services/{service}/core/src/lib.rs"),
            format!("protos/{domain}/v1/{domain}.proto"),
            format!("docs/reference/{domain}.v1.md"),
        ] {
            if !tree.has(&room) {
                offenders.push(format!("{room} is missing"));
            }
        }
    }
    assert_none("a service is complete or it is not there", &offenders);
}

#[test]
fn every_service_is_known_to_the_topology_and_runs_in_all_in_one() {
    let tree = tree();
    let topology = tree.read("libs/platform/src/topology.rs").unwrap();
    let all_in_one = tree.read("services/all-in-one/Cargo.toml").unwrap();
    let readme = tree.read("README.md").unwrap();
    let mut offenders = Vec::new();
    for service in services() {
        for (place, text) in [
            ("platform::topology", &topology),
            ("services/all-in-one/Cargo.toml", &all_in_one),
            ("README.md", &readme),
        ] {
            if !text.contains(&service) {
                offenders.push(format!("{service} is not in {place}"));
            }
        }
    }
    assert_none("a service that nobody starts is dead", &offenders);
}

#[test]
fn every_readme_of_a_service_answers_the_same_questions() {
    let tree = tree();
    let mut offenders = Vec::new();
    for service in services() {
        let text = tree.read(format!("services/{service}/README.md")).unwrap();
        for heading in ["## API", "## Events", "## Tables", "## Configuration"] {
            if !text.contains(heading) {
                offenders.push(format!("services/{service}/README.md has no section `{heading}`"));
            }
        }
    }
    assert_none("the README of a service", &offenders);
}

#[test]
fn every_make_target_that_the_readme_names_exists() {
    let tree = tree();
    let makefile = tree.read("Makefile").unwrap();
    let mut offenders = Vec::new();
    for line in tree.read("README.md").unwrap().lines() {
        for rest in line.split("make ").skip(1) {
            let target: String = rest
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
                .collect();
            let in_code = line.contains(&format!("`make {target}")) || line.trim_start().starts_with("make ");
            if in_code
                && !target.is_empty()
                && !makefile.contains(&format!("\n{target}:"))
                && !makefile.contains(&format!(" {target}:"))
            {
                offenders.push(format!("make {target}"));
            }
        }
    }
    assert_none("the README promises what the Makefile has", &offenders);
}
