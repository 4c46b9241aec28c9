//! Messages of `payment.v1` and the words of the domain. Messages come in validated, so that going in is only a matter
//! of types; what the contract cannot say is checked by the domain.

use api::payment::v1 as proto;
use kernel::{BadId, Etag, InvalidInput, Money, UserId, Violation};
use payment_core::{
    Answer, CaptureMethod, CapturePayment, Card, OperationKind, OperationStatus, OrderId, PaymentEvent, PaymentFields,
    PaymentId, PaymentSnapshot, Refund, RefundPayment, Status, Transfer,
    ports::{Charge, PaymentFilter, RefusalReason},
};
use prost_types::Timestamp;
use time::OffsetDateTime;

/// A payment as it travels.
pub fn payment(state: &PaymentSnapshot) -> proto::Payment {
    proto::Payment {
        id: state.id.to_string(),
        order_id: state.order_id.map(|id| id.to_string()).unwrap_or_default(),
        customer_id: state.customer_id.to_string(),
        status: status(state.status).into(),
        amount_cents: state.amount.minor(),
        currency_code: state.amount.currency().to_string(),
        capture_method: match state.capture_method {
            CaptureMethod::Automatic => proto::CaptureMethod::Automatic,
            CaptureMethod::Manual => proto::CaptureMethod::Manual,
        }
        .into(),
        authorized_cents: state.authorized_minor,
        captured_cents: state.captured_minor,
        refunded_cents: state.refunded_minor,
        failure_reason: reason(state.failure),
        card: Some(card(&state.card)),
        description: state.description.clone(),
        refunds: state.refunds.iter().map(refund).collect(),
        pending_operation: pending(state.pending).into(),
        created_at: Some(timestamp(state.created_at)),
        updated_at: Some(timestamp(state.updated_at)),
        etag: Etag::of_version(state.version).to_string(),
    }
}

/// A payment as its event tells it: the refund it is about alone, and nothing of the card or in anybody's words.
pub fn event(event: &PaymentEvent) -> proto::Payment {
    let refunds = event.payment.refunds.iter();
    let about = refunds.filter(|refund| Some(refund.id) == event.refund_id);
    proto::Payment {
        card: None,
        description: String::new(),
        refunds: about
            .map(|about| proto::Refund {
                reason: String::new(),
                ..refund(about)
            })
            .collect(),
        ..payment(&event.payment)
    }
}

/// What is known of a card.
pub fn card(card: &Card) -> proto::Card {
    proto::Card {
        brand: card.brand.clone(),
        last4: card.last4.clone(),
    }
}

/// A refund as it travels.
pub fn refund(refund: &Refund) -> proto::Refund {
    proto::Refund {
        id: refund.id.to_string(),
        amount_cents: refund.amount_minor,
        status: match refund.status {
            OperationStatus::Pending => proto::RefundStatus::Pending,
            OperationStatus::Succeeded => proto::RefundStatus::Succeeded,
            OperationStatus::Refused => proto::RefundStatus::Failed,
        }
        .into(),
        failure_reason: reason(refund.failure),
        reason: refund.reason.clone(),
        created_at: Some(timestamp(refund.created_at)),
    }
}

/// Both sides of a movement.
pub fn entries(transfer: &Transfer) -> [proto::LedgerEntry; 2] {
    transfer.entries().map(|(account, minor)| proto::LedgerEntry {
        transfer_id: transfer.id.as_hyphenated().to_string(),
        payment_id: transfer.payment_id.to_string(),
        account: account.to_string(),
        amount_cents: minor,
        currency_code: transfer.amount.currency().to_string(),
        created_at: Some(timestamp(transfer.created_at)),
    })
}

/// A charge on the provider's books.
pub fn charge(charge: &Charge) -> proto::ProviderCharge {
    proto::ProviderCharge {
        id: charge.id.to_string(),
        payment_id: charge.reference.clone(),
        authorized_cents: charge.authorized.minor(),
        captured_cents: charge.captured.minor(),
        refunded_cents: charge.refunded.minor(),
        voided: charge.voided,
        currency_code: charge.authorized.currency().to_string(),
    }
}

/// The payment to make.
///
/// # Errors
/// An id is none.
pub fn create_payment(sent: proto::CreatePaymentRequest) -> Result<PaymentFields, InvalidInput> {
    Ok(PaymentFields {
        order_id: order_id_if_set("order_id", &sent.order_id)?,
        customer_id: parsed("customer_id", &sent.customer_id)?,
        amount_minor: sent.amount_cents,
        currency_code: sent.currency_code,
        payment_method: sent.payment_method,
        capture_method: match proto::CaptureMethod::try_from(sent.capture_method) {
            Ok(proto::CaptureMethod::Manual) => CaptureMethod::Manual,
            _ => CaptureMethod::Automatic,
        },
        description: sent.description,
    })
}

/// The payment to capture.
///
/// # Errors
/// The payment is no id.
pub fn capture_payment(sent: &proto::CapturePaymentRequest) -> Result<CapturePayment, InvalidInput> {
    Ok(CapturePayment {
        id: payment_id("id", &sent.id)?,
        amount_minor: sent.amount_cents,
    })
}

/// The refund to make.
///
/// # Errors
/// The payment is no id.
pub fn refund_payment(sent: proto::RefundPaymentRequest) -> Result<RefundPayment, InvalidInput> {
    Ok(RefundPayment {
        id: payment_id("id", &sent.id)?,
        amount_minor: sent.amount_cents,
        reason: sent.reason,
    })
}

/// The payments to list.
///
/// # Errors
/// An id is none.
pub fn filter(sent: &proto::ListPaymentsRequest) -> Result<PaymentFilter, InvalidInput> {
    let customer = &sent.customer_id;
    Ok(PaymentFilter {
        customer_id: if customer.is_empty() {
            None
        } else {
            Some(parsed("customer_id", customer)?)
        },
        order_id: order_id_if_set("order_id", &sent.order_id)?,
        status: status_named(sent.status),
    })
}

/// A payment's id.
///
/// # Errors
/// It is none.
pub fn payment_id(field: &str, text: &str) -> Result<PaymentId, InvalidInput> {
    parsed(field, text)
}

/// A payment's id, if there is one.
///
/// # Errors
/// It is none.
pub fn payment_id_if_set(field: &str, text: &str) -> Result<Option<PaymentId>, InvalidInput> {
    if text.is_empty() {
        Ok(None)
    } else {
        parsed(field, text).map(Some)
    }
}

fn order_id_if_set(field: &str, text: &str) -> Result<Option<OrderId>, InvalidInput> {
    if text.is_empty() {
        Ok(None)
    } else {
        parsed(field, text).map(Some)
    }
}

fn parsed<T: std::str::FromStr<Err = BadId>>(field: &str, text: &str) -> Result<T, InvalidInput> {
    text.parse()
        .map_err(|bad: BadId| InvalidInput(vec![Violation::new(field, bad.to_string())]))
}

/// A kept message that does not read as what was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kept answer does not read as one")]
pub struct Unreadable;

/// An answer as it is kept.
pub fn answer(answer: &Answer) -> proto::RefundPaymentResponse {
    proto::RefundPaymentResponse {
        payment: Some(payment(&answer.payment)),
        refund: answer.refund.as_ref().map(refund),
    }
}

/// An answer as it was kept.
///
/// # Errors
/// It was not written by [`answer`].
pub fn kept_answer(message: proto::RefundPaymentResponse) -> Result<Answer, Unreadable> {
    Ok(Answer {
        payment: kept_payment(message.payment.ok_or(Unreadable)?)?,
        refund: message.refund.map(kept_refund).transpose()?,
    })
}

fn kept_payment(message: proto::Payment) -> Result<PaymentSnapshot, Unreadable> {
    let currency = message.currency_code.parse().map_err(|_| Unreadable)?;
    let card = message.card.ok_or(Unreadable)?;
    Ok(PaymentSnapshot {
        id: message.id.parse().map_err(|_| Unreadable)?,
        order_id: order_id_if_set("order_id", &message.order_id).map_err(|_| Unreadable)?,
        customer_id: message.customer_id.parse::<UserId>().map_err(|_| Unreadable)?,
        status: status_named(message.status).ok_or(Unreadable)?,
        amount: Money::new(message.amount_cents, currency),
        capture_method: match proto::CaptureMethod::try_from(message.capture_method) {
            Ok(proto::CaptureMethod::Automatic) => CaptureMethod::Automatic,
            Ok(proto::CaptureMethod::Manual) => CaptureMethod::Manual,
            _ => return Err(Unreadable),
        },
        authorized_minor: message.authorized_cents,
        captured_minor: message.captured_cents,
        refunded_minor: message.refunded_cents,
        failure: kept_reason(&message.failure_reason)?,
        card: Card {
            brand: card.brand,
            last4: card.last4,
        },
        description: message.description,
        refunds: message.refunds.into_iter().map(kept_refund).collect::<Result<_, _>>()?,
        pending: match proto::PendingOperation::try_from(message.pending_operation) {
            Ok(proto::PendingOperation::None) => None,
            Ok(proto::PendingOperation::Authorize) => Some(OperationKind::Authorize),
            Ok(proto::PendingOperation::Capture) => Some(OperationKind::Capture),
            Ok(proto::PendingOperation::Void) => Some(OperationKind::Void),
            _ => return Err(Unreadable),
        },
        created_at: moment(message.created_at)?,
        updated_at: moment(message.updated_at)?,
        version: version_of(&message.etag).ok_or(Unreadable)?,
    })
}

fn kept_refund(message: proto::Refund) -> Result<Refund, Unreadable> {
    Ok(Refund {
        id: message.id.parse().map_err(|_| Unreadable)?,
        amount_minor: message.amount_cents,
        status: match proto::RefundStatus::try_from(message.status) {
            Ok(proto::RefundStatus::Pending) => OperationStatus::Pending,
            Ok(proto::RefundStatus::Succeeded) => OperationStatus::Succeeded,
            Ok(proto::RefundStatus::Failed) => OperationStatus::Refused,
            _ => return Err(Unreadable),
        },
        failure: kept_reason(&message.failure_reason)?,
        reason: message.reason,
        created_at: moment(message.created_at)?,
    })
}

fn kept_reason(name: &str) -> Result<Option<RefusalReason>, Unreadable> {
    match name {
        "" => Ok(None),
        name => RefusalReason::named(name).map(Some).ok_or(Unreadable),
    }
}

fn reason(reason: Option<RefusalReason>) -> String {
    reason.map(|reason| reason.as_str().to_owned()).unwrap_or_default()
}

const fn status(status: Status) -> proto::PaymentStatus {
    match status {
        Status::Processing => proto::PaymentStatus::Processing,
        Status::RequiresCapture => proto::PaymentStatus::RequiresCapture,
        Status::Captured => proto::PaymentStatus::Captured,
        Status::PartiallyRefunded => proto::PaymentStatus::PartiallyRefunded,
        Status::Refunded => proto::PaymentStatus::Refunded,
        Status::Voided => proto::PaymentStatus::Voided,
        Status::Declined => proto::PaymentStatus::Declined,
    }
}

fn status_named(sent: i32) -> Option<Status> {
    Status::ALL.into_iter().find(|known| i32::from(status(*known)) == sent)
}

const fn pending(kind: Option<OperationKind>) -> proto::PendingOperation {
    match kind {
        // A refund that is undecided shows among the refunds.
        None | Some(OperationKind::Refund) => proto::PendingOperation::None,
        Some(OperationKind::Authorize) => proto::PendingOperation::Authorize,
        Some(OperationKind::Capture) => proto::PendingOperation::Capture,
        Some(OperationKind::Void) => proto::PendingOperation::Void,
    }
}

/// The inverse of [`Etag::of_version`], for etags of our own.
fn version_of(etag: &str) -> Option<i64> {
    let version = etag.strip_prefix('v')?.parse().ok()?;
    (Etag::of_version(version).as_str() == etag).then_some(version)
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or_default(),
    }
}

fn moment(kept: Option<Timestamp>) -> Result<OffsetDateTime, Unreadable> {
    let kept = kept.ok_or(Unreadable)?;
    let nanos = i128::from(kept.seconds) * 1_000_000_000 + i128::from(kept.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use payment_core::{EventKind, OperationId, testing::user};
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_800_000_000 + seconds) + time::Duration::microseconds(7)
    }

    fn made(number: u128, status: OperationStatus) -> Refund {
        Refund {
            id: OperationId::new(Uuid::from_u128(number)),
            amount_minor: 100,
            status,
            failure: (status == OperationStatus::Refused).then_some(RefusalReason::RefundRefused),
            reason: "broken, says Ada".to_owned(),
            created_at: at(3),
        }
    }

    fn every_state() -> impl Iterator<Item = PaymentSnapshot> {
        let pendings = [
            None,
            Some(OperationKind::Authorize),
            Some(OperationKind::Capture),
            Some(OperationKind::Void),
        ];
        let statuses = Status::ALL.into_iter();
        statuses.flat_map(move |status| {
            pendings.into_iter().flat_map(move |pending| {
                CaptureMethod::ALL.map(|capture_method| PaymentSnapshot {
                    id: PaymentId::new(Uuid::from_u128(7)),
                    order_id: pending.map(|_| OrderId::new(Uuid::from_u128(8))),
                    customer_id: user(1),
                    status,
                    amount: Money::new(i64::MAX, "KWD".parse().unwrap()),
                    capture_method,
                    authorized_minor: 900,
                    captured_minor: 800,
                    refunded_minor: 100,
                    failure: pending.map(|_| RefusalReason::CaptureRefused),
                    card: Card {
                        brand: "visa".to_owned(),
                        last4: "4242".to_owned(),
                    },
                    description: "two teas for Ada".to_owned(),
                    refunds: OperationStatus::ALL.map(|status| made(status as u128, status)).to_vec(),
                    pending,
                    created_at: at(1),
                    updated_at: at(2),
                    version: 12,
                })
            })
        })
    }

    #[test]
    fn a_kept_answer_reads_as_it_was() {
        for payment in every_state() {
            let kept = Answer {
                refund: payment.refunds.first().cloned(),
                payment,
            };
            assert_eq!(kept_answer(answer(&kept)), Ok(kept));
        }
    }

    #[test]
    fn an_event_has_nothing_personal_and_the_refund_it_is_about() {
        for payment in every_state() {
            let told = event(&PaymentEvent {
                id: Uuid::from_u128(1),
                actor: "user:x".to_owned(),
                kind: EventKind::Refunded,
                refund_id: Some(payment.refunds[1].id),
                payment: payment.clone(),
            });
            let shown = format!("{told:?}");
            for personal in ["Ada", "4242", "visa"] {
                assert!(!shown.contains(personal), "{shown}");
            }
            assert_eq!(told.refunds.len(), 1);
            assert_eq!(told.refunds[0].id, payment.refunds[1].id.to_string());
            assert_eq!(told.amount_cents, i64::MAX);
        }
    }

    #[test]
    fn both_sides_of_a_movement_are_entries() {
        let transfer = Transfer {
            id: Uuid::from_u128(1),
            payment_id: PaymentId::new(Uuid::from_u128(7)),
            operation_id: OperationId::new(Uuid::from_u128(2)),
            movement: payment_core::Movement::Refund,
            amount: Money::new(5, kernel::Currency::USD),
            created_at: at(1),
        };
        let told = entries(&transfer).map(|entry| (entry.account, entry.amount_cents));
        assert_eq!(told, [("refunds".to_owned(), 5), ("provider_clearing".to_owned(), -5)]);
    }
}
