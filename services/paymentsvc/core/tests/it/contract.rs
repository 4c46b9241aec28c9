use std::sync::Arc;

use async_trait::async_trait;
use payment_core::{
    PaymentId,
    ports::Provider,
    testing::{
        FakeProvider, InMemoryPayments,
        contract::{Ports, Told},
    },
};

struct Fake {
    ports: Ports,
}

struct Events(Arc<InMemoryPayments>);

#[async_trait]
impl Told for Events {
    async fn of(&self, id: PaymentId) -> Vec<(String, i64)> {
        let events = self.0.events().into_iter().filter(|event| event.payment.id == id);
        events
            .map(|event| (event.kind.as_str().to_owned(), event.payment.version))
            .collect()
    }
}

async fn fake() -> Fake {
    let payments = Arc::new(InMemoryPayments::default());
    let told = Arc::new(Events(payments.clone()));
    Fake {
        ports: Ports { payments, told },
    }
}

payment_core::payments_contract!(fake);

struct FakedProvider {
    provider: Arc<dyn Provider>,
}

async fn provider() -> FakedProvider {
    FakedProvider {
        provider: Arc::new(FakeProvider::default()),
    }
}

payment_core::provider_contract!(provider);
