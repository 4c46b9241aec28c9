//! Makes a new service: contract, two crates, README, tests, and every place that must know of it.
//!
//! Manifests and `main.rs` are those of calculatorsvc, renamed, so that they are never stale; what differs
//! between domains comes from `template/`.

mod manifests;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};

const MODEL: &str = "calculator";

/// What calculatorsvc needs for its streams and tests, and a new service does not.
const UNNEEDED: &[&str] = &["async-stream.", "tokio-stream.", "tonic-reflection.", "thiserror."];

/// Names that would be mistaken for something else.
const RESERVED: &[&str] = &[
    "api",
    "as",
    "async",
    "await",
    "box",
    "break",
    "common",
    "config",
    "const",
    "continue",
    "core",
    "counterfoil",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gateway",
    "google",
    "grpc",
    "identity",
    "if",
    "impl",
    "in",
    "kernel",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "platform",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "service",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "testkit",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "utils",
    "virtual",
    "where",
    "while",
    "wire",
    "yield",
];

/// What a domain may be called.
///
/// # Errors
/// It may not be called that; the text says why.
pub fn check(root: &Path, domain: &str) -> anyhow::Result<()> {
    ensure!(
        !domain.is_empty(),
        "a new service needs the name of what it is about: make new-service NAME=shipping"
    );
    ensure!(
        (2..=30).contains(&domain.len()) && domain.bytes().all(|byte| byte.is_ascii_lowercase()),
        "`{domain}` cannot be the name of a service: expected 2 to 30 lower-case letters, such as shipping"
    );
    ensure!(
        !domain.ends_with("svc"),
        "`{domain}` is the name of a process: expected what it is about, such as `{}`",
        domain.trim_end_matches("svc")
    );
    ensure!(
        !RESERVED.contains(&domain),
        "`{domain}` means something else here: expected the noun of a domain, such as shipping"
    );
    for taken in [format!("services/{domain}svc"), format!("protos/{domain}")] {
        ensure!(
            !root.join(&taken).exists(),
            "`{domain}` is taken: {taken} exists already"
        );
    }
    Ok(())
}

/// Makes the service in the repository at `root`; answers what was written.
///
/// # Errors
/// The name cannot be used, or the repository is not as expected; nothing is written before the name is
/// known to be good.
pub fn make(root: &Path, domain: &str) -> anyhow::Result<Vec<PathBuf>> {
    check(root, domain)?;
    let mut making = Making::new(root, domain)?;
    making.contract()?;
    making.crates()?;
    making.wiring()?;
    making.manifests()?;
    let generated = contractgen::generate(root).context("the contracts cannot be generated")?;
    making.written.extend(generated.write()?);
    Ok(making.written)
}

struct Making<'a> {
    root: &'a Path,
    domain: &'a str,
    title: String,
    port: u16,
    written: Vec<PathBuf>,
}

impl<'a> Making<'a> {
    fn new(root: &'a Path, domain: &'a str) -> anyhow::Result<Self> {
        let (first, rest) = domain.split_at(1);
        Ok(Self {
            root,
            domain,
            title: format!("{}{rest}", first.to_uppercase()),
            port: next_port(&read(root, TOPOLOGY)?)?,
            written: Vec::new(),
        })
    }

    fn contract(&mut self) -> anyhow::Result<()> {
        let path = format!("protos/{0}/v1/{0}.proto", self.domain);
        self.template(&path, include_str!("../template/contract.proto"))
    }

    fn crates(&mut self) -> anyhow::Result<()> {
        let service = format!("services/{}svc", self.domain);
        for (path, text) in [
            ("README.md", include_str!("../template/README.md")),
            ("core/src/lib.rs", include_str!("../template/core-lib.rs")),
            ("core/src/echo.rs", include_str!("../template/core-echo.rs")),
            ("src/lib.rs", include_str!("../template/lib.rs")),
            ("src/compose.rs", include_str!("../template/compose.rs")),
            ("src/config.rs", include_str!("../template/config.rs")),
            ("src/grpc.rs", include_str!("../template/grpc.rs")),
            ("tests/it/main.rs", include_str!("../template/tests.rs")),
        ] {
            self.template(&format!("{service}/{path}"), text)?;
        }
        for path in ["Cargo.toml", "core/Cargo.toml", "src/main.rs"] {
            let model = read(self.root, &format!("services/{MODEL}svc/{path}"))?;
            self.write(&format!("{service}/{path}"), &self.renamed(&model))?;
        }
        Ok(())
    }

    fn wiring(&mut self) -> anyhow::Result<()> {
        let domain = self.domain;
        self.edit("Cargo.toml", |text| {
            let core = format!("{domain}-core = {{ path = \"services/{domain}svc/core\" }}\n");
            let service = format!("{domain}svc = {{ path = \"services/{domain}svc\" }}\n");
            insert_sorted(
                &insert_sorted(text, "[workspace.dependencies]\n", &core)?,
                "[workspace.dependencies]\n",
                &service,
            )
        })?;
        self.edit("services/all-in-one/Cargo.toml", |text| {
            insert_sorted(text, "[dependencies]\n", &format!("{domain}svc.workspace = true\n"))
        })?;
        let line = format!("        hosted::<{domain}svc::{}svc>(),\n", self.title);
        self.edit("services/all-in-one/src/services.rs", |text| {
            insert_before(text, "    ]\n}", &line)
        })?;
        let grant = format!("    (\"{domain}svc\", &[]),\n");
        self.edit("services/authsvc/core/src/service.rs", |text| {
            insert_before(text, "];\n", &grant)
        })?;
        let row = format!("| [{domain}svc](services/{domain}svc/README.md) | what it is for |\n");
        self.edit("README.md", |text| insert_after_line(text, "| [calculatorsvc]", &row))?;
        let upper = domain.to_uppercase();
        let place = format!(
            "/// What this is, in a few words.\npub const {upper}SVC: Place = Place {{\n    name: \"{domain}svc\",\n    \
             domain: \"{domain}\",\n    port: {},\n    database: None,\n}};\n\n",
            self.port
        );
        self.edit(TOPOLOGY, |text| {
            let text = insert_before(text, "/// Every service, by port.", &place)?;
            insert_before(&text, "];\n\n/// Native gRPC", &format!(", {upper}SVC"))
        })
    }

    fn manifests(&mut self) -> anyhow::Result<()> {
        let mut files = manifests::directory(self.root, self.domain, self.port)?;
        files.extend(manifests::lists(self.root, self.domain, &self.title, self.port)?);
        for (path, text) in files {
            self.write(&path, &text)?;
        }
        Ok(())
    }

    fn renamed(&self, text: &str) -> String {
        text.lines()
            .filter(|line| !UNNEEDED.iter().any(|name| line.starts_with(name)))
            .map(|line| match line {
                line if line.starts_with("description") && line.contains("Serves") => {
                    format!("description = \"Serves {}.v1.\"", self.domain)
                }
                line if line.starts_with("description") => {
                    format!("description = \"The domain of {}svc.\"", self.domain)
                }
                line => line.replace(MODEL, self.domain).replace("Calculator", &self.title),
            })
            .map(|line| line + "\n")
            .collect()
    }

    fn template(&mut self, path: &str, text: &str) -> anyhow::Result<()> {
        let text = text
            .replace("DOMAIN", self.domain)
            .replace("TITLE", &self.title)
            .replace("UPPER", &self.domain.to_uppercase())
            .replace("PORT", &self.port.to_string());
        self.write(path, &text)
    }

    fn edit(&mut self, path: &str, change: impl FnOnce(&str) -> Option<String>) -> anyhow::Result<()> {
        let text = read(self.root, path)?;
        let changed =
            change(&text).with_context(|| format!("{path} is not as expected: no place for the new service"))?;
        self.write(path, &changed)
    }

    fn write(&mut self, path: &str, text: &str) -> anyhow::Result<()> {
        let full = self.root.join(path);
        if let Some(directory) = full.parent() {
            fs::create_dir_all(directory).with_context(|| format!("could not create {}", directory.display()))?;
        }
        fs::write(&full, text).with_context(|| format!("could not write {path}"))?;
        self.written.push(path.into());
        Ok(())
    }
}

const TOPOLOGY: &str = "libs/platform/src/topology.rs";

fn read(root: &Path, path: &str) -> anyhow::Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("could not read {path}"))
}

/// One more than the highest that is taken.
fn next_port(topology: &str) -> anyhow::Result<u16> {
    let ports = topology.lines().filter_map(|line| {
        line.trim()
            .strip_prefix("port: ")?
            .strip_suffix(',')?
            .parse::<u16>()
            .ok()
    });
    match ports.max() {
        Some(highest) => Ok(highest + 1),
        None => bail!("{TOPOLOGY} is not as expected: it has no ports"),
    }
}

/// Puts a line among the lines after `start`, before the first that sorts after it.
fn insert_sorted(text: &str, start: &str, line: &str) -> Option<String> {
    let from = text.find(start)? + start.len();
    let mut at = from;
    for existing in text[from..].split_inclusive('\n') {
        if existing.trim().is_empty() || existing.starts_with(['[', ']']) || existing > line {
            break;
        }
        at += existing.len();
    }
    Some(format!("{}{line}{}", &text[..at], &text[at..]))
}

fn insert_after_line(text: &str, start: &str, inserted: &str) -> Option<String> {
    let from = text.find(start)?;
    let at = from + text[from..].find('\n')? + 1;
    Some(format!("{}{inserted}{}", &text[..at], &text[at..]))
}

fn insert_before(text: &str, mark: &str, inserted: &str) -> Option<String> {
    let at = text.find(mark)?;
    Some(format!("{}{inserted}{}", &text[..at], &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cannot_be_are_refused_with_a_sentence() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("services/ordersvc")).unwrap();
        for (name, why) in [
            ("", "make new-service NAME=shipping"),
            ("Shipping", "lower-case letters"),
            ("ship-ping", "lower-case letters"),
            ("../etc", "lower-case letters"),
            ("x", "2 to 30"),
            ("shippingsvc", "such as `shipping`"),
            ("match", "means something else"),
            ("utils", "means something else"),
            ("order", "is taken"),
        ] {
            let refused = make(root.path(), name).unwrap_err().to_string();
            assert!(refused.contains(why), "{name}: {refused}");
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_line_is_put_in_its_order() {
        let text = "[dependencies]\nalpha = 1\ncharlie = 1\n\n[other]\nzulu = 1\n";
        let with = |line| insert_sorted(text, "[dependencies]\n", line).unwrap();
        assert_eq!(
            with("bravo = 1\n"),
            "[dependencies]\nalpha = 1\nbravo = 1\ncharlie = 1\n\n[other]\nzulu = 1\n"
        );
        assert_eq!(
            with("delta = 1\n"),
            "[dependencies]\nalpha = 1\ncharlie = 1\ndelta = 1\n\n[other]\nzulu = 1\n"
        );
    }
}
