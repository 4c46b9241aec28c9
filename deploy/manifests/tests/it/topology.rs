//! `platform::topology`, read as text: so these tests are compiled in seconds, and by nothing that they judge.

use std::{fs, path::Path};

/// A service as the topology has it.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) port: u64,
    pub(crate) database: Option<String>,
}

fn source() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../libs/platform/src/topology.rs");
    fs::read_to_string(path).unwrap()
}

/// Every service.
pub(crate) fn places() -> Vec<Place> {
    let source = source();
    let places: Vec<Place> = source
        .split(": Place = Place {")
        .skip(1)
        .map(|text| {
            let field = |name: &str| {
                let (_, rest) = text.split_once(&format!("    {name}: ")).unwrap();
                rest.split_once(",\n").unwrap().0.to_owned()
            };
            let database = field("database");
            Place {
                name: field("name").trim_matches('"').to_owned(),
                port: field("port").parse().unwrap(),
                database: database.split('"').nth(1).map(str::to_owned),
            }
        })
        .collect();
    assert!(places.len() >= 4 && places.iter().any(|place| place.database.is_some()));
    places
}

/// The port that every process has under this name: `HEALTH_PORT`.
pub(crate) fn port(name: &str) -> u64 {
    let source = source();
    let (_, rest) = source.split_once(&format!("pub const {name}: u16 = ")).unwrap();
    rest.split_once(';').unwrap().0.parse().unwrap()
}
