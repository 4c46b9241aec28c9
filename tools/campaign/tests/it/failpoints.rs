use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use campaign::Program;

/// A place that the campaign does not know would never be tried; one that is gone would be waited for.
#[test]
fn the_campaign_knows_every_failpoint_of_the_sources_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for program in Program::ALL {
        let mut found = BTreeSet::new();
        for file in rust_files(&root.join(program.sources())) {
            let text = fs::read_to_string(file).unwrap();
            let literals = text.split('"').skip(1).step_by(2);
            found.extend(literals.filter(|text| is_failpoint(text)).map(str::to_owned));
        }
        let known: BTreeSet<String> = program.failpoints().map(str::to_owned).collect();
        assert_eq!(found, known, "{}", program.name());
    }
}

/// Nothing else is called so.
fn is_failpoint(text: &str) -> bool {
    let name = text.strip_suffix(".before").or_else(|| text.strip_suffix(".after"));
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.')))
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
