use std::sync::Arc;

use kernel::{Clock, IdSource};

use crate::{
    OperationId,
    ports::{Fingerprints, PaymentMethods, Payments, Provider},
};

/// The use cases of payments, over the ports they need. Each is in a file of its own, named by its verb.
#[derive(Clone)]
pub struct Paying {
    pub(crate) payments: Arc<dyn Payments>,
    pub(crate) methods: Arc<dyn PaymentMethods>,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) fingerprints: Arc<dyn Fingerprints>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
}

impl Paying {
    /// The use cases over these ports.
    pub fn new(
        payments: Arc<dyn Payments>,
        methods: Arc<dyn PaymentMethods>,
        provider: Arc<dyn Provider>,
        fingerprints: Arc<dyn Fingerprints>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            payments,
            methods,
            provider,
            fingerprints,
            clock,
            ids,
        }
    }

    pub(crate) fn next_operation(&self) -> OperationId {
        OperationId::new(self.ids.next())
    }
}
