use std::time::Duration;

use api::payment::v1::{
    self as proto, CaptureMethod, CapturePaymentRequest, CreatePaymentRequest, GetPaymentRequest, RefundPaymentRequest,
    VoidPaymentRequest, payment_service_client::PaymentServiceClient,
};
use async_trait::async_trait;
use kernel::{Classify, ErrorKind, Money, PortError};
use order_core::{
    OrderId, PaymentId, PaymentStatus, PaymentSummary, StepKey,
    ports::{Authorization, PaymentError, Payments},
};
use platform::grpc::{IDEMPOTENCY_KEY, client::Client};
use tonic::{Code, Request, Status, metadata::MetadataValue};
use tonic_types::StatusExt;
use wire::{reason_of, retry_after_of};

/// Why a checkout failed whose payment method is none, or another customer's.
const INVALID_PAYMENT_METHOD: &str = "INVALID_PAYMENT_METHOD";

/// What the money of a payment is never taken after.
const NEVER_CAPTURED: [&str; 3] = ["CAPTURE_REFUSED", "PAYMENT_VOIDED", "PAYMENT_DECLINED"];

/// How long one call may take: less than a lease, so that nobody else asks while an answer may come.
const LIMIT: Duration = Duration::from_millis(3_500);

/// The payments, asked of paymentsvc. Nothing is asked twice here: who drives a checkout repeats a step by the same
/// key, later.
#[derive(Debug, Clone)]
pub struct GrpcPayments {
    client: PaymentServiceClient<Client>,
}

/// Why paymentsvc did not say what became of a step.
#[derive(Debug, thiserror::Error)]
enum PaymentsError {
    #[error("the payments gave no answer that tells the outcome")]
    Unanswered(#[source] Status),
    #[error("the payments answered what the contract does not know")]
    Misunderstood(#[source] Status),
    #[error("the payments answered without the payment")]
    Incomplete,
}

impl Classify for PaymentsError {
    fn kind(&self) -> ErrorKind {
        match self {
            PaymentsError::Unanswered(_) => ErrorKind::Unavailable,
            PaymentsError::Misunderstood(_) | PaymentsError::Incomplete => ErrorKind::Internal,
        }
    }
    fn reason(&self) -> &str {
        match self {
            PaymentsError::Unanswered(_) => "PAYMENTS_UNAVAILABLE",
            PaymentsError::Misunderstood(_) | PaymentsError::Incomplete => "INTERNAL",
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            PaymentsError::Unanswered(status) => retry_after_of(status),
            PaymentsError::Misunderstood(_) | PaymentsError::Incomplete => None,
        }
    }
}

impl From<Status> for PaymentsError {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::PermissionDenied
            | Code::Unimplemented
            | Code::OutOfRange
            | Code::FailedPrecondition => PaymentsError::Misunderstood(status),
            _ => PaymentsError::Unanswered(status),
        }
    }
}

fn unknown(error: impl Into<PaymentsError>) -> PaymentError {
    PaymentError::Unknown(PortError::new(error.into()))
}

impl GrpcPayments {
    /// Asks over this client, which calls as the service.
    pub fn new(client: Client) -> Self {
        Self {
            client: PaymentServiceClient::new(client),
        }
    }
}

#[async_trait]
impl Payments for GrpcPayments {
    #[tracing::instrument(name = "payments.authorize", skip_all, fields(order.id = %request.order_id))]
    async fn authorize(&self, key: &StepKey, request: Authorization) -> Result<PaymentId, PaymentError> {
        let message = CreatePaymentRequest {
            amount_cents: request.amount.minor(),
            currency_code: request.amount.currency().to_string(),
            order_id: request.order_id.to_string(),
            customer_id: request.customer_id.to_string(),
            payment_method: request.payment_method,
            capture_method: CaptureMethod::Manual.into(),
            description: String::new(),
        };
        let request = keyed(key, message)?;
        failpoint::hit("payments.authorize.before");
        let answered = self.client.clone().create_payment(request).await;
        failpoint::hit("payments.authorize.after");
        match answered {
            Ok(response) => id_of(response.into_inner().payment),
            // Amount and ids are ours: what can be wrong is the payment method.
            Err(status) if matches!(status.code(), Code::InvalidArgument | Code::NotFound) => {
                tracing::info!(error = %status.message(), "payments do not take the payment method");
                Err(PaymentError::Refused {
                    reason: INVALID_PAYMENT_METHOD.to_owned(),
                    payment_id: None,
                })
            }
            // What was asked for under the key before may have been granted.
            Err(status) => Err(refused(status, |reason| reason != "IDEMPOTENCY_KEY_REUSED")),
        }
    }

    #[tracing::instrument(name = "payments.capture", skip_all, fields(payment.id = %payment))]
    async fn capture(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError> {
        let request = keyed(
            key,
            CapturePaymentRequest {
                id: payment.to_string(),
                amount_cents: 0,
            },
        )?;
        failpoint::hit("payments.capture.before");
        let answered = self.client.clone().capture_payment(request).await;
        failpoint::hit("payments.capture.after");
        match answered {
            Ok(_) => Ok(()),
            Err(status) if reason(&status).as_deref() == Some(PaymentError::CAPTURED) => Ok(()),
            Err(status) => Err(refused(status, |reason| NEVER_CAPTURED.contains(&reason))),
        }
    }

    #[tracing::instrument(name = "payments.void", skip_all, fields(payment.id = %payment))]
    async fn void(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError> {
        let request = keyed(
            key,
            VoidPaymentRequest {
                id: payment.to_string(),
            },
        )?;
        failpoint::hit("payments.void.before");
        let answered = self.client.clone().void_payment(request).await;
        failpoint::hit("payments.void.after");
        match answered {
            Ok(_) => Ok(()),
            Err(status) => Err(refused(status, |reason| {
                [PaymentError::CAPTURED, PaymentError::VOID_REFUSED].contains(&reason)
            })),
        }
    }

    #[tracing::instrument(name = "payments.refund", skip_all, fields(payment.id = %payment))]
    async fn refund(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError> {
        let request = keyed(
            key,
            RefundPaymentRequest {
                id: payment.to_string(),
                amount_cents: 0,
                reason: String::new(),
            },
        )?;
        failpoint::hit("payments.refund.before");
        let answered = self.client.clone().refund_payment(request).await;
        failpoint::hit("payments.refund.after");
        match answered {
            Ok(_) => Ok(()),
            Err(status) if reason(&status).as_deref() == Some("NOTHING_TO_REFUND") => Ok(()),
            Err(status) => Err(refused(status, |reason| reason == "REFUND_REFUSED")),
        }
    }

    #[tracing::instrument(name = "payments.find", skip_all, fields(payment.id = %payment))]
    async fn find(&self, payment: PaymentId) -> Result<Option<PaymentSummary>, PortError> {
        let mut request = Request::new(GetPaymentRequest {
            id: payment.to_string(),
        });
        request.set_timeout(LIMIT);
        match self.client.clone().get_payment(request).await {
            Ok(response) => summary(response.into_inner().payment).map_err(PortError::new),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(PortError::new(PaymentsError::from(status))),
        }
    }
}

/// A request under the key of its step, which may take as long as one call may.
fn keyed<T>(key: &StepKey, message: T) -> Result<Request<T>, PaymentError> {
    let value = MetadataValue::try_from(key.to_string()).map_err(|_| unknown(PaymentsError::Incomplete))?;
    let mut request = Request::new(message);
    request.metadata_mut().insert(IDEMPOTENCY_KEY[0], value);
    request.set_timeout(LIMIT);
    Ok(request)
}

fn reason(status: &Status) -> Option<String> {
    (status.code() == Code::FailedPrecondition).then(|| reason_of(status))?
}

/// What an error tells of a step: it was refused for good if `is_definite` says so of the reason, else nobody knows.
fn refused(status: Status, is_definite: impl Fn(&str) -> bool) -> PaymentError {
    match reason(&status) {
        Some(reason) if is_definite(&reason) && retry_after_of(&status).is_none() => PaymentError::Refused {
            payment_id: payment_of(&status),
            reason,
        },
        _ => unknown(status),
    }
}

fn payment_of(status: &Status) -> Option<PaymentId> {
    let info = status.get_details_error_info()?;
    info.metadata.get("payment_id")?.parse().ok()
}

fn id_of(payment: Option<proto::Payment>) -> Result<PaymentId, PaymentError> {
    payment
        .and_then(|payment| payment.id.parse().ok())
        .ok_or_else(|| unknown(PaymentsError::Incomplete))
}

fn summary(payment: Option<proto::Payment>) -> Result<Option<PaymentSummary>, PaymentsError> {
    const INCOMPLETE: PaymentsError = PaymentsError::Incomplete;
    let payment = payment.ok_or(INCOMPLETE)?;
    let currency = payment.currency_code.parse().map_err(|_| INCOMPLETE)?;
    let order_id = Some(payment.order_id.as_str()).filter(|id| !id.is_empty());
    Ok(Some(PaymentSummary {
        order_id: order_id
            .map(str::parse::<OrderId>)
            .transpose()
            .map_err(|_| INCOMPLETE)?,
        status: status(payment.status()).ok_or(INCOMPLETE)?,
        captured: Money::new(payment.captured_cents, currency),
        refunded: Money::new(payment.refunded_cents, currency),
    }))
}

const fn status(status: proto::PaymentStatus) -> Option<PaymentStatus> {
    match status {
        proto::PaymentStatus::Unspecified => None,
        proto::PaymentStatus::Processing => Some(PaymentStatus::Processing),
        proto::PaymentStatus::RequiresCapture => Some(PaymentStatus::RequiresCapture),
        proto::PaymentStatus::Captured => Some(PaymentStatus::Captured),
        proto::PaymentStatus::PartiallyRefunded => Some(PaymentStatus::PartiallyRefunded),
        proto::PaymentStatus::Refunded => Some(PaymentStatus::Refunded),
        proto::PaymentStatus::Voided => Some(PaymentStatus::Voided),
        proto::PaymentStatus::Declined => Some(PaymentStatus::Declined),
    }
}
