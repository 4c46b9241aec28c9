//! The service as its callers meet it: real composition, real layers, no socket.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use api::DOMAIN::v1::{EchoRequest, DOMAIN_service_client::TITLEServiceClient};
use platform::process::{Process, Service as _};
use DOMAINsvc::TITLEsvc;
use tonic::{Code, transport::Channel};

async fn client() -> TITLEServiceClient<Channel> {
    let process = Process::new();
    let composed = TITLEsvc::compose((), &process).await.unwrap();
    TITLEServiceClient::new(testkit::in_process(composed, &process).await.unwrap().1)
}

fn says(text: &str) -> EchoRequest {
    EchoRequest { text: text.to_owned() }
}

#[tokio::test]
async fn a_text_comes_back_trimmed() {
    let answer = client().await.echo(says("  hello ")).await.unwrap();
    assert_eq!(answer.into_inner().text, "hello");
}

#[tokio::test]
async fn an_empty_text_is_refused() {
    let refused = client().await.echo(says("")).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(wire::reason_of(&refused).as_deref(), Some("INVALID_INPUT"));
}
