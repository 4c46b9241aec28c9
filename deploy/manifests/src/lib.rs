//! The renderings of kustomize and Helm that are committed in `golden/`, to be asked about.
//!
//! `scripts/check-manifests.sh` proves that they are fresh; the tests of this crate read them and need no tool. What a
//! workload must be is asserted for every one there is, so a new service is held to it without a test of its own.

mod changes;
mod pod;

use std::{fs, path::Path};

use anyhow::Context as _;
use serde::Deserialize as _;
use serde_json::Value;

pub use changes::changes;
pub use pod::{Container, Pod};

/// One rendering: every object that would be applied.
#[derive(Debug, Clone)]
pub struct Rendered {
    objects: Vec<Object>,
}

/// One object of the API.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// `Deployment`, `Service`, …
    pub kind: String,
    /// Its name, without the hash that kustomize gives to ConfigMaps.
    pub name: String,
    /// All of it.
    pub value: Value,
}

impl Rendered {
    /// A committed rendering: `dev`, `helm-staging`.
    ///
    /// # Errors
    /// It is not there or is not YAML.
    pub fn golden(name: &str) -> anyhow::Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("golden")
            .join(format!("{name}.yaml"));
        let text = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("could not read {}", path.display()))
    }

    /// The documents of a file; empty ones are left out.
    ///
    /// # Errors
    /// It is not YAML, or a document is no object of the API.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let documents: Vec<Value> = serde_norway::Deserializer::from_str(text)
            .map(Value::deserialize)
            .collect::<Result<_, _>>()?;
        let objects = documents.into_iter().filter(|document| !document.is_null());
        Ok(Self {
            objects: objects.map(Object::of).collect::<anyhow::Result<_>>()?,
        })
    }

    /// Every object, in the order of the rendering.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Every object of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }

    /// One object.
    pub fn find(&self, kind: &str, name: &str) -> Option<&Object> {
        self.of_kind(kind).find(|object| object.name == name)
    }

    /// Every workload: what makes pods, and what they are.
    pub fn pods(&self) -> impl Iterator<Item = (&Object, Pod<'_>)> {
        self.objects
            .iter()
            .filter_map(|object| Some((object, Pod::of(&object.value)?)))
    }

    /// The Deployments that are services of ours.
    pub fn services(&self) -> impl Iterator<Item = (&Object, Pod<'_>)> {
        self.pods()
            .filter(|(object, _)| object.label("app.kubernetes.io/component") == Some("service"))
    }
}

impl Object {
    fn of(value: Value) -> anyhow::Result<Self> {
        let text = |pointer: &str| {
            let found = value.pointer(pointer).and_then(Value::as_str);
            found
                .map(str::to_owned)
                .with_context(|| format!("a document has no {pointer}"))
        };
        let kind = text("/kind")?;
        let mut name = text("/metadata/name")?;
        if kind == "ConfigMap" {
            name = without_hash(&name).to_owned();
        }
        Ok(Self { kind, name, value })
    }

    /// What is at a JSON pointer; null where nothing is.
    pub fn at(&self, pointer: &str) -> &Value {
        self.value.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// One of its labels.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.at("/metadata/labels").get(key)?.as_str()
    }
}

/// A name without the ten characters that kustomize adds for the content.
pub fn without_hash(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((stem, hash))
            if hash.len() == 10
                && hash.bytes().any(|byte| byte.is_ascii_digit())
                && hash
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) =>
        {
            stem
        }
        _ => name,
    }
}
