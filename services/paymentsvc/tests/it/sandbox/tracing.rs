use ::tracing::{Instrument, subscriber};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use payment_core::ports::Provider;
use paymentsvc::sandbox::SandboxProvider;
use tracing_subscriber::layer::SubscriberExt;

use super::{canned::Canned, key, request};

#[tokio::test]
async fn the_trace_goes_on_at_the_provider() {
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let subscriber = tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer));
    let _guard = subscriber::set_default(subscriber);
    let canned = Canned::with("503 Service Unavailable", "").await;
    let provider = SandboxProvider::try_new(&canned.url()).unwrap();
    let span = ::tracing::info_span!("a call");
    let visa = request("pm_card_visa");
    for _ in 0..2 {
        drop(provider.authorize(key(1), &visa).instrument(span.clone()).await);
    }
    let sent: Vec<String> = canned
        .heard()
        .iter()
        .map(|request| header(request, "traceparent"))
        .collect();
    let ids: Vec<Vec<&str>> = sent.iter().map(|text| text.split('-').collect()).collect();
    assert_eq!((ids[0].len(), ids[0][1].len()), (4, 32), "{sent:?}");
    assert_eq!(ids[0][1], ids[1][1], "one trace");
    assert_ne!(ids[0][2], ids[1][2], "a span for each call");
    let keys: Vec<String> = canned
        .heard()
        .iter()
        .map(|request| header(request, "idempotency-key"))
        .collect();
    assert_eq!(keys, [key(1).to_string(), key(1).to_string()]);
}

fn header(request: &str, name: &str) -> String {
    let prefix = format!("{name}: ");
    let line = request.lines().find_map(|line| line.strip_prefix(&prefix));
    line.unwrap_or_else(|| panic!("{name} was not sent: {request}"))
        .to_owned()
}
