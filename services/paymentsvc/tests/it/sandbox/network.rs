use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::{Duration, Instant},
};

use kernel::PageSize;
use payment_core::ports::{ChargeId, Outcome, Provider};
use paymentsvc::sandbox::SandboxProvider;
use sandbox_psp::{Control, Options, Sandbox};

use super::{World, assert_unknown, canned::Canned, key, request, world};

/// What every call must keep to, and a little for a busy machine.
const LIMIT: Duration = Duration::from_millis(3_500);

/// Where nobody listens.
fn nowhere() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn calling(url: &str) -> Arc<dyn Provider> {
    Arc::new(SandboxProvider::try_new(url).unwrap())
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_unknown_and_the_key_tells_it_later() {
    let world = world().await;
    world.sandbox.control(Control {
        latency_ms: 4_000,
        ..Control::default()
    });
    let began = Instant::now();
    assert_unknown(world.provider.authorize(key(1), &request("pm_card_visa")).await);
    assert!(began.elapsed() < LIMIT, "{:?}", began.elapsed());
    // Being worked on is not the same as unknown.
    assert!(world.provider.find(key(1)).await.is_err());
    assert_unknown(world.provider.authorize(key(1), &request("pm_card_visa")).await);
    testkit::wait_for_async(
        || async { matches!(world.provider.find(key(1)).await, Ok(Some(Outcome::Done(_)))) },
        Duration::from_secs(10),
    )
    .await;
    let page = world.provider.list_charges(None, PageSize::DEFAULT).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn a_provider_that_is_away_is_unknown_in_time_and_found_when_it_comes_back_meanwhile() {
    let away = nowhere();
    let provider = calling(&format!("http://{away}"));
    let began = Instant::now();
    assert_unknown(provider.authorize(key(1), &request("pm_card_visa")).await);
    assert!(began.elapsed() < LIMIT);
    assert!(provider.find(key(1)).await.is_err());

    let directory = tempfile::tempdir().unwrap();
    let coming = async {
        // Later than the first try.
        tokio::task::yield_now().await;
        let options = Options {
            listen: away,
            ..Options::new(directory.path())
        };
        Sandbox::start(options).await.unwrap()
    };
    let visa = request("pm_card_visa");
    let (answer, _sandbox) = tokio::join!(provider.authorize(key(1), &visa), coming);
    answer.unwrap();
}

#[tokio::test]
async fn a_provider_that_was_restarted_between_two_calls_costs_none() {
    let World {
        directory,
        mut sandbox,
        provider,
    } = world().await;
    let options = Options {
        listen: sandbox.address(),
        ..Options::new(directory.path())
    };
    let charge = provider.authorize(key(1), &request("pm_card_visa")).await.unwrap();
    for _ in 0..5 {
        sandbox.stop().await;
        sandbox = Sandbox::start(options.clone()).await.unwrap();
        let again = provider.authorize(key(1), &request("pm_card_visa")).await;
        assert_eq!(again.unwrap(), charge);
    }
}

#[tokio::test]
async fn what_is_no_clear_answer_is_unknown() {
    let declined = "{\"error\": {\"code\": \"something_new\", \"message\": \"\"}}";
    let answers = [
        ("200 OK", "hello"),
        ("200 OK", "{\"id\": 7}"),
        ("202 Accepted", "{}"),
        ("301 Moved Permanently", ""),
        ("402 Payment Required", "pay"),
        ("402 Payment Required", declined),
        ("404 Not Found", "<html>nginx</html>"),
        (
            "409 Conflict",
            "{\"error\": {\"code\": \"key_in_use\", \"message\": \"\"}}",
        ),
        (
            "422 Unprocessable Content",
            "{\"error\": {\"code\": \"key_reused\", \"message\": \"\"}}",
        ),
        ("500 Internal Server Error", "oops"),
        (
            "503 Service Unavailable",
            "{\"error\": {\"code\": \"unavailable\", \"message\": \"\"}}",
        ),
    ];
    let charge = ChargeId::new("ch_1");
    for (status, body) in answers {
        let canned = Canned::with(status, body).await;
        let provider = calling(&canned.url());
        let visa = request("pm_card_visa");
        assert_unknown(provider.authorize(key(1), &visa).await);
        assert_unknown(provider.capture(key(2), &charge, visa.amount).await);
        assert_unknown(provider.void(key(3), &charge).await);
        assert_unknown(provider.refund(key(4), &charge, visa.amount).await);
        assert!(provider.find(key(5)).await.is_err(), "{status} {body}");
        assert!(
            provider.list_charges(None, PageSize::DEFAULT).await.is_err(),
            "{status}"
        );
        assert_eq!(canned.heard().len(), 6, "what was sent is not sent again");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_sending_is_unknown_and_not_tried_again() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\"",
        "not http at all\r\n\r\n",
    ] {
        let canned = Canned::answering(answer.to_owned()).await;
        let provider = calling(&canned.url());
        assert_unknown(provider.authorize(key(1), &request("pm_card_visa")).await);
        assert_eq!(canned.heard().len(), 1, "{answer}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let canned = Canned::with("200 OK", &"x".repeat(2 << 20)).await;
    let provider = calling(&canned.url());
    assert!(provider.list_charges(None, PageSize::DEFAULT).await.is_err());
}
