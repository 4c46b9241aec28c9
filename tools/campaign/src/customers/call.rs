//! Calls as customers make them: repeated with their key until they are answered, and written down.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use api::{
    order::v1::{METHODS as ORDERS, order_service_client::OrderServiceClient},
    payment::v1::{
        METHODS as PAYMENTS, ResolvePaymentRequest, TokenizeCardRequest, payment_service_client::PaymentServiceClient,
    },
};
use auditor::client_log::{Answer, Asked, Attempt, OrderState, Refusal};
use kernel::{Clock, SystemClock};
use platform::grpc::client::Client;
use time::format_description::well_known::Rfc3339;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use super::{
    Town,
    request::{self, Counters, Envelope},
};
use crate::{Program, stage::Who};

/// A call that is not answered after so long never will be.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two attempts, when nobody says how long to wait.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How a customer behaves at first; every further attempt waits for its answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manners {
    /// Hangs up so long after asking.
    pub(super) hangs_up_after: Option<Duration>,
    /// Says that the answer must come so soon.
    pub(super) deadline: Option<Duration>,
}

/// Where one customer after the other stands: connections of its own.
pub(super) struct Counter {
    pub(super) town: Arc<Town>,
    orders: Client,
    payments: Client,
}

impl Counter {
    pub(super) fn open(town: &Arc<Town>) -> Self {
        Self {
            orders: town.stage.client(Program::Ordersvc, ORDERS),
            payments: town.stage.client(Program::Paymentsvc, PAYMENTS),
            town: Arc::clone(town),
        }
    }

    /// Somebody who calls from here.
    pub(super) fn caller(&self, who: Who) -> Caller {
        let identity = self.town.stage.identity(who);
        Caller {
            town: Arc::clone(&self.town),
            who,
            counters: Counters {
                orders: OrderServiceClient::new(self.orders.identified_by(identity.clone())),
                payments: PaymentServiceClient::new(self.payments.identified_by(identity)),
            },
        }
    }
}

/// Somebody who calls.
#[derive(Clone)]
pub(super) struct Caller {
    town: Arc<Town>,
    who: Who,
    counters: Counters,
}

impl Caller {
    /// Asks until there is an answer that lasts.
    pub(super) async fn call(&self, asked: Asked, key: Option<String>, manners: Manners) -> Answer {
        let call = self.town.log.next_call();
        let began = Instant::now();
        let mut manners = manners;
        loop {
            let (answer, pause) = self.attempt(call, &asked, key.as_deref(), manners).await;
            match answer {
                Answer::Refused(refusal) if refusal.passing => {}
                Answer::GaveUp => {}
                lasting => return lasting,
            }
            if began.elapsed() > PATIENCE {
                let text = format!("call {call} ({}) was not answered in {PATIENCE:?}", asked.method());
                self.town.problems.note(text);
                return Answer::GaveUp;
            }
            manners = Manners::default();
            tokio::time::sleep(pause.unwrap_or(PAUSE).min(LONGEST_PAUSE)).await;
        }
    }

    /// The same, for what is answered with an order.
    pub(super) async fn order(&self, asked: Asked, key: Option<String>, manners: Manners) -> Option<OrderState> {
        match self.call(asked, key, manners).await {
            Answer::Order(order) => Some(*order),
            Answer::Refund(_) | Answer::Refused(_) | Answer::GaveUp => None,
        }
    }

    async fn attempt(
        &self,
        call: u64,
        asked: &Asked,
        key: Option<&str>,
        manners: Manners,
    ) -> (Answer, Option<Duration>) {
        let envelope = Envelope {
            key,
            deadline: manners.deadline,
        };
        let sent_at = now();
        let asking = request::ask(&self.counters, asked, envelope);
        let answered = match manners.hangs_up_after {
            Some(after) => tokio::time::timeout(after, asking).await.ok(),
            None => Some(asking.await),
        };
        let (answer, pause) = match answered {
            None => (Answer::GaveUp, None),
            Some(Ok(answer)) => (answer, None),
            Some(Err(status)) => {
                self.wonder_at(call, asked, &status);
                (Answer::Refused(Refusal::from(&status)), wire::retry_after_of(&status))
            }
        };
        self.town.log.note(Attempt {
            call,
            caller: self.who.to_string(),
            key: key.map(str::to_owned),
            sent_at,
            ended_at: now(),
            asked: asked.clone(),
            answer: answer.clone(),
        });
        (answer, pause)
    }

    /// Refusals that no customer of these stories may get.
    fn wonder_at(&self, call: u64, asked: &Asked, status: &Status) {
        let expected = matches!(
            status.code(),
            Code::FailedPrecondition
                | Code::Unavailable
                | Code::DeadlineExceeded
                | Code::Cancelled
                | Code::Aborted
                | Code::ResourceExhausted
        );
        if !expected {
            let text = format!(
                "call {call} ({}) was answered {:?}: {}",
                asked.method(),
                status.code(),
                status.message()
            );
            self.town.problems.note(text);
        }
    }

    /// Makes a token of a card.
    pub(super) async fn tokenize(&self, number: &str) -> Option<String> {
        let asked = TokenizeCardRequest {
            number: number.to_owned(),
            exp_month: 12,
            exp_year: 2_099,
            cvc: "123".to_owned(),
        };
        let answer = self
            .unlogged("TokenizeCard", || {
                let (mut payments, asked) = (self.counters.payments.clone(), asked.clone());
                async move { payments.tokenize_card(asked).await }
            })
            .await?;
        Some(answer.payment_method)
    }

    /// Has a payment brought up to date.
    pub(super) async fn resolve(&self, payment: Uuid) {
        let asked = ResolvePaymentRequest {
            id: payment.to_string(),
        };
        self.unlogged("ResolvePayment", || {
            let (mut payments, asked) = (self.counters.payments.clone(), asked.clone());
            async move { payments.resolve_payment(asked).await }
        })
        .await;
    }

    /// Calls that have no key and leave nothing that could be held against them: repeated until they succeed.
    async fn unlogged<T, F>(&self, method: &str, mut send: impl FnMut() -> F) -> Option<T>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            match send().await {
                Ok(answer) => return Some(answer.into_inner()),
                Err(status) if Refusal::from(&status).passing => tokio::time::sleep(PAUSE).await,
                Err(status) => {
                    self.town.problems.note(format!("{method} was answered {status}"));
                    return None;
                }
            }
        }
        self.town.problems.note(format!("{method} was not answered"));
        None
    }
}

fn now() -> String {
    SystemClock.now().format(&Rfc3339).unwrap_or_default()
}
