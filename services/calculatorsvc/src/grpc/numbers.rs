use std::{pin::Pin, time::Duration};

use api::calculator::v1::{
    ChatMessage, GetPrimesRequest, GetPrimesResponse, SumNumbersRequest, SumNumbersResponse, number_service_server,
};
use async_stream::try_stream;
use calculator_core::{chat::Rooms, primes::Primes, sum::Sum};
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use super::chat;

/// `calculator.v1.NumberService`: the three kinds of call that stream.
#[derive(Clone)]
pub(crate) struct Numbers {
    rooms: Rooms,
}

impl Numbers {
    pub(crate) fn new(rooms: Rooms) -> Self {
        Self { rooms }
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl number_service_server::NumberService for Numbers {
    type GetPrimesStream = Answers<GetPrimesResponse>;
    type ChatStream = Answers<ChatMessage>;

    async fn get_primes(&self, request: Request<GetPrimesRequest>) -> Result<Response<Self::GetPrimesStream>, Status> {
        let GetPrimesRequest { limit, interval_ms } = request.into_inner();
        let primes = Primes::try_up_to(limit).map_err(|error| wire::status(&error))?;
        let interval = Duration::from_millis(u64::try_from(interval_ms).unwrap_or_default());
        Ok(Response::new(Box::pin(try_stream! {
            for (sent, value) in primes.enumerate() {
                if sent > 0 && !interval.is_zero() {
                    tokio::time::sleep(interval).await;
                }
                yield GetPrimesResponse { value };
            }
        })))
    }

    async fn sum_numbers(
        &self,
        request: Request<Streaming<SumNumbersRequest>>,
    ) -> Result<Response<SumNumbersResponse>, Status> {
        let mut terms = request.into_inner();
        let mut sum = Sum::default();
        while let Some(term) = terms.message().await? {
            sum.add(term.value).map_err(|error| wire::status(&error))?;
        }
        Ok(Response::new(SumNumbersResponse {
            sum: sum.value(),
            count: sum.terms(),
        }))
    }

    async fn chat(&self, request: Request<Streaming<ChatMessage>>) -> Result<Response<Self::ChatStream>, Status> {
        Ok(Response::new(Box::pin(chat::conversation(
            self.rooms.clone(),
            request.into_inner(),
        ))))
    }
}
