use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, StatusCode, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::{net::TcpStream, time::timeout};

use super::Charge;
use crate::words::ChargeStatus;

const PAGE: u32 = 100;
const LIMIT: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct PageOfCharges {
    charges: Vec<ChargeMessage>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct ChargeMessage {
    id: String,
    reference: String,
    amount: i64,
    currency: String,
    status: ChargeStatus,
    captured: i64,
    refunded: i64,
}

/// All charges, page by page.
pub(super) async fn read(url: &str) -> anyhow::Result<Vec<Charge>> {
    let mut charges = Vec::new();
    let mut after = None::<String>;
    loop {
        let path = match &after {
            Some(after) => format!("/v1/charges?after={after}&limit={PAGE}"),
            None => format!("/v1/charges?limit={PAGE}"),
        };
        let body = timeout(LIMIT, get(url, &path)).await.context("no answer in time")??;
        let page: PageOfCharges = serde_json::from_slice(&body).context("a page that cannot be understood")?;
        charges.extend(page.charges.into_iter().map(|charge| Charge {
            id: charge.id,
            reference: charge.reference,
            amount: charge.amount,
            currency_code: charge.currency.to_uppercase(),
            status: charge.status,
            captured: charge.captured,
            refunded: charge.refunded,
        }));
        after = match page.next.filter(|next| !next.is_empty()) {
            Some(next) => Some(next),
            None => return Ok(charges),
        };
    }
}

async fn get(url: &str, path: &str) -> anyhow::Result<Bytes> {
    let host = url
        .strip_prefix("http://")
        .with_context(|| format!("`{url}` is no http:// URL"))?
        .trim_end_matches('/');
    let stream = TcpStream::connect(host).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the sender; what went wrong is told there.
    tokio::spawn(connection);
    let request = Request::get(path).header(HOST, host).body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    anyhow::ensure!(status == StatusCode::OK, "GET {path} answered {status}");
    Ok(answer.into_body().collect().await?.to_bytes())
}
