//! The generator against this repository, and against contracts it must refuse.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A scratch repository with our options, the contracts of others and one contract of its own.
fn scratch(contract: &str) -> io::Result<TempDir> {
    let scratch = tempfile::tempdir()?;
    let protos = contractgen::workspace_root().join("protos");
    for directory in ["counterfoil", "third_party"] {
        copy(&protos.join(directory), &scratch.path().join("protos").join(directory))?;
    }
    let own = scratch.path().join("protos/thing/v1");
    fs::create_dir_all(&own)?;
    fs::write(own.join("thing.proto"), contract)?;
    Ok(scratch)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// A contract with one method that has these options and one message with these fields.
fn contract(options: &str, fields: &str) -> String {
    format!(
        r#"syntax = "proto3";
// Things.
package thing.v1;
import "buf/validate/validate.proto";
import "counterfoil/options/v1/options.proto";
import "google/api/annotations.proto";
// Keeps things.
service ThingService {{
  // Shows a thing.
  rpc GetThing(GetThingRequest) returns (GetThingResponse) {{ {options} }}
}}
// Which thing.
message GetThingRequest {{ {fields} }}
// The thing.
message GetThingResponse {{}}
"#
    )
}

const OPTIONS: &str = r#"
    option (counterfoil.options.v1.access) = {level: LEVEL_SELF};
    option (google.api.http) = {get: "/v1/things/{id}"};
    option idempotency_level = NO_SIDE_EFFECTS;"#;

const FIELDS: &str = "
    // The id, a UUID.
    string id = 1 [(buf.validate.field).string.uuid = true];";

/// Why such a contract is refused.
fn refusal(options: &str, fields: &str) -> io::Result<String> {
    let scratch = scratch(&contract(options, fields))?;
    match contractgen::generate(scratch.path()) {
        Ok(_) => Err(io::Error::other("it is not refused")),
        Err(error) => Ok(format!("{error:#}")),
    }
}

#[test]
fn what_is_committed_follows_from_the_contracts() {
    let stale = contractgen::generate(&contractgen::workspace_root())
        .unwrap()
        .stale()
        .unwrap();
    assert!(stale.is_empty(), "run make generate: {stale:?}");
}

#[test]
fn a_scratch_repository_is_generated_and_drift_is_named() {
    let scratch = scratch(&contract(OPTIONS, FIELDS)).unwrap();
    let generated = contractgen::generate(scratch.path()).unwrap();
    assert!(!generated.write().unwrap().is_empty());
    assert!(generated.stale().unwrap().is_empty());

    let code = PathBuf::from("libs/api/src/gen/thing.v1.rs");
    let orphan = PathBuf::from("docs/reference/gone.v1.md");
    fs::write(scratch.path().join(&code), "changed by hand").unwrap();
    fs::write(scratch.path().join(&orphan), "of a package that is gone").unwrap();
    assert_eq!(generated.stale().unwrap(), [orphan.clone(), code]);

    generated.write().unwrap();
    assert!(generated.stale().unwrap().is_empty());
    assert!(!scratch.path().join(orphan).exists());
}

#[test]
fn two_runs_generate_the_same() {
    let root = contractgen::workspace_root();
    let (first, second) = (
        contractgen::generate(&root).unwrap(),
        contractgen::generate(&root).unwrap(),
    );
    assert!(first == second);
}

#[test]
fn a_method_has_to_say_who_may_call_it() {
    let options = OPTIONS.replace("option (counterfoil.options.v1.access) = {level: LEVEL_SELF};", "");
    let refusal = refusal(&options, FIELDS).unwrap();
    assert!(refusal.contains("thing.v1.ThingService/GetThing"), "{refusal}");
    assert!(refusal.contains("who may call it"), "{refusal}");
}

#[test]
fn a_method_for_services_names_its_permission() {
    let refusal = refusal(&OPTIONS.replace("LEVEL_SELF", "LEVEL_SERVICE"), FIELDS).unwrap();
    assert!(refusal.contains("names no permission"), "{refusal}");
}

#[test]
fn a_method_says_whether_it_changes_something() {
    let refusal = refusal(
        &OPTIONS.replace("option idempotency_level = NO_SIDE_EFFECTS;", ""),
        FIELDS,
    )
    .unwrap();
    assert!(refusal.contains("NO_SIDE_EFFECTS"), "{refusal}");
}

#[test]
fn a_method_has_a_path_of_fields_that_exist() {
    let missing = refusal(
        &OPTIONS.replace(r#"option (google.api.http) = {get: "/v1/things/{id}"};"#, ""),
        FIELDS,
    )
    .unwrap();
    assert!(missing.contains("google.api.http"), "{missing}");
    let unknown = refusal(&OPTIONS.replace("{id}", "{name}"), FIELDS).unwrap();
    assert!(unknown.contains("{name}"), "{unknown}");
}

#[test]
fn a_rule_that_would_not_be_checked_is_refused_by_name() {
    let pattern = refusal(OPTIONS, &FIELDS.replace("uuid = true", r#"pattern = "^a$""#)).unwrap();
    assert!(pattern.contains("thing.v1.GetThingRequest.id"), "{pattern}");
    assert!(pattern.contains("string.pattern"), "{pattern}");
    let misfit = refusal(OPTIONS, &FIELDS.replace("string.uuid = true", "int32.gt = 0")).unwrap();
    assert!(misfit.contains("does not fit"), "{misfit}");
}

#[test]
fn a_list_from_callers_has_a_limit() {
    let fields = format!("{FIELDS}\n// Names.\nrepeated string names = 2;");
    let refusal = refusal(OPTIONS, &fields).unwrap();
    assert!(refusal.contains("thing.v1.GetThingRequest.names"), "{refusal}");
    assert!(refusal.contains("max_items"), "{refusal}");
}

#[test]
fn a_field_is_explained() {
    let refusal = refusal(OPTIONS, &format!("{FIELDS}\n\nbool loud = 2;")).unwrap();
    assert!(
        refusal.contains("thing.v1.GetThingRequest.loud has no comment"),
        "{refusal}"
    );
}
