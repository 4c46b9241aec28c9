//! What each service of an installation may do at the others. The one table.

use std::collections::BTreeSet;

use kernel::Permission;

const GRANTS: &[(&str, &[&str])] = &[
    ("authsvc", &["users:write"]),
    ("calculatorsvc", &[]),
    ("gateway", &["tokens:validate"]),
    ("inventorysvc", &[]),
    ("notificationsvc", &["users:validate"]),
    (
        "ordersvc",
        &["notifications:write", "payments:write", "stock:write", "users:validate"],
    ),
    ("paymentsvc", &["notifications:write", "orders:sync"]),
    ("usersvc", &["credentials:erase"]),
];

/// What a service may do, if it is one.
pub fn permissions(service: &str) -> Option<BTreeSet<Permission>> {
    let (_, granted) = GRANTS.iter().find(|(name, _)| *name == service)?;
    Some(granted.iter().map(|permission| (*permission).to_owned()).collect())
}

/// Every service that is known.
pub fn names() -> impl Iterator<Item = &'static str> {
    GRANTS.iter().map(|(name, _)| *name)
}
