//! What a running system tells on its admin port.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub code: u16,
    /// What follows the headers.
    pub body: Vec<u8>,
}

/// Asks for a path.
///
/// # Errors
/// Nobody answers, or not in HTTP.
pub async fn get(admin: SocketAddr, path: &str, limit: Duration) -> anyhow::Result<Answer> {
    let asking = async {
        let mut stream = TcpStream::connect(admin).await?;
        let request = format!("GET {path} HTTP/1.0\r\nHost: {admin}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        anyhow::Ok(answer)
    };
    let answer = tokio::time::timeout(limit, asking)
        .await
        .with_context(|| format!("no answer from {admin} within {limit:?}"))?
        .with_context(|| format!("nothing answers at {admin}: is `make run` running?"))?;
    parse(&answer).with_context(|| format!("{admin} does not speak HTTP"))
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let code = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer {
        code,
        body: answer.get(end + 4..)?.to_vec(),
    })
}

/// The lines of `/metrics` that tell of databases and what is kept in them.
pub fn of_databases(metrics: &str) -> impl Iterator<Item = &str> {
    metrics.lines().filter(|line| {
        ["db_", "outbox_", "event_", "events_"]
            .iter()
            .any(|start| line.starts_with(start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_body_are_told_apart() {
        let answer =
            parse(b"HTTP/1.0 503 Service Unavailable\r\ncontent-type: text/plain\r\n\r\nnot\r\n\r\nready").unwrap();
        assert_eq!(answer.code, 503);
        assert_eq!(answer.body, b"not\r\n\r\nready");
        assert!(parse(b"220 smtp.example.com").is_none());
    }
}
