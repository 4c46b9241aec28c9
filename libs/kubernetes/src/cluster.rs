use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use http::Uri;
use kube::{Client, Config};

/// Where pods find the API server; its certificate has this name in every cluster.
const SERVER: &str = "https://kubernetes.default.svc";
/// Where the kubelet puts what a pod shows the API server.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The API server of a cluster, called as one of its ServiceAccounts. Clones share connections.
///
/// Nothing is called before something is asked, and nothing is asked twice: who asks decides what a failure
/// means. The token is read again as it is renewed, and so is the authority of the server.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    namespace: String,
}

/// Why there is no [`Cluster`].
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A file of the ServiceAccount cannot be read.
    #[error(
        "could not read {path}: expected a pod with token, ca.crt and namespace of its ServiceAccount projected there"
    )]
    Account {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The files of the ServiceAccount cannot be used.
    #[error(
        "the ServiceAccount in {path} cannot be used: expected a token and the certificate of the API server's authority"
    )]
    Unusable {
        /// Their directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: kube::Error,
    },
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

impl Cluster {
    /// The cluster that this process is a pod of. MUST be called on a runtime.
    ///
    /// # Errors
    /// This is no pod, or one without a projected ServiceAccount.
    pub fn connect() -> Result<Self, ClusterError> {
        Self::with_account(Uri::from_static(SERVER), Path::new(ACCOUNT))
    }

    /// An API server anywhere, called as the ServiceAccount whose `token`, `ca.crt` and `namespace` are in this
    /// directory. MUST be called on a runtime.
    ///
    /// # Errors
    /// One of the files is missing or cannot be used.
    pub fn with_account(server: Uri, account: &Path) -> Result<Self, ClusterError> {
        let read = |name: &str| {
            let path = account.join(name);
            fs::read_to_string(&path).map_err(|source| ClusterError::Account { path, source })
        };
        // Read here for the sake of an error that names the file.
        read("token")?;
        read("ca.crt")?;
        let namespace = read("namespace")?.trim().to_owned();

        let mut config = Config::new(server);
        config.default_namespace.clone_from(&namespace);
        config.auth_info.token_file = Some(account.join("token").to_string_lossy().into_owned());
        config.root_cert = Some(Vec::new());
        config.root_cert_file = Some(account.join("ca.crt"));
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        config.default_retry = false;
        let client = Client::try_from(config).map_err(|source| ClusterError::Unusable {
            path: account.to_owned(),
            source,
        })?;
        Ok(Self { client, namespace })
    }

    /// The client that all questions go through.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The namespace of the ServiceAccount, which is that of the pod.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }
}
