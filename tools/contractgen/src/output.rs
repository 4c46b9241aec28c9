use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// Directories that hold generated files and nothing else.
const OWNED: [&str; 2] = ["libs/api/src/gen", "docs/reference"];

/// Generated files, not written yet.
#[derive(PartialEq, Eq)]
pub struct Generated {
    root: PathBuf,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Generated {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            files: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }

    /// Files that differ from the contracts: changed, missing, or no longer generated. Paths from the root.
    ///
    /// # Errors
    /// A directory or file cannot be read.
    pub fn stale(&self) -> anyhow::Result<Vec<PathBuf>> {
        let on_disk = self.on_disk()?;
        let outdated = self
            .files
            .iter()
            .filter(|(path, content)| on_disk.get(*path) != Some(*content));
        let orphans = on_disk.keys().filter(|path| !self.files.contains_key(*path));
        let mut stale: Vec<PathBuf> = outdated.map(|(path, _)| path).chain(orphans).cloned().collect();
        stale.sort();
        Ok(stale)
    }

    /// Writes what is stale, removes what is no longer generated, and tells which those were.
    ///
    /// # Errors
    /// A file cannot be read, written or removed.
    pub fn write(&self) -> anyhow::Result<Vec<PathBuf>> {
        let stale = self.stale()?;
        for path in &stale {
            let target = self.root.join(path);
            let done = match self.files.get(path) {
                Some(content) => write_file(&target, content),
                None => fs::remove_file(&target),
            };
            done.with_context(|| format!("could not write {}", target.display()))?;
        }
        Ok(stale)
    }

    fn on_disk(&self) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
        let mut found = BTreeMap::new();
        for directory in OWNED {
            let absolute = self.root.join(directory);
            if !absolute.exists() {
                continue;
            }
            let entries = fs::read_dir(&absolute).with_context(|| format!("could not list {}", absolute.display()))?;
            for entry in entries {
                let path = entry?.path();
                let content = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
                let name = path.file_name().unwrap_or_default();
                found.insert(Path::new(directory).join(name), content);
            }
        }
        Ok(found)
    }
}

fn write_file(target: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(directory) = target.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(target, content)
}
