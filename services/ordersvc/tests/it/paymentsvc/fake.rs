use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use api::payment::v1::{
    self as proto, Payment,
    payment_service_server::{PaymentService, PaymentServiceServer},
};
use async_trait::async_trait;
use futures::stream;
use kernel::{ErrorKind, Money, Refusal};
use order_core::{
    Ask, PaymentId, PaymentStatus, StepKey,
    ports::{Authorization, PaymentError, Payments},
};
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};

use crate::payments::TestPayments;

/// What a call said beside its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) key: String,
    pub(super) has_deadline: bool,
    pub(super) message: String,
}

/// paymentsvc over payments in memory. What it is told to answer comes first.
#[derive(Clone, Default)]
pub(crate) struct Paymentsvc {
    pub(super) payments: Arc<TestPayments>,
    answers: Arc<Mutex<VecDeque<Status>>>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Paymentsvc {
    pub(crate) fn over(payments: Arc<TestPayments>) -> Self {
        Self {
            payments,
            ..Self::default()
        }
    }

    /// Listens on a free port, until the test is over.
    pub(crate) async fn listen(self) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let incoming = stream::unfold(listener, |listener| async move {
            let accepted = listener.accept().await.map(|(stream, _)| stream);
            Some((accepted, listener))
        });
        let server = tonic::transport::Server::builder()
            .add_service(PaymentServiceServer::new(self))
            .serve_with_incoming(Box::pin(incoming));
        tokio::spawn(server);
        address
    }

    /// Answers the next call so, and does nothing.
    pub(super) fn answer_next(&self, status: Status) {
        self.answers.lock().unwrap().push_back(status);
    }

    /// What was asked so far.
    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    fn hear<T: std::fmt::Debug>(&self, request: &Request<T>) -> Result<String, Status> {
        let text = |name: &str| {
            request
                .metadata()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let key = text("idempotency-key").unwrap_or_default();
        self.heard.lock().unwrap().push(Heard {
            key: key.clone(),
            has_deadline: text("grpc-timeout").is_some(),
            message: format!("{:?}", request.get_ref()),
        });
        match self.answers.lock().unwrap().pop_front() {
            Some(status) => Err(status),
            None => Ok(key),
        }
    }
}

fn step_key(text: &str) -> StepKey {
    let ask = |name: &str| match name {
        "authorize" => Ask::Authorize,
        "capture" => Ask::Capture,
        "void" => Ask::Void,
        _ => Ask::Refund,
    };
    let mut parts = text.split(':');
    let mut part = || parts.next().unwrap_or_default();
    let (order, attempt, asked) = (part(), part(), part());
    StepKey::new(order.parse().unwrap(), attempt.parse().unwrap_or_default(), ask(asked))
}

fn told(error: PaymentError) -> Status {
    match error {
        PaymentError::Refused { reason, payment_id } => {
            let payment_id = payment_id.map(|id| ("payment_id".to_owned(), id.to_string()));
            wire::quiet_status(&Refusal {
                kind: ErrorKind::WrongState,
                message: reason.clone(),
                reason,
                metadata: payment_id.into_iter().collect(),
            })
        }
        PaymentError::Unknown(error) => Status::unavailable(error.to_string()),
    }
}

fn payment(id: PaymentId) -> Option<Payment> {
    Some(Payment {
        id: id.to_string(),
        ..Payment::default()
    })
}

fn not_asked<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("checkouts do not ask this"))
}

#[async_trait]
impl PaymentService for Paymentsvc {
    async fn create_payment(
        &self,
        request: Request<proto::CreatePaymentRequest>,
    ) -> Result<Response<proto::CreatePaymentResponse>, Status> {
        let key = step_key(&self.hear(&request)?);
        let sent = request.into_inner();
        let authorization = Authorization {
            order_id: sent.order_id.parse().unwrap(),
            customer_id: sent.customer_id.parse().unwrap(),
            amount: Money::new(sent.amount_cents, sent.currency_code.parse().unwrap()),
            payment_method: sent.payment_method,
        };
        let id = self.payments.authorize(&key, authorization).await.map_err(told)?;
        Ok(Response::new(proto::CreatePaymentResponse { payment: payment(id) }))
    }

    async fn capture_payment(
        &self,
        request: Request<proto::CapturePaymentRequest>,
    ) -> Result<Response<proto::CapturePaymentResponse>, Status> {
        let key = step_key(&self.hear(&request)?);
        let id = request.get_ref().id.parse().unwrap();
        self.payments.capture(&key, id).await.map_err(told)?;
        Ok(Response::new(proto::CapturePaymentResponse { payment: payment(id) }))
    }

    async fn void_payment(
        &self,
        request: Request<proto::VoidPaymentRequest>,
    ) -> Result<Response<proto::VoidPaymentResponse>, Status> {
        let key = step_key(&self.hear(&request)?);
        let id = request.get_ref().id.parse().unwrap();
        self.payments.void(&key, id).await.map_err(told)?;
        Ok(Response::new(proto::VoidPaymentResponse { payment: payment(id) }))
    }

    async fn refund_payment(
        &self,
        request: Request<proto::RefundPaymentRequest>,
    ) -> Result<Response<proto::RefundPaymentResponse>, Status> {
        let key = step_key(&self.hear(&request)?);
        let id = request.get_ref().id.parse().unwrap();
        self.payments.refund(&key, id).await.map_err(told)?;
        Ok(Response::new(proto::RefundPaymentResponse {
            payment: payment(id),
            refund: None,
        }))
    }

    async fn get_payment(
        &self,
        request: Request<proto::GetPaymentRequest>,
    ) -> Result<Response<proto::GetPaymentResponse>, Status> {
        self.hear(&request)?;
        let id: PaymentId = request.get_ref().id.parse().unwrap();
        let found = self.payments.find(id).await.unwrap();
        let found = found.ok_or_else(|| Status::not_found("no such payment"))?;
        Ok(Response::new(proto::GetPaymentResponse {
            payment: Some(Payment {
                id: id.to_string(),
                order_id: found.order_id.map(|id| id.to_string()).unwrap_or_default(),
                status: status(found.status).into(),
                captured_cents: found.captured.minor(),
                refunded_cents: found.refunded.minor(),
                currency_code: found.captured.currency().to_string(),
                ..Payment::default()
            }),
        }))
    }

    async fn tokenize_card(
        &self,
        _: Request<proto::TokenizeCardRequest>,
    ) -> Result<Response<proto::TokenizeCardResponse>, Status> {
        not_asked()
    }
    async fn list_payments(
        &self,
        _: Request<proto::ListPaymentsRequest>,
    ) -> Result<Response<proto::ListPaymentsResponse>, Status> {
        not_asked()
    }
    async fn resolve_payment(
        &self,
        _: Request<proto::ResolvePaymentRequest>,
    ) -> Result<Response<proto::ResolvePaymentResponse>, Status> {
        not_asked()
    }
    async fn list_ledger_entries(
        &self,
        _: Request<proto::ListLedgerEntriesRequest>,
    ) -> Result<Response<proto::ListLedgerEntriesResponse>, Status> {
        not_asked()
    }
    async fn list_provider_charges(
        &self,
        _: Request<proto::ListProviderChargesRequest>,
    ) -> Result<Response<proto::ListProviderChargesResponse>, Status> {
        not_asked()
    }
}

const fn status(status: PaymentStatus) -> proto::PaymentStatus {
    match status {
        PaymentStatus::Processing => proto::PaymentStatus::Processing,
        PaymentStatus::RequiresCapture => proto::PaymentStatus::RequiresCapture,
        PaymentStatus::Captured => proto::PaymentStatus::Captured,
        PaymentStatus::PartiallyRefunded => proto::PaymentStatus::PartiallyRefunded,
        PaymentStatus::Refunded => proto::PaymentStatus::Refunded,
        PaymentStatus::Voided => proto::PaymentStatus::Voided,
        PaymentStatus::Declined => proto::PaymentStatus::Declined,
    }
}
