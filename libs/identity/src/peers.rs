use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use kubernetes::{ClusterError, ServiceDiscovery};
use platform::grpc::client::{Client, ClientError, ClientOptions, ClientTls, Discovery, Identity, connect_lazy};
use wire::Method;

platform::settings! {
    /// How a service reaches others.
    pub struct PeerSettings {
        /// How other services are found: by their names, or by the EndpointSlices of the cluster, over whose addresses calls are balanced.
        pub discovery: ServiceDiscovery = "SERVICE_DISCOVERY", default "dns";
        /// The authority that signed the certificates of other services (PEM).
        pub peer_ca: Option<PathBuf> = "PEER_CA_FILE", optional;
    }
}

impl PeerSettings {
    /// Makes ready to find other services; nothing is called yet. MUST be called on a runtime.
    ///
    /// # Errors
    /// Other services are found by the cluster, and this is no pod with a ServiceAccount.
    pub fn connect(&self) -> Result<Peers, ClusterError> {
        Ok(Peers {
            discovery: self.discovery.connect()?,
            ca_file: self.peer_ca.clone(),
            clients: Mutex::default(),
        })
    }
}

/// The other services. All clients of one share its connections.
#[derive(Debug)]
pub struct Peers {
    discovery: Option<Arc<dyn Discovery>>,
    ca_file: Option<PathBuf>,
    clients: Mutex<HashMap<String, Client>>,
}

impl Peers {
    /// A client of one: `https://usersvc:50051`, with the tables of its contract.
    ///
    /// # Errors
    /// The address or the authority cannot be used.
    pub fn client(&self, url: &str, methods: &'static [Method], identity: Identity) -> Result<Client, ClientError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(url) {
            return Ok(client.identified_by(identity));
        }
        let tls = url.starts_with("https").then(|| ClientTls {
            ca_file: self.ca_file.clone(),
            domain_name: None,
        });
        let client = connect_lazy(ClientOptions {
            discovery: self.discovery.clone(),
            tls,
            methods: vec![methods],
            ..ClientOptions::new(url)
        })?;
        clients.insert(url.to_owned(), client.clone());
        Ok(client.identified_by(identity))
    }
}
