use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

use futures::{StreamExt, stream::BoxStream};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kernel::Chain;
use kube::{
    Api, ResourceExt,
    api::{ListParams, WatchEvent, WatchParams},
};
use tokio::time::{Instant, timeout};

use super::addresses::addresses;

/// What ties a slice to its Service.
const SERVICE: &str = "kubernetes.io/service-name";
/// The API server ends a watch after so long, and it is taken up where it ended.
const WATCH: Duration = Duration::from_secs(60);
/// A watch that outlives its end is one whose connection broke without a word.
const SILENCE: Duration = Duration::from_secs(75);
const ANSWER: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const GONE: u16 = 410;
const FORBIDDEN: u16 = 403;

/// The slices of one Service, kept up to date: listed once, then watched from there on, and listed again only when
/// the API server has forgotten where that was.
pub(super) struct Following {
    api: Api<EndpointSlice>,
    namespace: String,
    service: String,
    port: u16,
    slices: BTreeMap<String, EndpointSlice>,
    version: Option<String>,
    watch: Option<Watch>,
    told: Option<BTreeSet<SocketAddr>>,
    failures: u32,
}

struct Watch {
    events: BoxStream<'static, kube::Result<WatchEvent<EndpointSlice>>>,
    opened: Instant,
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(
        "the ServiceAccount may not do that: expected a Role that may list and watch endpointslices of discovery.k8s.io ({0})"
    )]
    Forbidden(String),
    #[error("the API server refused ({code}): {message}")]
    Refused { code: u16, message: String },
    #[error("the API server did not answer within {ANSWER:?}")]
    Silent,
    #[error("the API server ended the watch at once")]
    Ended,
    #[error("the API server cannot be reached")]
    Away(#[source] kube::Error),
}

impl From<kube::Error> for Trouble {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::of(&status),
            other => Self::Away(other),
        }
    }
}

impl Trouble {
    fn of(status: &kube::core::Status) -> Self {
        let message = status.message.clone();
        match status.code {
            FORBIDDEN => Self::Forbidden(message),
            code => Self::Refused { code, message },
        }
    }
}

impl Following {
    pub(super) fn new(api: Api<EndpointSlice>, namespace: &str, service: &str, port: u16) -> Self {
        Self {
            api,
            namespace: namespace.to_owned(),
            service: service.to_owned(),
            port,
            slices: BTreeMap::new(),
            version: None,
            watch: None,
            told: None,
            failures: 0,
        }
    }

    /// The addresses as soon as they are known, and then as soon as they are others.
    pub(super) async fn next(&mut self) -> BTreeSet<SocketAddr> {
        loop {
            if let Err(trouble) = self.step().await {
                self.pause(&trouble).await;
                continue;
            }
            let addresses = addresses(self.slices.values(), self.port);
            if self.told.as_ref() != Some(&addresses) {
                self.told = Some(addresses.clone());
                return addresses;
            }
        }
    }

    /// One answer of the API server: a list, the begin of a watch, an event or its end.
    async fn step(&mut self) -> Result<(), Trouble> {
        let Some(version) = &self.version else {
            return self.list().await;
        };
        let Some(watch) = &mut self.watch else {
            let parameters = WatchParams::default()
                .labels(&self.labels())
                .timeout(u32::try_from(WATCH.as_secs()).unwrap_or(u32::MAX));
            let events = answer(self.api.watch(&parameters, version)).await;
            let events = events.map_err(|trouble| self.forget_if_gone(trouble))?.boxed();
            let opened = Instant::now();
            self.watch = Some(Watch { events, opened });
            return Ok(());
        };
        match timeout(SILENCE, watch.events.next()).await {
            Ok(Some(Ok(event))) => self.take(event),
            Ok(Some(Err(error))) => {
                self.watch = None;
                Err(error.into())
            }
            Ok(None) | Err(_) => {
                let at_once = watch.opened.elapsed() < FIRST_PAUSE;
                self.watch = None;
                if at_once {
                    return Err(Trouble::Ended);
                }
                self.recovered();
                Ok(())
            }
        }
    }

    async fn list(&mut self) -> Result<(), Trouble> {
        let parameters = ListParams::default().labels(&self.labels());
        let listed = answer(self.api.list(&parameters)).await?;
        self.version = listed.metadata.resource_version;
        self.slices = listed
            .items
            .into_iter()
            .map(|slice| (slice.name_any(), slice))
            .collect();
        Ok(())
    }

    fn take(&mut self, event: WatchEvent<EndpointSlice>) -> Result<(), Trouble> {
        match event {
            WatchEvent::Added(slice) | WatchEvent::Modified(slice) => {
                self.version = slice.resource_version();
                self.slices.insert(slice.name_any(), slice);
            }
            WatchEvent::Deleted(slice) => {
                self.version = slice.resource_version();
                self.slices.remove(&slice.name_any());
            }
            WatchEvent::Bookmark(bookmark) => self.version = Some(bookmark.metadata.resource_version),
            WatchEvent::Error(status) => {
                self.watch = None;
                return Err(self.forget_if_gone(Trouble::of(&status)));
            }
        }
        self.recovered();
        Ok(())
    }

    fn recovered(&mut self) {
        if std::mem::take(&mut self.failures) > 0 {
            tracing::info!(
                service.name = self.service,
                "the endpoints of a service are followed again"
            );
        }
    }

    /// Where the API server has forgotten what it said, it is asked for all of it again.
    fn forget_if_gone(&mut self, trouble: Trouble) -> Trouble {
        if matches!(trouble, Trouble::Refused { code: GONE, .. }) {
            self.version = None;
        }
        trouble
    }

    async fn pause(&mut self, trouble: &Trouble) {
        if self.failures == 0 {
            tracing::warn!(
                service.name = self.service,
                k8s.namespace = self.namespace,
                error = %Chain(trouble),
                "the endpoints of a service cannot be followed; what was known last holds",
            );
        }
        let longest = FIRST_PAUSE
            .saturating_mul(1 << self.failures.min(16))
            .min(LONGEST_PAUSE);
        self.failures += 1;
        // Callers that lost the API server together do not come back together.
        tokio::time::sleep(longest.mul_f64(rand::random_range(0.5..=1.0))).await;
    }

    fn labels(&self) -> String {
        format!("{SERVICE}={}", self.service)
    }
}

async fn answer<T>(asked: impl Future<Output = kube::Result<T>>) -> Result<T, Trouble> {
    Ok(timeout(ANSWER, asked).await.map_err(|_| Trouble::Silent)??)
}
