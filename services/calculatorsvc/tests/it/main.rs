//! The service as its callers meet it: real composition, real layers, no socket.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::time::Duration;

use api::calculator::v1::{
    ChatMessage, GetPrimesRequest, Numbers, SumNumbersRequest, calculator_client::CalculatorClient,
    number_service_client::NumberServiceClient,
};
use calculatorsvc::Calculatorsvc;
use platform::process::{Process, Service as _};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::{self as stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::{Code, transport::Channel};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

async fn channel() -> Channel {
    let process = Process::new();
    let composed = Calculatorsvc::compose((), &process).await.unwrap();
    testkit::in_process(composed, &process).await.unwrap().1
}

fn says(user: &str, content: &str, room: &str) -> ChatMessage {
    ChatMessage {
        content: content.into(),
        user: user.into(),
        room: room.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn adding_and_multiplying_answer_the_result() {
    let mut calculator = CalculatorClient::new(channel().await);
    let sum = calculator.add(Numbers { a: 2.0, b: 3.5 }).await.unwrap().into_inner();
    let product = calculator
        .multiply(Numbers { a: 2.0, b: 3.5 })
        .await
        .unwrap()
        .into_inner();
    assert_eq!((sum.value, product.value), (5.5, 7.0));
}

#[tokio::test]
async fn every_operand_that_is_not_finite_is_named_at_once() {
    let mut calculator = CalculatorClient::new(channel().await);
    let refused = calculator
        .add(Numbers {
            a: f64::NAN,
            b: f64::INFINITY,
        })
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(wire::reason_of(&refused).as_deref(), Some("INVALID_INPUT"));
    assert!(
        refused.message().contains("a:") && refused.message().contains("b:"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn a_result_that_does_not_fit_is_refused_with_its_reason() {
    let mut calculator = CalculatorClient::new(channel().await);
    let refused = calculator.multiply(Numbers { a: f64::MAX, b: 2.0 }).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(wire::reason_of(&refused).as_deref(), Some("RESULT_OVERFLOW"));
}

#[tokio::test]
async fn primes_come_in_order_up_to_the_limit() {
    let mut numbers = NumberServiceClient::new(channel().await);
    let request = GetPrimesRequest {
        limit: 30,
        interval_ms: 0,
    };
    let primes: Vec<i32> = numbers
        .get_primes(request)
        .await
        .unwrap()
        .into_inner()
        .map(|message| message.unwrap().value)
        .collect()
        .await;
    assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
}

#[tokio::test]
async fn a_limit_above_a_million_is_refused() {
    let mut numbers = NumberServiceClient::new(channel().await);
    let refused = numbers
        .get_primes(GetPrimesRequest {
            limit: 1_000_001,
            interval_ms: 0,
        })
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn what_is_sent_is_summed_and_counted() {
    let mut numbers = NumberServiceClient::new(channel().await);
    let terms = [1.0, 1e100, 1.0, -1e100].map(|value| SumNumbersRequest { value });
    let answer = numbers.sum_numbers(stream::iter(terms)).await.unwrap().into_inner();
    assert_eq!((answer.sum, answer.count), (2.0, 4));
}

#[tokio::test]
async fn a_bad_term_in_the_middle_of_a_stream_is_refused() {
    let mut numbers = NumberServiceClient::new(channel().await);
    let terms = [1.0, f64::NAN].map(|value| SumNumbersRequest { value });
    let refused = numbers.sum_numbers(stream::iter(terms)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn everyone_in_the_room_hears_what_is_said_and_nobody_elsewhere() {
    let channel = channel().await;
    let mut listeners = Vec::new();
    for (user, room) in [("ada", "tea"), ("bob", "tea"), ("eve", "attic")] {
        let (say, said) = mpsc::channel(4);
        say.send(says(user, "I am here", room)).await.unwrap();
        let mut numbers = NumberServiceClient::new(channel.clone());
        let mut heard = numbers.chat(ReceiverStream::new(said)).await.unwrap().into_inner();
        // Hearing oneself tells that one is in the room.
        assert_eq!(heard.next().await.unwrap().unwrap().user, user);
        listeners.push((say, heard));
    }
    let [(_ada_says, mut ada), (bob_says, mut bob), (eve_says, mut eve)] = <[_; 3]>::try_from(listeners).unwrap();
    assert_eq!(ada.next().await.unwrap().unwrap().user, "bob");

    bob_says.send(says("bob", "tea is ready", "")).await.unwrap();
    for heard in [&mut ada, &mut bob] {
        let message = timeout(Duration::from_secs(5), heard.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(
            (message.content.as_str(), message.room.as_str()),
            ("tea is ready", "tea")
        );
    }
    eve_says.send(says("eve", "hello?", "")).await.unwrap();
    assert_eq!(eve.next().await.unwrap().unwrap().content, "hello?");
}

#[tokio::test]
async fn whoever_has_said_all_hears_what_was_said_until_then() {
    let mut numbers = NumberServiceClient::new(channel().await);
    let said = stream::iter([says("ada", "one", ""), says("ada", "two", "")]);
    let heard: Vec<String> = numbers
        .chat(said)
        .await
        .unwrap()
        .into_inner()
        .map(|message| message.unwrap().content)
        .collect()
        .await;
    assert_eq!(heard, ["one", "two"]);
}

#[tokio::test]
async fn reflection_lists_what_is_served_and_not_every_contract_there_is() {
    let mut reflection = ServerReflectionClient::new(channel().await);
    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = reflection
        .server_reflection_info(stream::iter([list]))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.next().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(listed)) = answer else {
        panic!("expected a list, got {answer:?}")
    };
    let names: Vec<String> = listed.service.into_iter().map(|service| service.name).collect();
    let ours: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !name.starts_with("grpc."))
        .collect();
    assert_eq!(ours, ["calculator.v1.Calculator", "calculator.v1.NumberService"]);
    assert!(names.iter().any(|name| name == "grpc.health.v1.Health"), "{names:?}");
}

#[tokio::test]
async fn reflection_explains_the_details_of_errors() {
    let mut reflection = ServerReflectionClient::new(channel().await);
    let find = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::FileContainingSymbol("google.rpc.BadRequest".into())),
    };
    let mut answers = reflection
        .server_reflection_info(stream::iter([find]))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.next().await.unwrap().unwrap().message_response;
    assert!(
        matches!(answer, Some(MessageResponse::FileDescriptorResponse(_))),
        "{answer:?}"
    );
}
