//! An API server that knows Secrets and nothing else.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Map, Value, json};

/// The one namespace that there is.
pub(crate) const NAMESPACE: &str = "shop";

#[derive(Default)]
struct Kept {
    secrets: BTreeMap<String, Value>,
    version: u64,
    writes: usize,
    forbidden: bool,
    overtaken: usize,
}

/// Serves until it is dropped.
#[derive(Clone)]
pub(crate) struct ApiServer {
    kept: Arc<Mutex<Kept>>,
    address: String,
}

impl ApiServer {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            kept: Arc::default(),
            address: format!("http://{}", listener.local_addr().unwrap()),
        };
        let secrets = "/api/v1/namespaces/{namespace}/secrets";
        let router = Router::new()
            .route(secrets, post(create))
            .route(&format!("{secrets}/{{name}}"), get(read).patch(change))
            .with_state(server.kept.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    /// A kubeconfig for it.
    pub(crate) fn kubeconfig(&self) -> String {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": self.address}}],
            "users": [{"name": "here", "user": {"token": "anybody"}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "here", "namespace": NAMESPACE}}],
        })
        .to_string()
    }

    /// Every Secret, as it is kept.
    pub(crate) fn secrets(&self) -> BTreeMap<String, Value> {
        self.kept.lock().unwrap().secrets.clone()
    }

    /// What one holds.
    pub(crate) fn text(&self, secret: &str, key: &str) -> String {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let secrets = self.secrets();
        let held = secrets[secret]["data"][key].as_str().unwrap_or_default().to_owned();
        String::from_utf8(BASE64_STANDARD.decode(held).unwrap()).unwrap()
    }

    /// Puts a Secret there, as somebody else would.
    pub(crate) fn give(&self, name: &str, data: &[(&str, &str)]) {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let data: Map<String, Value> = data
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(BASE64_STANDARD.encode(value))))
            .collect();
        self.kept
            .lock()
            .unwrap()
            .insert(name, json!({"metadata": {"name": name}, "data": data}));
    }

    /// Takes a Secret away, or keys of one.
    pub(crate) fn take(&self, name: &str, keys: &[&str]) {
        let mut kept = self.kept.lock().unwrap();
        if keys.is_empty() {
            kept.secrets.remove(name).unwrap();
            return;
        }
        let mut secret = kept.secrets[name].clone();
        for key in keys {
            secret["data"].as_object_mut().unwrap().remove(*key).unwrap();
        }
        kept.insert(name, secret);
    }

    /// How often something was made or changed by a request.
    pub(crate) fn writes(&self) -> usize {
        self.kept.lock().unwrap().writes
    }

    /// Lets nobody do anything.
    pub(crate) fn forbid(&self) {
        self.kept.lock().unwrap().forbidden = true;
    }

    /// Lets somebody else be faster, as often as this.
    pub(crate) fn overtake(&self, times: usize) {
        self.kept.lock().unwrap().overtaken = times;
    }
}

impl Kept {
    fn insert(&mut self, name: &str, mut secret: Value) {
        self.version += 1;
        secret["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.secrets.insert(name.to_owned(), secret);
    }

    fn refusal(&self, namespace: &str) -> Option<Answer> {
        if self.forbidden {
            return Some(failure(403, "secrets is forbidden"));
        }
        (namespace != NAMESPACE).then(|| failure(404, "namespaces not found"))
    }

    fn overtaken(&mut self) -> bool {
        let overtaken = self.overtaken > 0;
        self.overtaken = self.overtaken.saturating_sub(1);
        overtaken
    }
}

type Answer = (StatusCode, [(&'static str, &'static str); 1], String);
type Keeper = State<Arc<Mutex<Kept>>>;

fn answer(code: u16, value: &Value) -> Answer {
    let json = [("content-type", "application/json")];
    (StatusCode::from_u16(code).unwrap(), json, value.to_string())
}

fn failure(code: u16, message: &str) -> Answer {
    let reason = match code {
        403 => "Forbidden",
        404 => "NotFound",
        _ => "Conflict",
    };
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code,
    });
    answer(code, &status)
}

async fn read(State(kept): Keeper, Path((namespace, name)): Path<(String, String)>) -> Answer {
    let kept = kept.lock().unwrap();
    if kept.forbidden {
        return failure(403, "secrets is forbidden");
    }
    match kept.secrets.get(&name).filter(|_| namespace == NAMESPACE) {
        Some(secret) => answer(200, secret),
        None => failure(404, "secrets not found"),
    }
}

async fn create(State(kept): Keeper, Path(namespace): Path<String>, body: Bytes) -> Answer {
    let mut kept = kept.lock().unwrap();
    if let Some(refusal) = kept.refusal(&namespace) {
        return refusal;
    }
    let secret: Value = serde_json::from_slice(&body).unwrap();
    let name = secret["metadata"]["name"].as_str().unwrap().to_owned();
    if kept.overtaken() || kept.secrets.contains_key(&name) {
        return failure(409, "already exists");
    }
    kept.writes += 1;
    kept.insert(&name, secret);
    answer(201, &kept.secrets[&name])
}

async fn change(State(kept): Keeper, Path((namespace, name)): Path<(String, String)>, body: Bytes) -> Answer {
    let mut kept = kept.lock().unwrap();
    if let Some(refusal) = kept.refusal(&namespace) {
        return refusal;
    }
    let patch: Value = serde_json::from_slice(&body).unwrap();
    let mut secret = kept.secrets[&name].clone();
    if kept.overtaken() || secret["metadata"]["resourceVersion"] != patch["metadata"]["resourceVersion"] {
        return failure(409, "the object has been modified");
    }
    for (key, value) in patch["data"].as_object().unwrap() {
        secret["data"][key] = value.clone();
    }
    kept.writes += 1;
    kept.insert(&name, secret);
    answer(200, &kept.secrets[&name])
}
