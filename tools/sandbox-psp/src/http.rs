//! The API: what comes in is checked here, what is decided comes from the books.

mod answer;
mod input;
mod working;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::BytesRejection},
    routing::{get, post},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use answer::NoAnswer;
use answer::{Problem, Reply};
use working::Working;

use crate::{
    bookkeeper::{Bookkeeper, Unavailable},
    books::Request,
    charge::Asked,
    faults::{Control, Fault, Faults},
};

/// How long a slow card takes.
const SLOW: Duration = Duration::from_secs(2);
const LARGEST_BODY: usize = 16 * 1_024;
const LARGEST_PAGE: usize = 100;
const PAGE: usize = 50;

/// Where everything comes in.
#[derive(Debug, Clone)]
pub(crate) struct Counter {
    books: Bookkeeper,
    faults: Arc<Faults>,
    working: Working,
}

type Body = Result<Bytes, BytesRejection>;

pub(crate) fn router(books: Bookkeeper, faults: Arc<Faults>) -> Router {
    let counter = Counter {
        books,
        faults,
        working: Working::default(),
    };
    Router::new()
        .route("/healthz", get(health))
        .route("/control", get(control).put(set_control))
        .route("/v1/payment_methods", post(tokenize))
        .route("/v1/charges", get(list).post(charge))
        .route("/v1/charges/{id}", get(show))
        .route("/v1/charges/{id}/capture", post(capture))
        .route("/v1/charges/{id}/void", post(void))
        .route("/v1/charges/{id}/refunds", post(refund))
        .route("/v1/operations/{key}", get(operation))
        .fallback(|| async { Problem::NotFound("there is nothing here") })
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(counter)
}

async fn health(State(counter): State<Counter>) -> Result<Reply, Problem> {
    counter.books.read(|_| ()).await?;
    Ok(Reply::ok(json!({"status": "ok"})))
}

async fn control(State(counter): State<Counter>) -> Reply {
    Reply::ok(json!(counter.faults.control()))
}

async fn set_control(State(counter): State<Counter>, body: Body) -> Result<Reply, Problem> {
    let control: Control = input::json(&body?)?;
    counter.faults.set(control);
    Ok(Reply::ok(json!(control)))
}

async fn tokenize(State(counter): State<Counter>, body: Body) -> Result<Reply, Problem> {
    let kept = input::card(&body?)?;
    counter.work(Request::Tokenize(kept)).await
}

async fn charge(State(counter): State<Counter>, headers: HeaderMap, body: Body) -> Result<Reply, Problem> {
    let (key, order) = (input::key(&headers)?, input::charge(&body?)?);
    counter.keyed(key.clone(), Request::Charge { key, order }).await
}

async fn capture(
    State(counter): State<Counter>,
    Path(charge): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Reply, Problem> {
    let asked = Asked::Capture(input::amount(&body?)?);
    counter.change(&headers, charge, asked).await
}

async fn void(
    State(counter): State<Counter>,
    Path(charge): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Reply, Problem> {
    input::nothing(&body?)?;
    counter.change(&headers, charge, Asked::Void).await
}

async fn refund(
    State(counter): State<Counter>,
    Path(charge): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Reply, Problem> {
    let asked = Asked::Refund(input::amount(&body?)?);
    counter.change(&headers, charge, asked).await
}

async fn show(State(counter): State<Counter>, Path(id): Path<String>) -> Result<Reply, Problem> {
    let found = counter.books.read(move |books| books.view(&id)).await?;
    found
        .map(|charge| Reply::ok(json!(charge)))
        .ok_or(Problem::NotFound("there is no such charge"))
}

#[derive(Deserialize)]
struct Paging {
    after: Option<String>,
    limit: Option<usize>,
}

async fn list(
    State(counter): State<Counter>,
    paging: Result<Query<Paging>, axum::extract::rejection::QueryRejection>,
) -> Result<Reply, Problem> {
    let Ok(Query(Paging { after, limit })) = paging else {
        return Err(Problem::Invalid("`limit` must be a number"));
    };
    let limit = limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(Problem::Invalid("`limit` must be 1 to 100"));
    }
    let page = counter
        .books
        .read(move |books| books.list(after.as_deref(), limit))
        .await?;
    let (charges, next) = page.ok_or(Problem::Invalid("`after` must be the id of a charge"))?;
    Ok(Reply::ok(json!({"charges": charges, "next": next})))
}

/// While it is being worked on, nobody may conclude that it is unknown.
async fn operation(State(counter): State<Counter>, Path(key): Path<String>) -> Result<Reply, Problem> {
    if counter.working.holds(&key) {
        return Err(Problem::KeyInUse);
    }
    let found = counter.books.read(move |books| books.operation(&key)).await?;
    let (kind, answer) = found.ok_or(Problem::NotFound("no operation has this key"))?;
    let reply = answer::of(answer);
    let told: Value = json!({"operation": kind, "status": reply.status.as_u16(), "body": reply.body});
    Ok(Reply::ok(told))
}

impl Counter {
    async fn change(&self, headers: &HeaderMap, charge: String, asked: Asked) -> Result<Reply, Problem> {
        let key = input::key(headers)?;
        self.keyed(key.clone(), Request::Change { key, charge, asked }).await
    }

    /// Works on a request in a task of its own: a caller that does not wait changes nothing.
    async fn keyed(&self, key: String, request: Request) -> Result<Reply, Problem> {
        let held = self.working.hold(key).ok_or(Problem::KeyInUse)?;
        let counter = self.clone();
        let work = tokio::spawn(async move {
            let _held = held;
            let reply = counter.slowly(request).await;
            failpoint::hit("answer.before");
            reply
        });
        work.await.unwrap_or(Err(Problem::Unavailable))
    }

    async fn slowly(&self, request: Request) -> Result<Reply, Problem> {
        let (fault, latency) = self.faults.next();
        let asked = request.clone();
        let is_slow = self.books.read(move |books| books.takes_its_time(&asked)).await?;
        tokio::time::sleep(latency + if is_slow { SLOW } else { Duration::ZERO }).await;
        match fault {
            Fault::Fail => Err(Problem::Unavailable),
            Fault::Cut => Ok(Reply::lost()),
            Fault::Drop => self.work(request).await.map(|_| Reply::lost()),
            Fault::None => self.work(request).await,
        }
    }

    async fn work(&self, request: Request) -> Result<Reply, Problem> {
        let outcome = self.books.write(request).await??;
        Ok(if outcome.is_lost {
            Reply::lost()
        } else {
            answer::of(outcome.answer)
        })
    }
}

impl From<Unavailable> for Problem {
    fn from(_: Unavailable) -> Self {
        Problem::Unavailable
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::TooLarge
        } else {
            Problem::Invalid("the body could not be read")
        }
    }
}
