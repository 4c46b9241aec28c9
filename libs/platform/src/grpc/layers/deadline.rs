use std::time::Duration;

use http::HeaderMap;
use tokio::time::{sleep_until, timeout_at};
use wire::CallKind;

use super::{Around, Called, HttpRequest, HttpResponse, Next, body, refuse};
use crate::grpc::{Deadline, Refused};

/// The header with which callers say how long they wait.
pub(crate) const GRPC_TIMEOUT: &str = "grpc-timeout";

/// Ends calls whose time is up: the caller's `grpc-timeout` bounds everything, the server's own cap
/// unary calls and the first message of streams. The cap of a bidirectional stream bounds its headers
/// only, because who speaks first there is up to the two sides.
pub(super) struct Deadlines {
    pub(super) cap: Duration,
}

impl Around for Deadlines {
    async fn call<N: Next>(&self, mut request: HttpRequest, next: N) -> HttpResponse {
        let kind = Called::of(&request).kind();
        let asked = match timeout_of(request.headers()) {
            Ok(timeout) => timeout.map(Deadline::after),
            Err(refused) => return refuse(&refused.status()),
        };
        if asked.is_some_and(|deadline| deadline.remaining().is_zero()) {
            return refuse(&Refused::DeadlineExceeded.status());
        }
        let cap = Deadline::after(self.cap);
        let first = asked.map_or(cap, |deadline| deadline.min(cap));
        let whole = match kind {
            CallKind::Unary | CallKind::ClientStream => Some(first),
            CallKind::ServerStream | CallKind::Bidirectional => asked,
        };
        if let Some(deadline) = whole {
            request.extensions_mut().insert(deadline);
        }
        let Ok(response) = timeout_at(first.instant(), next.run(request)).await else {
            return refuse(&Refused::DeadlineExceeded.status());
        };
        // The one message of these is there already when the headers are.
        if matches!(kind, CallKind::Unary | CallKind::ClientStream) {
            return response;
        }
        let response = match asked {
            Some(deadline) => body::end_when(response, false, passed(deadline)),
            None => response,
        };
        if kind == CallKind::ServerStream {
            body::end_when(response, true, passed(cap))
        } else {
            response
        }
    }
}

async fn passed(deadline: Deadline) -> tonic::Status {
    sleep_until(deadline.instant()).await;
    Refused::DeadlineExceeded.status()
}

/// What `grpc-timeout` says: at most eight digits and a unit.
pub(crate) fn timeout_of(headers: &HeaderMap) -> Result<Option<Duration>, Refused> {
    let Some(value) = headers.get(GRPC_TIMEOUT) else {
        return Ok(None);
    };
    parse(value.as_bytes()).map(Some).ok_or(Refused::BadInput {
        field: GRPC_TIMEOUT,
        expected: "must be 1 to 8 digits and a unit of H, M, S, m, u or n",
    })
}

fn parse(text: &[u8]) -> Option<Duration> {
    let (unit, digits) = text.split_last()?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let amount: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(match unit {
        b'H' => Duration::from_secs(amount * 3_600),
        b'M' => Duration::from_secs(amount * 60),
        b'S' => Duration::from_secs(amount),
        b'm' => Duration::from_millis(amount),
        b'u' => Duration::from_micros(amount),
        b'n' => Duration::from_nanos(amount),
        _ => return None,
    })
}

/// How `grpc-timeout` says it, in the finest unit that fits eight digits.
pub(crate) fn timeout_text(timeout: Duration) -> String {
    const FITS: u128 = 99_999_999;
    for (amount, unit) in [
        (timeout.as_nanos(), 'n'),
        (timeout.as_micros(), 'u'),
        (timeout.as_millis(), 'm'),
        (u128::from(timeout.as_secs()), 'S'),
        (u128::from(timeout.as_secs() / 60), 'M'),
    ] {
        if amount <= FITS {
            return format!("{amount}{unit}");
        }
    }
    format!("{}H", (timeout.as_secs() / 3_600).min(99_999_999))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_in_every_unit() {
        assert_eq!(parse(b"2H"), Some(Duration::from_secs(7_200)));
        assert_eq!(parse(b"3M"), Some(Duration::from_secs(180)));
        assert_eq!(parse(b"99999999S"), Some(Duration::from_secs(99_999_999)));
        assert_eq!(parse(b"15m"), Some(Duration::from_millis(15)));
        assert_eq!(parse(b"15u"), Some(Duration::from_micros(15)));
        assert_eq!(parse(b"15n"), Some(Duration::from_nanos(15)));
        for bad in ["", "S", "1", "123456789S", "-1S", "1s", "1.5S", " 1S"] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_written_reads_back_no_longer_than_it_was() {
        for duration in [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_millis(20),
            Duration::from_secs(10),
            Duration::from_secs(86_400 * 400),
        ] {
            let back = parse(timeout_text(duration).as_bytes()).unwrap();
            assert!(
                back <= duration && duration - back < Duration::from_secs(3_600),
                "{duration:?}"
            );
        }
    }
}
