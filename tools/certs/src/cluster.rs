//! The Secrets of a namespace of a cluster.

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use k8s_openapi::{ByteString, api::core::v1};
use kube::{
    Api, Client, Config,
    api::{Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::json;

use crate::secrets::{Change, NotKept, Secret, Secrets};

/// Says who made a Secret, and may change it.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const US: &str = "certs";
/// A call of the API server takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// The API server of a cluster, and one of its namespaces.
pub struct Cluster {
    api: Api<v1::Secret>,
    namespace: String,
    address: String,
}

impl Cluster {
    /// The cluster of this pod, or outside of one that of a kubeconfig; its namespace is that of the pod or of the
    /// context, unless one is named. MUST be called on a runtime.
    ///
    /// # Errors
    /// There is neither a pod's account nor a kubeconfig, or it cannot be used.
    pub async fn connect(context: Option<String>, namespace: Option<String>) -> Result<Self, NotKept> {
        let refused = |source: Box<dyn std::error::Error + Send + Sync>| NotKept::Refused {
            sentence: "there is no cluster: expected a pod with the token of its account, or a kubeconfig".to_owned(),
            source,
        };
        let config = match context {
            None => Config::infer().await.map_err(|error| refused(error.into()))?,
            Some(context) => {
                let options = KubeConfigOptions {
                    context: Some(context),
                    ..KubeConfigOptions::default()
                };
                let config = Config::from_kubeconfig(&options).await;
                config.map_err(|error| refused(error.into()))?
            }
        };
        Self::with_config(config, namespace).map_err(|error| refused(error.into()))
    }

    /// The cluster of a kubeconfig in this file.
    ///
    /// # Errors
    /// It cannot be read or used.
    pub async fn of_kubeconfig(path: &Path) -> anyhow::Result<Self> {
        let kubeconfig = Kubeconfig::read_from(path)?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        Ok(Self::with_config(config, None)?)
    }

    fn with_config(mut config: Config, namespace: Option<String>) -> kube::Result<Self> {
        config.connect_timeout = Some(PATIENCE);
        config.read_timeout = Some(PATIENCE);
        config.write_timeout = Some(PATIENCE);
        let namespace = namespace.unwrap_or_else(|| config.default_namespace.clone());
        let address = config.cluster_url.to_string();
        let client = Client::try_from(config)?;
        Ok(Self {
            api: Api::namespaced(client, &namespace),
            namespace,
            address,
        })
    }

    /// The namespace whose Secrets these are.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    fn refused(&self, verb: &str, name: &str, error: kube::Error) -> NotKept {
        let namespace = &self.namespace;
        let sentence = match &error {
            kube::Error::Api(status) if status.code == 409 => return NotKept::Outdated(name.to_owned()),
            kube::Error::Api(status) if status.code == 401 => {
                "the API server does not know who asks: expected a token or certificate that it gave".to_owned()
            }
            kube::Error::Api(status) if status.code == 403 => format!(
                "the API server does not let this account {verb} the Secret `{name}` in the namespace `{namespace}`: \
                 expected a Role with get, create and patch on secrets there"
            ),
            kube::Error::Api(status) if status.code == 404 => {
                format!("there is no namespace `{namespace}`: expected it to exist before its Secrets")
            }
            kube::Error::Api(_) => {
                format!("the API server did not {verb} the Secret `{name}` in the namespace `{namespace}`")
            }
            _ => format!("could not reach the API server at {}", self.address),
        };
        NotKept::Refused {
            sentence,
            source: match error {
                kube::Error::Api(status) => status.message.into(),
                error => error.into(),
            },
        }
    }
}

#[async_trait]
impl Secrets for Cluster {
    async fn find(&self, name: &str) -> Result<Option<Secret>, NotKept> {
        let found = self.api.get_opt(name).await;
        Ok(found.map_err(|error| self.refused("get", name, error))?.map(of_cluster))
    }

    async fn keep(&self, change: &Change) -> Result<(), NotKept> {
        let name = &change.name;
        match &change.version {
            None => {
                let made = self.api.create(&PostParams::default(), &to_cluster(change)).await;
                made.map_err(|error| self.refused("create", name, error))?;
            }
            Some(version) => {
                let data: serde_json::Map<String, serde_json::Value> = change
                    .data
                    .iter()
                    .map(|(key, value)| (key.clone(), json!(BASE64_STANDARD.encode(value))))
                    .collect();
                let patch = Patch::Merge(json!({"metadata": {"resourceVersion": version}, "data": data}));
                let changed = self.api.patch(name, &PatchParams::default(), &patch).await;
                changed.map_err(|error| match error {
                    // It was deleted since it was read.
                    kube::Error::Api(status) if status.code == 404 => NotKept::Outdated(name.clone()),
                    error => self.refused("patch", name, error),
                })?;
            }
        }
        Ok(())
    }
}

fn of_cluster(secret: v1::Secret) -> Secret {
    let label = secret
        .metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get(MANAGED_BY));
    Secret {
        ours: label.is_some_and(|by| by == US),
        version: secret.metadata.resource_version.unwrap_or_default(),
        data: secret
            .data
            .unwrap_or_default()
            .into_iter()
            .map(|(key, ByteString(value))| (key, value))
            .collect(),
    }
}

fn to_cluster(change: &Change) -> v1::Secret {
    let mut secret = v1::Secret {
        type_: Some(if change.tls { "kubernetes.io/tls" } else { "Opaque" }.to_owned()),
        data: Some(
            change
                .data
                .iter()
                .map(|(key, value)| (key.clone(), ByteString(value.clone())))
                .collect(),
        ),
        ..v1::Secret::default()
    };
    secret.metadata.name = Some(change.name.clone());
    secret.metadata.labels = Some(
        [(MANAGED_BY, US), ("app.kubernetes.io/part-of", "counterfoil")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
    );
    secret
}
