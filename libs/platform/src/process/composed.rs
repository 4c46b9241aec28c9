use std::{fmt, sync::Arc};

use tonic::service::Routes;
use wire::Method;

use super::{BackgroundTask, ReadinessCheck};
use crate::auth::Verifier;

/// A composed service: what a composition root answers with, and what a server or a test runs.
///
/// ```ignore
/// Ok(Composed::new(Routes::new(CalculatorServer::new(calculator)))
///     .methods(api::calculator::v1::METHODS)
///     .descriptors(api::FILE_DESCRIPTOR_SET)
///     .ready(database.readiness())
///     .background(sequencer.task()))
/// ```
#[derive(Clone)]
pub struct Composed {
    /// How the world reaches it.
    pub routes: Routes,
    /// What the contract says of its methods.
    pub methods: Vec<&'static [Method]>,
    /// The descriptors that reflection serves.
    pub descriptors: Option<&'static [u8]>,
    /// Who verifies its callers' tokens; without one every caller is anonymous.
    pub verifier: Option<Arc<Verifier>>,
    /// What must be up before it serves.
    pub ready: Vec<Arc<dyn ReadinessCheck>>,
    /// What runs beside it.
    pub background: Vec<BackgroundTask>,
}

impl Composed {
    /// A service reached by these routes, with nothing beside it yet.
    pub const fn new(routes: Routes) -> Self {
        Self {
            routes,
            methods: Vec::new(),
            descriptors: None,
            verifier: None,
            ready: Vec::new(),
            background: Vec::new(),
        }
    }

    /// What the contract says of the methods of one package; one call for each package served.
    #[must_use]
    pub fn methods(mut self, methods: &'static [Method]) -> Self {
        self.methods.push(methods);
        self
    }

    /// The descriptors that reflection serves.
    #[must_use]
    pub const fn descriptors(mut self, descriptors: &'static [u8]) -> Self {
        self.descriptors = Some(descriptors);
        self
    }

    /// Who verifies its callers' tokens.
    #[must_use]
    pub fn verifier(mut self, verifier: Arc<Verifier>) -> Self {
        self.verifier = Some(verifier);
        self
    }

    /// What must be up before it serves.
    #[must_use]
    pub fn ready(mut self, check: impl ReadinessCheck) -> Self {
        self.ready.push(Arc::new(check));
        self
    }

    /// What runs beside it.
    #[must_use]
    pub fn background(mut self, task: BackgroundTask) -> Self {
        self.background.push(task);
        self
    }

    /// The gRPC services it serves: `order.v1.OrderService`.
    pub fn service_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self
            .methods
            .iter()
            .flat_map(|methods| methods.iter())
            .map(|method| method.service_and_name().0)
            .collect();
        names.dedup();
        names
    }
}

impl fmt::Debug for Composed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composed")
            .field("services", &self.service_names())
            .field(
                "ready",
                &self.ready.iter().map(|check| check.name()).collect::<Vec<_>>(),
            )
            .field("background", &self.background)
            .finish_non_exhaustive()
    }
}
