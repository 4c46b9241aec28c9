//! Where the services are, and who is calling them.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use api::{
    auth::v1::{self as auth, LoginRequest, auth_service_client::AuthServiceClient},
    order, payment,
};
use async_trait::async_trait;
use clap::Args;
use kernel::{Clock, Secret, SystemClock};
use platform::{
    grpc::client::{
        BreakerOptions, Client, ClientOptions, ClientTls, Identity, Installation, TokenSource, TokenSourceError,
    },
    topology::{AUTHSVC, ORDERSVC, PAYMENTSVC, Place},
};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::Mutex;
use tonic::Status;

use crate::apis::Apis;

/// Where the services are, and who calls.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Where everything is served: http://… or https://…; with {port} or {service} in it, where each service is:
    /// http://127.0.0.1:{port}.
    #[arg(
        long,
        global = true,
        env = "COUNTERFOIL_ENDPOINT",
        default_value = "http://127.0.0.1:9090"
    )]
    endpoint: String,
    /// The certificate authority to trust, a PEM file; for https with an authority of one's own.
    #[arg(long, global = true, env = "COUNTERFOIL_CA")]
    ca: Option<PathBuf>,
    /// An access token of somebody who is staff.
    #[arg(long, global = true, env = "COUNTERFOIL_TOKEN", hide_env_values = true, value_parser = secret)]
    token: Option<Secret<String>>,
    /// Signs in as this address, in place of a token.
    #[arg(long, global = true, env = "COUNTERFOIL_EMAIL")]
    email: Option<String>,
    /// The file that holds the password of that address.
    #[arg(long, global = true, env = "COUNTERFOIL_PASSWORD_FILE")]
    password_file: Option<PathBuf>,
}

#[expect(clippy::unnecessary_wraps, reason = "clap takes parsers that may fail")]
fn secret(text: &str) -> Result<Secret<String>, std::convert::Infallible> {
    Ok(Secret::new(text.to_owned()))
}

impl Connection {
    /// Signs in, if that is wished.
    ///
    /// # Errors
    /// Nobody is named, or is not believed; the endpoint is none, or nobody answers there.
    pub(crate) async fn open(&self) -> anyhow::Result<Apis> {
        let installation = Installation::connect_lazy(&self.endpoint, |target| self.options(target));
        let installation = installation.context("could not use the endpoint")?;
        let at = |place: &Place| {
            installation
                .of(place)
                .with_context(|| format!("there is no {}", place.name))
        };
        let source: Arc<dyn TokenSource> = match (&self.email, &self.token) {
            (Some(email), _) => {
                let login = Login::new(at(&AUTHSVC)?, email, self.password()?);
                let signed_in = login.token_or_status().await;
                signed_in.with_context(|| format!("could not sign in at {}", self.endpoint))?;
                Arc::new(login)
            }
            (None, Some(token)) => Arc::new(Given(token.clone())),
            (None, None) => {
                bail!("nobody is signed in: give --token (or COUNTERFOIL_TOKEN), or --email with --password-file")
            }
        };
        let identity = Identity::Service(source);
        let [orders, payments] =
            [at(&ORDERSVC)?, at(&PAYMENTSVC)?].map(|client| client.identified_by(identity.clone()));
        Ok(Apis::over(orders, payments))
    }

    fn options(&self, target: String) -> ClientOptions {
        ClientOptions {
            tls: self.endpoint.starts_with("https").then(|| ClientTls {
                ca_file: self.ca.clone(),
                domain_name: None,
            }),
            methods: vec![auth::METHODS, order::v1::METHODS, payment::v1::METHODS],
            // A provider that does not answer makes single calls unavailable, not the service.
            breaker: BreakerOptions {
                failures: u32::MAX,
                ..BreakerOptions::default()
            },
            ..ClientOptions::new(target)
        }
    }

    fn password(&self) -> anyhow::Result<Secret<String>> {
        let path = self.password_file.as_ref().context("--email needs --password-file")?;
        let text = std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
        Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// A token that somebody else got.
struct Given(Secret<String>);

#[async_trait]
impl TokenSource for Given {
    async fn token(&self) -> Result<Secret<String>, TokenSourceError> {
        Ok(self.0.clone())
    }
}

/// Signs in when it must, and again before the token expires.
struct Login {
    auth: AuthServiceClient<Client>,
    email: String,
    password: Secret<String>,
    kept: Mutex<Option<(Secret<String>, OffsetDateTime)>>,
}

impl Login {
    fn new(client: Client, email: &str, password: Secret<String>) -> Self {
        Self {
            auth: AuthServiceClient::new(client),
            email: email.to_owned(),
            password,
            kept: Mutex::new(None),
        }
    }

    async fn token_or_status(&self) -> Result<Secret<String>, Status> {
        let mut kept = self.kept.lock().await;
        let now = SystemClock.now();
        if let Some((token, until)) = kept.as_ref()
            && now < *until
        {
            return Ok(token.clone());
        }
        let request = LoginRequest {
            email: self.email.clone(),
            password: self.password.expose().clone(),
        };
        let answer = self.auth.clone().login(request).await?.into_inner();
        let lifetime = Duration::from_secs(u64::try_from(answer.expires_in).unwrap_or_default());
        let token = Secret::new(answer.access_token);
        *kept = Some((token.clone(), now + lifetime * 2 / 3));
        Ok(token)
    }
}

#[async_trait]
impl TokenSource for Login {
    async fn token(&self) -> Result<Secret<String>, TokenSourceError> {
        self.token_or_status()
            .await
            .map_err(|status| TokenSourceError(Box::new(status)))
    }
}
