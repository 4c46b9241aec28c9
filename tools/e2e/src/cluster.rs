//! The cluster as kubectl and helm reach it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{
    forward::Forward,
    program::{Program, until},
};

/// What every service of ours is labelled.
pub(crate) const SERVICES: &str = "app.kubernetes.io/part-of=counterfoil,app.kubernetes.io/component=service";
const ROLLOUT: Duration = Duration::from_secs(180);

/// One cluster, and the repository that is played on it.
#[derive(Debug, Clone)]
pub struct Cluster {
    context: String,
    repository: PathBuf,
    /// Where programs of this repository were built.
    programs: PathBuf,
}

impl Cluster {
    /// The cluster of a context of kubectl; programs of ours are in this directory.
    pub fn new(context: &str, repository: &Path, programs: &Path) -> Self {
        Self {
            context: context.to_owned(),
            repository: repository.to_owned(),
            programs: programs.to_owned(),
        }
    }

    /// A namespace, whether it exists or not.
    pub fn namespace(&self, name: &str) -> Namespace {
        Namespace {
            cluster: self.clone(),
            name: name.to_owned(),
        }
    }

    /// A file of the repository.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.repository.join(path)
    }

    /// A program of ours.
    pub(crate) fn own_program(&self, name: &str) -> Program {
        Program::new(self.programs.join(name))
    }

    pub(crate) fn kubectl(&self) -> Program {
        Program::new("kubectl").args(["--context", &self.context])
    }

    pub(crate) fn helm(&self) -> Program {
        Program::new("helm").args(["--kube-context", &self.context])
    }
}

/// One namespace of a cluster.
#[derive(Debug, Clone)]
pub struct Namespace {
    cluster: Cluster,
    name: String,
}

impl Namespace {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the cluster has of it outside of every namespace goes by this name.
    pub(crate) fn cluster_name(&self) -> String {
        format!("counterfoil:{}", self.name)
    }

    pub(crate) const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(crate) fn kubectl(&self) -> Program {
        self.cluster.kubectl().args(["--namespace", &self.name])
    }

    pub(crate) fn helm(&self) -> Program {
        self.cluster.helm().args(["--namespace", &self.name])
    }

    /// Makes it, with the security that ours have.
    pub(crate) fn make(&self) -> anyhow::Result<()> {
        let manifest = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": self.name,
                "labels": {
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/enforce-version": "latest",
                },
            },
        });
        self.apply(&manifest.to_string())
    }

    pub(crate) fn apply(&self, manifests: &str) -> anyhow::Result<()> {
        self.kubectl()
            .args(["apply", "--filename", "-"])
            .input(manifests)
            .run()?;
        Ok(())
    }

    /// Applies a directory of kustomize.
    pub(crate) fn apply_directory(&self, path: &str) -> anyhow::Result<()> {
        let directory = self.cluster.file(path);
        self.cluster
            .kubectl()
            .args(["apply".as_ref(), "--kustomize".as_ref(), directory.as_os_str()])
            .run()?;
        Ok(())
    }

    /// Waits until every Deployment of ours has rolled out.
    pub(crate) fn rolled_out(&self) -> anyhow::Result<()> {
        let limit = format!("{}s", ROLLOUT.as_secs());
        self.kubectl()
            .args([
                "rollout",
                "status",
                "deployment",
                "--selector",
                SERVICES,
                "--timeout",
                &limit,
            ])
            .within(ROLLOUT + Duration::from_secs(10))
            .run()?;
        Ok(())
    }

    /// One object or a list of them.
    pub(crate) fn get<A: AsRef<std::ffi::OsStr>>(&self, what: impl IntoIterator<Item = A>) -> anyhow::Result<Value> {
        let text = self.kubectl().args(["get", "--output", "json"]).args(what).run()?;
        serde_json::from_str(&text).context("kubectl did not answer with JSON")
    }

    /// The objects of a list.
    pub(crate) fn list<A: AsRef<std::ffi::OsStr>>(
        &self,
        what: impl IntoIterator<Item = A>,
    ) -> anyhow::Result<Vec<Value>> {
        let list = self.get(what)?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    /// The names of the pods of a service that are ready and stay.
    pub(crate) fn ready_pods(&self, service: &str) -> anyhow::Result<Vec<String>> {
        let selector = format!("app.kubernetes.io/name={service}");
        let pods = self.list(["pods", "--selector", &selector])?;
        let ready = |pod: &Value| {
            let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
            let is_ready = |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
            pod.pointer("/metadata/deletionTimestamp").is_none()
                && conditions.is_some_and(|conditions| conditions.iter().any(is_ready))
        };
        let name = |pod: &Value| pod.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned);
        Ok(pods.iter().filter(|pod| ready(pod)).filter_map(name).collect())
    }

    /// Waits until a service has so many pods that are ready, and no other.
    pub(crate) fn has_pods(&self, service: &str, count: usize) -> anyhow::Result<Vec<String>> {
        until(ROLLOUT, || {
            let ready = self.ready_pods(service)?;
            ensure!(
                ready.len() == count,
                "{service} has {} pods that are ready, expected {count}",
                ready.len()
            );
            Ok(ready)
        })
    }

    /// One key of a Secret.
    pub(crate) fn secret(&self, name: &str, key: &str) -> anyhow::Result<String> {
        let secret = self.get(["secret", name])?;
        let encoded = secret["data"][key].as_str();
        let encoded = encoded.with_context(|| format!("the Secret {name} has no key {key}"))?;
        String::from_utf8(STANDARD.decode(encoded)?).with_context(|| format!("{key} of the Secret {name} is no text"))
    }

    /// One key of a Secret in a file of its own.
    pub(crate) fn secret_file(&self, name: &str, key: &str) -> anyhow::Result<tempfile::NamedTempFile> {
        let file = tempfile::NamedTempFile::new()?;
        fs::write(file.path(), self.secret(name, key)?)?;
        Ok(file)
    }

    /// Leads ports of this machine to a service: `5432`, or `5433:5432`.
    pub(crate) fn forward(&self, target: &str, port: u16) -> anyhow::Result<Forward> {
        Forward::open(self.kubectl(), target, port)
    }

    /// What every Secret holds, by name.
    pub(crate) fn secrets(&self) -> anyhow::Result<BTreeMap<String, Value>> {
        let ours = self.list(["secrets", "--field-selector", "type!=helm.sh/release.v1"])?;
        let held = |secret: &Value| (secret["metadata"]["name"].to_string(), secret["data"].clone());
        Ok(ours.iter().map(held).collect())
    }

    /// Removes it with all that is in it and what the cluster has under its name, and does not wait for the end.
    pub(crate) fn remove(&self) -> anyhow::Result<()> {
        self.cluster
            .kubectl()
            .args(["delete", "clusterrole,clusterrolebinding", "--ignore-not-found"])
            .args([self.cluster_name()])
            .run()?;
        self.cluster
            .kubectl()
            .args(["delete", "namespace", &self.name, "--ignore-not-found", "--wait=false"])
            .run()?;
        Ok(())
    }

    /// Waits until it is gone.
    pub(crate) fn is_gone(&self) -> anyhow::Result<()> {
        until(ROLLOUT, || {
            let found = self
                .cluster
                .kubectl()
                .args(["get", "namespace", &self.name, "--ignore-not-found", "--output", "name"])
                .run()?;
            ensure!(found.trim().is_empty(), "the namespace {} is still there", self.name);
            Ok(())
        })
    }

    /// Writes what helps to find out why something failed.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn diagnose(&self, directory: &Path) -> anyhow::Result<()> {
        let directory = directory.join(&self.name);
        fs::create_dir_all(&directory)?;
        let write = |name: &str, program: Program| {
            let text = program.run().unwrap_or_else(|error| format!("{error:#}"));
            fs::write(directory.join(name), text)
        };
        write("pods.txt", self.kubectl().args(["get", "pods", "--output", "wide"]))?;
        write("described.txt", self.kubectl().args(["describe", "pods"]))?;
        write(
            "events.txt",
            self.kubectl().args(["get", "events", "--sort-by", ".lastTimestamp"]),
        )?;
        let ours = [
            "logs",
            "--selector",
            SERVICES,
            "--all-containers",
            "--prefix",
            "--tail",
            "2000",
        ];
        write("logs.txt", self.kubectl().args(ours).args(["--max-log-requests", "50"]))?;
        Ok(())
    }
}
