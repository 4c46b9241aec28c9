//! The adapter of the sandbox: the suite of its port against the real provider, and what a network does to it.

mod canned;
mod network;
mod tracing;

use std::sync::Arc;

use kernel::{Classify, Currency, ErrorKind, Money};
use payment_core::{
    OperationId, PaymentId,
    ports::{ChargeRequest, Provider, ProviderError},
};
use paymentsvc::sandbox::SandboxProvider;
use sandbox_psp::{Options, Sandbox};
use tempfile::TempDir;
use uuid::Uuid;

/// A provider with a directory of its own, and the way to it.
struct World {
    directory: TempDir,
    sandbox: Sandbox,
    provider: Arc<dyn Provider>,
}

async fn world() -> World {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(Options::new(directory.path())).await.unwrap();
    let provider = Arc::new(SandboxProvider::try_new(&sandbox.url()).unwrap());
    World {
        directory,
        sandbox,
        provider,
    }
}

payment_core::provider_contract!(world);

fn key(number: u128) -> OperationId {
    OperationId::new(Uuid::from_u128(number))
}

fn request(card: &str) -> ChargeRequest {
    ChargeRequest {
        payment_id: PaymentId::new(Uuid::from_u128(7)),
        amount: Money::new(1_000, Currency::USD),
        card: card.to_owned(),
    }
}

/// Nobody can say whether it was done, and trying again may help.
#[track_caller]
fn assert_unknown<T: std::fmt::Debug>(answer: Result<T, ProviderError>) {
    match answer {
        Err(ProviderError::Unknown(error)) => {
            assert_eq!(
                (error.kind(), error.reason()),
                (ErrorKind::Unavailable, "PROVIDER_UNAVAILABLE")
            );
            assert!(error.retry_after().is_some());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_well_known_card_is_known_to_the_sandbox() {
    let world = world().await;
    let readme = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tools/sandbox-psp/README.md"
    ));
    let readme = readme.unwrap();
    let tokens: Vec<_> = readme.lines().filter_map(|line| line.strip_prefix("| `pm_")).collect();
    assert_eq!(tokens.len(), 10);
    for (number, row) in tokens.into_iter().enumerate() {
        let (name, rest) = row.split_once('`').unwrap();
        let card = world.provider.well_known(&format!("pm_{name}")).unwrap();
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        assert!(digits.is_empty() || digits.ends_with(&card.last4), "{name}");
        let key = key(number as u128);
        // A first answer may get lost; a card that is not known is a processing error.
        drop(world.provider.authorize(key, &request(&card.token)).await);
        let found = world.provider.find(key).await.unwrap();
        assert!(found.is_some(), "{name}");
    }
    assert_eq!(world.provider.well_known("pm_card_nobody_knows"), None);
}

#[tokio::test]
async fn a_card_that_the_sandbox_has_forgotten_is_refused() {
    let world = world().await;
    let answer = world
        .provider
        .authorize(key(1), &request("card_of_another_sandbox"))
        .await;
    assert!(
        matches!(answer, Err(ProviderError::Refused(reason)) if reason.as_str() == "PROCESSING_ERROR"),
        "{answer:?}"
    );
}

#[test]
fn only_an_address_of_http_is_taken() {
    for good in [
        "http://sandbox-psp:8090",
        "http://127.0.0.1:8090/",
        "http://localhost/psp",
    ] {
        assert!(SandboxProvider::try_new(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "sandbox-psp:8090",
        "https://sandbox-psp",
        "http://",
        "/v1",
        "http://a/?b",
    ] {
        let refused = SandboxProvider::try_new(bad).unwrap_err().to_string();
        assert_eq!(
            refused,
            format!("`{bad}` is not an address such as http://sandbox-psp:8090")
        );
    }
}
