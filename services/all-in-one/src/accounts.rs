//! Accounts to try things with: a customer, and an admin, who is staff too.

use anyhow::Context;
use api::auth::v1::{RegisterRequest, auth_service_client::AuthServiceClient};
use tonic::{Code, transport::Channel};

use crate::home::Home;

/// One account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// The role it has beside that of a customer.
    pub(crate) role: Option<&'static str>,
    /// Its login address.
    pub(crate) email: &'static str,
    /// Its password, random and kept in the home.
    pub(crate) password: String,
}

const NAMES: [(&str, &str, Option<&str>); 2] = [
    ("Cleo Customer", "customer@counterfoil.example", None),
    ("Ada Admin", "admin@counterfoil.example", Some("admin")),
];

/// Registers them through the API, unless they are registered.
pub(crate) async fn register(home: &Home, channel: Channel) -> anyhow::Result<Vec<Account>> {
    let mut auth = AuthServiceClient::new(channel);
    let mut accounts = Vec::new();
    for (name, email, role) in NAMES {
        let password = home.password(&format!("{email}.password"))?;
        let request = RegisterRequest {
            email: email.to_owned(),
            password: password.clone(),
            name: name.to_owned(),
        };
        match auth.register(request).await {
            Ok(_) => {}
            Err(status) if status.code() == Code::AlreadyExists => {}
            Err(status) => return Err(status).context("could not register the demo accounts"),
        }
        accounts.push(Account { role, email, password });
    }
    Ok(accounts)
}
