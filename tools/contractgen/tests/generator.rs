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

/// A field of each shape with each rule the generator knows.
const EVERY_RULE: &str = r#"
    // The id, a UUID.
    string id = 1 [(buf.validate.field).string.uuid = true];
    // A name.
    optional string name = 2 [(buf.validate.field).string = {min_len: 1, max_len: 8}];
    // A part that has to be there.
    Part part = 3 [(buf.validate.field).required = true];
    // A part that may be there.
    Part other = 4;
    // Some bytes.
    bytes content = 5 [(buf.validate.field).bytes.max_len = 8];
    // A share.
    double share = 6 [(buf.validate.field).double = {gt: 0, lt: 1.5, finite: true}];
    // A size that is there.
    optional int64 size = 7 [(buf.validate.field).int64.gte = 1];
    // A step.
    int32 step = 8 [(buf.validate.field).required = true, (buf.validate.field).int32 = {in: [1, 2], not_in: [7]}];
    // Sizes.
    repeated uint32 sizes = 9 [(buf.validate.field).repeated = {max_items: 3, items: {uint32: {lt: 9}}}];
    // Sizes by name.
    map<string, int32> named = 10 [(buf.validate.field).map = {
      max_pairs: 3
      keys: {string: {max_len: 4}}
      values: {int32: {lte: 9}}
    }];
    // Parts by name.
    map<string, Part> parts = 11 [(buf.validate.field).map = {max_pairs: 3, keys: {string: {max_len: 4}}}];
    // Names.
    repeated string type = 12 [(buf.validate.field).repeated = {max_items: 3, items: {string: {len: 2}}}];
    // A part of it.
    message Part {
      // What kind it is.
      enum Kind {
        // Not said.
        KIND_UNSPECIFIED = 0;
        // Usual.
        KIND_USUAL = 1;
        // Rare.
        KIND_RARE = 5;
      }
      // The kind.
      Kind kind = 1 [(buf.validate.field).enum = {defined_only: true, not_in: [0]}];
      // The part it is in.
      Part parent = 2;
    }
"#;

#[test]
fn every_rule_it_knows_becomes_code() {
    let scratch = scratch(&contract(OPTIONS, EVERY_RULE)).unwrap();
    contractgen::generate(scratch.path()).unwrap().write().unwrap();
    let code = fs::read_to_string(scratch.path().join("libs/api/src/gen/thing.v1.rs")).unwrap();
    for expected in [
        "impl ::wire::Validate for get_thing_request::Part",
        "must be greater than 0.0 and less than 1.5",
        "must be one of 1, 2",
        "must be none of 7",
        "must have at most 8 bytes",
        "0..= 1 | 5",
    ] {
        assert!(code.contains(expected), "{expected}");
    }
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
