//! What the tests have in common: an API server, a clock, a table of services.

use std::sync::Mutex;

use certs::{
    Cluster, Fault, Installation, Renew, ensure,
    installation::{Certificates, Databases, Secrets, Service},
};
use kernel::Clock;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::api_server::ApiServer;

pub(crate) const TABLE: &str = "\
services:
  calculatorsvc: {}
  ordersvc: {database: orders_db, keys: [token-keys]}
  usersvc: {database: users_db, keys: [card-fingerprint-keys, token-keys]}
";

/// A clock that stands still until it is moved.
struct StoppedClock(Mutex<OffsetDateTime>);

impl Clock for StoppedClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct Stage {
    pub(crate) server: ApiServer,
    pub(crate) installation: Installation,
    cluster: Cluster,
    clock: StoppedClock,
}

/// What a run said, and what it found wrong.
pub(crate) struct Ran {
    pub(crate) said: String,
    pub(crate) wrong: Vec<Fault>,
}

impl Stage {
    pub(crate) async fn new(databases: Databases) -> Self {
        let server = ApiServer::start().await;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("kubeconfig");
        std::fs::write(&file, server.kubeconfig()).unwrap();
        let cluster = Cluster::of_kubeconfig(&file).await.unwrap();
        Self {
            installation: Installation {
                namespace: cluster.namespace().to_owned(),
                services: Service::table(TABLE).unwrap(),
                certificates: Certificates::Made,
                secrets: Secrets::Made,
                databases,
            },
            server,
            cluster,
            clock: StoppedClock(Mutex::new(datetime!(2026-11-21 12:00 UTC))),
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    pub(crate) fn pass(&self, days: i64) {
        *self.clock.0.lock().unwrap() += Duration::days(days);
    }

    pub(crate) async fn run(&self) -> Ran {
        self.try_run(Renew::Due).await.unwrap()
    }

    pub(crate) async fn try_run(&self, renew: Renew) -> anyhow::Result<Ran> {
        let mut said = Vec::new();
        let wrong = ensure(&self.cluster, &self.installation, &self.clock, renew, &mut said).await?;
        let said = String::from_utf8(said).unwrap();
        // Whatever is said goes to logs.
        for secret in self.server.secrets().keys() {
            for key in self.server.secrets()[secret]["data"].as_object().unwrap().keys() {
                let value = self.server.text(secret, key);
                assert!(
                    value.is_empty() || !said.contains(value.trim()),
                    "{secret} {key} is told"
                );
            }
        }
        Ok(Ran { said, wrong })
    }

    pub(crate) fn service(&mut self, name: &str) -> &mut Service {
        let services = &mut self.installation.services;
        services.iter_mut().find(|service| service.name == name).unwrap()
    }
}
