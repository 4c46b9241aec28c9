use std::path::Path;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::TokioExecutor,
};
use sandbox_psp::{Options, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the provider answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answered {
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.body["id"].as_str().unwrap().to_owned()
    }

    /// Status, captured and refunded of a charge.
    pub(crate) fn standing(&self) -> (&str, i64, i64) {
        let amount = |name: &str| self.body[name].as_i64().unwrap();
        (
            self.body["status"].as_str().unwrap(),
            amount("captured"),
            amount("refunded"),
        )
    }
}

/// Somebody who calls it.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    url: String,
}

impl Client {
    pub(crate) fn new(url: String) -> Self {
        let http = Http::builder(TokioExecutor::new()).build_http();
        Self { http, url }
    }

    /// Nothing when the connection was closed without an answer.
    pub(crate) async fn send(&self, method: Method, path: &str, key: Option<&str>, body: String) -> Option<Answered> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let request = request.body(Full::from(body)).unwrap();
        let response = self.http.request(request).await.ok()?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.ok()?.to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap();
        Some(Answered { status, body })
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(Method::GET, path, None, String::new()).await.unwrap()
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answered {
        self.send(Method::PUT, path, None, body.to_string()).await.unwrap()
    }

    pub(crate) async fn try_post(&self, path: &str, key: &str, body: Value) -> Option<Answered> {
        self.send(Method::POST, path, Some(key), body.to_string()).await
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: Value) -> Answered {
        self.try_post(path, key, body).await.unwrap()
    }

    pub(crate) async fn charge(&self, key: &str, amount: i64, card: &str) -> Answered {
        self.post("/v1/charges", key, charge(amount, card)).await
    }

    pub(crate) async fn capture(&self, key: &str, charge: &str, amount: i64) -> Answered {
        self.post(&format!("/v1/charges/{charge}/capture"), key, json!({"amount": amount}))
            .await
    }

    pub(crate) async fn void(&self, key: &str, charge: &str) -> Answered {
        self.post(&format!("/v1/charges/{charge}/void"), key, json!({})).await
    }

    pub(crate) async fn refund(&self, key: &str, charge: &str, amount: i64) -> Answered {
        self.post(&format!("/v1/charges/{charge}/refunds"), key, json!({"amount": amount}))
            .await
    }

    pub(crate) async fn show(&self, charge: &str) -> Answered {
        self.get(&format!("/v1/charges/{charge}")).await
    }

    /// All charges, read in pages.
    pub(crate) async fn charges(&self) -> Vec<Value> {
        let (mut all, mut path) = (Vec::new(), "/v1/charges?limit=100".to_owned());
        loop {
            let page = self.get(&path).await;
            assert_eq!(page.status, 200, "{page:?}");
            all.extend(page.body["charges"].as_array().unwrap().iter().cloned());
            match page.body["next"].as_str() {
                Some(next) => path = format!("/v1/charges?limit=100&after={next}"),
                None => return all,
            }
        }
    }
}

/// A charge to ask for.
pub(crate) fn charge(amount: i64, card: &str) -> Value {
    json!({"amount": amount, "currency": "USD", "payment_method": card, "reference": "a payment"})
}

/// A provider in this process with a directory of its own.
pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(tempfile::tempdir().unwrap()).await
    }

    async fn on(directory: TempDir) -> Self {
        let sandbox = start(directory.path()).await;
        let client = Client::new(sandbox.url());
        Self {
            directory,
            sandbox,
            client,
        }
    }

    /// Ends it, lets something be done to its directory, and starts it again.
    pub(crate) async fn restart_after(self, change: impl FnOnce(&Path)) -> Self {
        self.sandbox.stop().await;
        change(self.directory.path());
        Self::on(self.directory).await
    }
}

pub(crate) async fn start(directory: &Path) -> Sandbox {
    Sandbox::start(Options::new(directory)).await.unwrap()
}
