//! What runs here. A service is added by one line.

use std::sync::Arc;

use platform::process::{Hosted, hosted};

pub(crate) fn all() -> Vec<Arc<dyn Hosted>> {
    vec![
        hosted::<usersvc::Usersvc>(),
        hosted::<authsvc::Authsvc>(),
        hosted::<ordersvc::Ordersvc>(),
        hosted::<calculatorsvc::Calculatorsvc>(),
    ]
}
