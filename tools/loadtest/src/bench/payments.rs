use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use kernel::{IdSource, UuidV7Source};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::Instant};
use tonic::Status;

use super::{
    TURNS,
    figure::{Aim, Figure},
    system::System,
};
use crate::{
    load::{Caller, Plan, Until, drive},
    record::Record,
    shop::{CARD, Customer, Operation, Shopper},
};

pub(super) const NAME: &str = "CheckoutOrder over the provider's time";

/// One after the other is what the aim is held against: more at once fill the processors, and wait for each other.
const AT_ONCE: [(usize, Aim); 2] = [(1, Aim::AtMost(10.0)), (8, Aim::None)];
const CONNECTIONS: usize = 4;

/// Asks the provider for what a checkout does, and for nothing else.
struct Charges {
    provider: SendRequest<Full<Bytes>>,
    address: SocketAddr,
}

impl Charges {
    async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (provider, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { provider, address })
    }

    async fn post(&mut self, path: &str, body: &Value) -> Result<Value, Status> {
        let away = |error: hyper::Error| Status::unavailable(error.to_string());
        let request = Request::post(path)
            .header("host", self.address.to_string())
            .header("content-type", "application/json")
            .header("idempotency-key", UuidV7Source.next().hyphenated().to_string())
            .body(Full::from(body.to_string()))
            .map_err(|error| Status::internal(error.to_string()))?;
        self.provider.ready().await.map_err(away)?;
        let answer = self.provider.send_request(request).await.map_err(away)?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(away)?.to_bytes();
        if !status.is_success() {
            return Err(Status::failed_precondition(status.to_string()));
        }
        serde_json::from_slice(&body).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Caller for Charges {
    async fn call(&mut self, number: u64, due: Instant, record: &mut Record) {
        let charge = json!({
            "amount": 3_895, "currency": "USD", "payment_method": CARD, "reference": format!("bench-{number}"),
        });
        let charged = self.post("/v1/charges", &charge).await;
        record.note("authorize", due, &charged);
        let Ok(Value::String(id)) = charged.map(|mut charge| charge["id"].take()) else {
            return;
        };
        let began = Instant::now();
        let captured = self
            .post(&format!("/v1/charges/{id}/capture"), &json!({ "amount": 3_895 }))
            .await;
        record.note("capture", began, &captured);
    }
}

/// What paying takes beyond what the provider takes for the same two requests, as many at once.
pub(super) async fn measure(system: &System, turn: Duration) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (at_once, aim) in AT_ONCE {
        figures.push(overhead(system, turn, at_once, aim).await?);
    }
    Ok(figures)
}

async fn overhead(system: &System, turn: Duration, at_once: usize, aim: Aim) -> anyhow::Result<Figure> {
    let orders = system.channels("ordersvc", CONNECTIONS).await?;
    let auth = system.channels("authsvc", 1).await?.remove(0);
    let mut customers = Vec::new();
    for _ in 0..at_once {
        customers.push(Customer::register(auth.clone()).await?);
    }
    let plan = Plan {
        until: Until::Elapsed(turn),
        rate: None,
    };
    let (mut ours, mut theirs) = (Record::default(), Record::default());
    for _ in 0..TURNS {
        let mut shoppers = Vec::new();
        for (number, customer) in customers.iter().enumerate() {
            let channel = orders[number % CONNECTIONS].clone();
            shoppers.push(Shopper::prepare(customer.clone(), channel, Operation::Checkout).await?);
        }
        ours.merge(drive(plan, shoppers).await.record);
        let mut charges = Vec::new();
        for _ in 0..at_once {
            charges.push(Charges::connect(system.provider()).await?);
        }
        theirs.merge(drive(plan, charges).await.record);
    }
    for record in [&ours, &theirs] {
        let failures = record.failures();
        anyhow::ensure!(failures.is_empty(), "calls failed: {failures:?}");
    }
    let millis = |record: &Record, name: &str, part| {
        let calls = record.of(name).with_context(|| format!("{name} was not called"))?;
        anyhow::Ok(calls.quantile(part).as_secs_f64() * 1_000.0)
    };
    let provider = millis(&theirs, "authorize", 0.5)? + millis(&theirs, "capture", 0.5)?;
    let checkout = millis(&ours, "checkout", 0.5)?;
    Ok(Figure {
        name: format!("{NAME}, {at_once} in flight"),
        value: checkout - provider,
        unit: "ms".to_owned(),
        peer: None,
        aim,
        detail: format!(
            "medians: checkout {checkout:.1} ms, the provider's authorize and capture {provider:.1} ms; \
             checkout p99 {:.1} ms; {} checkouts",
            millis(&ours, "checkout", 0.99)?,
            ours.of("checkout").map_or(0, crate::record::Calls::answered)
        ),
    })
}
