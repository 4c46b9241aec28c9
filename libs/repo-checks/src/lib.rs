//! The rules of this repository, as tests.
//!
//! A rule that is only written down is broken by the third person in a hurry. What a reader may rely on
//! (which crate may use which, where a fact lives, what a service is made of) is asserted in `tests/`;
//! this library only knows how to look at the tree. When a rule stops a better design, change the rule.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// The checkout.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    /// Every file that could be committed, relative to the root.
    files: Vec<PathBuf>,
}

/// One package of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Name as in its manifest.
    pub name: String,
    /// Directory, relative to the root.
    pub dir: PathBuf,
    /// What the package itself is built of.
    pub dependencies: BTreeSet<String>,
    /// Those of them that only a feature brings in, such as `testing`.
    pub optional: BTreeSet<String>,
    /// What its tests need besides.
    pub dev_dependencies: BTreeSet<String>,
    /// Dependencies that do not take their version from the workspace.
    pub own_versions: BTreeSet<String>,
    /// The manifest inherits the workspace's lints.
    pub inherits_lints: bool,
}

impl Tree {
    /// The tree this crate was compiled in.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open() -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let mut files = Vec::new();
        walk(&root, &root, &mut files)?;
        files.sort();
        Ok(Self { root, files })
    }

    /// Every file, relative to the root.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Files with this extension below a directory (`""` is everything).
    pub fn below<'a>(&'a self, dir: &'a str, extension: &'a str) -> impl Iterator<Item = &'a Path> {
        self.files
            .iter()
            .map(PathBuf::as_path)
            .filter(move |path| path.starts_with(dir) && path.extension().is_some_and(|found| found == extension))
    }

    /// The text of a file.
    ///
    /// # Errors
    /// It is not there or is not text.
    pub fn read(&self, path: impl AsRef<Path>) -> anyhow::Result<String> {
        let path = path.as_ref();
        fs::read_to_string(self.root.join(path)).with_context(|| format!("could not read {}", path.display()))
    }

    /// The file or directory exists.
    pub fn has(&self, path: impl AsRef<Path>) -> bool {
        self.root.join(path).exists()
    }

    /// The directories of services: one each, `all-in-one` among them.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn services(&self) -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join("services"))? {
            let entry = entry?;
            if entry.path().join("Cargo.toml").exists() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Every package of the workspace.
    ///
    /// # Errors
    /// A manifest cannot be read.
    pub fn packages(&self) -> anyhow::Result<Vec<Package>> {
        self.files
            .iter()
            .filter(|path| path.ends_with("Cargo.toml") && path.components().count() > 1)
            .map(|path| self.package(path))
            .collect()
    }

    fn package(&self, manifest: &Path) -> anyhow::Result<Package> {
        let parsed: toml::Table = self
            .read(manifest)?
            .parse()
            .with_context(|| format!("{} is not TOML", manifest.display()))?;
        let name = parsed
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(toml::Value::as_str)
            .with_context(|| format!("{} names no package", manifest.display()))?;
        let table = |key: &str| {
            parsed
                .get(key)
                .and_then(toml::Value::as_table)
                .cloned()
                .unwrap_or_default()
        };
        let (normal, dev) = (table("dependencies"), table("dev-dependencies"));
        let own_versions = normal
            .iter()
            .chain(dev.iter())
            .filter(|(used, spec)| *used != name && !flag(spec, "workspace"))
            .map(|(name, _)| name.clone())
            .collect();
        Ok(Package {
            name: name.to_owned(),
            dir: manifest.parent().unwrap_or(Path::new("")).to_owned(),
            dependencies: normal.keys().cloned().collect(),
            optional: normal
                .iter()
                .filter(|(_, spec)| flag(spec, "optional"))
                .map(|(name, _)| name.clone())
                .collect(),
            dev_dependencies: dev.keys().cloned().collect(),
            own_versions,
            inherits_lints: table("lints").get("workspace").and_then(toml::Value::as_bool) == Some(true),
        })
    }
}

fn flag(spec: &toml::Value, key: &str) -> bool {
    spec.get(key).and_then(toml::Value::as_bool) == Some(true)
}

fn walk(root: &Path, dir: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    const LEFT_OUT: [&str; 5] = [".git", ".tools", "target", "node_modules", "third_party"];
    for entry in fs::read_dir(dir).with_context(|| format!("could not read {}", dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) {
                walk(root, &path, files)?;
            }
        } else {
            files.push(path.strip_prefix(root)?.to_owned());
        }
    }
    Ok(())
}
