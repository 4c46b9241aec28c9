use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::join_all;
use kernel::Chain;
use serde::Serialize;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::Composed;
use crate::grpc::server::Health;

/// Twice a second, so that a service whose database came back serves again within a second or two.
const EVERY: Duration = Duration::from_millis(500);
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// Something a service needs in order to serve: its database, its keys.
#[async_trait]
pub trait ReadinessCheck: Send + Sync + 'static {
    /// What is checked: `database`.
    fn name(&self) -> &str;
    /// Asks it, now. It is asked twice a second and given a second to answer.
    ///
    /// # Errors
    /// Why it is not ready; shown on the admin port.
    async fn check(&self) -> anyhow::Result<()>;
}

#[async_trait]
impl ReadinessCheck for Arc<dyn ReadinessCheck> {
    fn name(&self) -> &str {
        self.as_ref().name()
    }
    async fn check(&self) -> anyhow::Result<()> {
        self.as_ref().check().await
    }
}

/// What `/readyz` shows of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CheckState {
    name: String,
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What `/readyz` shows of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ServiceState {
    name: &'static str,
    ready: bool,
    checks: Vec<CheckState>,
}

/// What `/readyz` shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ProcessState {
    /// Every service is ready, and the process is not ending.
    pub(crate) ready: bool,
    /// It was asked to end.
    ending: bool,
    services: Vec<ServiceState>,
}

/// Who is ready in this process. Clones share their state.
#[derive(Debug, Clone)]
pub(crate) struct Readiness(watch::Sender<ProcessState>);

impl Readiness {
    pub(crate) fn new(services: impl IntoIterator<Item = &'static str>) -> Self {
        Self(watch::Sender::new(ProcessState {
            ready: false,
            ending: false,
            services: services
                .into_iter()
                .map(|name| ServiceState {
                    name,
                    ready: false,
                    checks: Vec::new(),
                })
                .collect(),
        }))
    }

    pub(crate) fn state(&self) -> ProcessState {
        self.0.borrow().clone()
    }

    /// Resolves once everything is ready.
    pub(super) async fn whole(self) {
        // The sender is `self`: it cannot be gone.
        let _ = self.0.subscribe().wait_for(|state| state.ready).await;
    }

    /// Nothing is ready any more.
    pub(super) fn end(&self) {
        self.0.send_modify(|state| {
            state.ending = true;
            state.ready = false;
        });
    }

    /// Notes the state of one service; answers whether it, or the reason for it, changed and whether the whole
    /// process is ready now.
    fn note(&self, now: &ServiceState) -> (bool, bool) {
        let (mut changed, mut all) = (false, false);
        self.0.send_modify(|state| {
            for known in state.services.iter_mut().filter(|known| known.name == now.name) {
                changed = known != now;
                *known = now.clone();
            }
            state.ready = !state.ending && state.services.iter().all(|service| service.ready);
            all = state.ready;
        });
        (changed, all)
    }
}

/// The checks of one service, and everything that is told of them.
pub(super) struct Watch {
    pub(super) name: &'static str,
    pub(super) checks: Vec<Arc<dyn ReadinessCheck>>,
    pub(super) grpc_services: Vec<&'static str>,
    pub(super) readiness: Readiness,
    /// The health of the service's own server.
    pub(super) own: Health,
    /// The health of the process.
    pub(super) process: Health,
}

impl Watch {
    pub(super) fn of(
        name: &'static str,
        composed: &Composed,
        readiness: &Readiness,
        own: &Health,
        process: &Health,
    ) -> Self {
        Self {
            name,
            checks: composed.ready.clone(),
            grpc_services: composed.service_names(),
            readiness: readiness.clone(),
            own: own.clone(),
            process: process.clone(),
        }
    }

    /// Asks again and again, until told to stop.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut every = interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let asking = async {
            loop {
                every.tick().await;
                self.ask().await;
            }
        };
        stop.run_until_cancelled(asking).await;
    }

    async fn ask(&self) {
        let checks = join_all(self.checks.iter().map(|check| state_of(check.as_ref()))).await;
        let ready = checks.iter().all(|check| check.ready);
        let now = ServiceState {
            name: self.name,
            ready,
            checks,
        };
        let (changed, all_ready) = self.readiness.note(&now);
        if changed && ready {
            tracing::info!(service.name = self.name, "ready");
        } else if changed {
            tracing::warn!(service.name = self.name, checks = ?now.checks, "not ready");
        }
        metrics::gauge!("service_ready", "service" => self.name).set(f64::from(u8::from(ready)));
        self.own.set_ready("", ready).await;
        self.process.set_ready("", all_ready).await;
        self.process.set_ready(self.name, ready).await;
        for service in &self.grpc_services {
            self.own.set_ready(service, ready).await;
            self.process.set_ready(service, ready).await;
        }
    }
}

async fn state_of(check: &dyn ReadinessCheck) -> CheckState {
    let reason = match timeout(ANSWER_WITHIN, check.check()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Chain(error.as_ref()).to_string()),
        Err(_) => Some("no answer within a second".to_owned()),
    };
    CheckState {
        name: check.name().to_owned(),
        ready: reason.is_none(),
        reason,
    }
}
