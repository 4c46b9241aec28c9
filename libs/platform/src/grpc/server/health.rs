use std::sync::{Arc, Mutex, PoisonError};

use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};

/// The health service that tells whether the process lives; it never looks at a dependency.
pub const LIVENESS: &str = "liveness";

/// What `grpc.health.v1` answers: readiness for each service and for the whole (`""`), and `liveness`.
///
/// Everything but `liveness` starts as not serving. Clones share their state.
#[derive(Debug, Clone)]
pub struct Health {
    reporter: HealthReporter,
    services: Arc<Mutex<Vec<String>>>,
}

impl Health {
    /// Health of these services, none of them ready yet.
    pub async fn new<S: Into<String>>(services: impl IntoIterator<Item = S>) -> Self {
        let services: Vec<String> = services.into_iter().map(Into::into).collect();
        let health = Self {
            reporter: HealthReporter::new(),
            services: Arc::new(Mutex::new(Vec::new())),
        };
        health
            .reporter
            .set_service_status(LIVENESS, ServingStatus::Serving)
            .await;
        health.set_ready("", false).await;
        for service in services {
            health.set_ready(&service, false).await;
        }
        health
    }

    /// Tells whether a service is ready; `""` is the whole server.
    pub async fn set_ready(&self, service: &str, ready: bool) {
        {
            let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
            if !services.iter().any(|known| known == service) {
                services.push(service.to_owned());
            }
        }
        let status = if ready {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        self.reporter.set_service_status(service, status).await;
    }

    /// Nothing is ready any more; the process still lives.
    pub async fn stopping(&self) {
        let services = self.services.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for service in services {
            self.set_ready(&service, false).await;
        }
    }

    pub(super) fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }
}
