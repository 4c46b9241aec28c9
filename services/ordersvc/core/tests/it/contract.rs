use std::sync::Arc;

use order_core::testing::{InMemoryOrders, contract::Ports};

struct Fake {
    ports: Ports,
}

async fn fake() -> Fake {
    let orders = Arc::new(InMemoryOrders::default());
    let ports = Ports {
        orders: orders.clone(),
        checkouts: orders.clone(),
        events: orders,
    };
    Fake { ports }
}

order_core::orders_contract!(fake);
