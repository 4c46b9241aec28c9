use std::sync::Arc;

use platform::{config::Value, grpc::client::Discovery};

use crate::{Cluster, ClusterError, EndpointSlices};

/// How other services are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceDiscovery {
    /// By name.
    Dns,
    /// By the EndpointSlices of the cluster that this process is a pod of.
    Kubernetes,
}

impl Value for ServiceDiscovery {
    const EXPECTED: &'static str = "dns or kubernetes";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "dns" => Some(Self::Dns),
            "kubernetes" => Some(Self::Kubernetes),
            _ => None,
        }
    }
}

impl ServiceDiscovery {
    /// Who tells the addresses of services; nobody where DNS is enough. MUST be called on a runtime.
    ///
    /// # Errors
    /// This process is no pod, or one without a ServiceAccount.
    pub fn connect(self) -> Result<Option<Arc<dyn Discovery>>, ClusterError> {
        Ok(match self {
            Self::Dns => None,
            Self::Kubernetes => Some(Arc::new(EndpointSlices::new(Cluster::connect()?))),
        })
    }
}
