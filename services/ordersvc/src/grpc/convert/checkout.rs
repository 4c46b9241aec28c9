use api::order::v1 as proto;
use order_core::{Checkout, CheckoutState};

use super::{kept::Unreadable, moment, timestamp};

/// How far paying has come, as it travels.
pub(super) fn checkout(checkout: &Checkout) -> proto::Checkout {
    proto::Checkout {
        state: state(checkout.state).into(),
        attempt: i32::try_from(checkout.attempt).unwrap_or(i32::MAX),
        payment_id: checkout.payment_id.map(|id| id.to_string()).unwrap_or_default(),
        failure_reason: checkout.failure_reason.clone(),
        expires_at: checkout.expires_at.map(timestamp),
    }
}

const fn state(state: CheckoutState) -> proto::CheckoutState {
    match state {
        CheckoutState::None => proto::CheckoutState::None,
        CheckoutState::Running => proto::CheckoutState::Running,
        CheckoutState::Paid => proto::CheckoutState::Paid,
        CheckoutState::Failed => proto::CheckoutState::Failed,
        CheckoutState::Refunding => proto::CheckoutState::Refunding,
        CheckoutState::Refunded => proto::CheckoutState::Refunded,
        CheckoutState::PartiallyRefunded => proto::CheckoutState::PartiallyRefunded,
        CheckoutState::NeedsAttention => proto::CheckoutState::NeedsAttention,
    }
}

/// The state that a caller names; unspecified is none.
pub fn checkout_state_named(number: i32) -> Option<CheckoutState> {
    let named = proto::CheckoutState::try_from(number).ok()?;
    CheckoutState::ALL.into_iter().find(|known| state(*known) == named)
}

/// How far paying had come when it was kept; orders of before there were checkouts have none.
pub(super) fn kept_checkout(message: Option<proto::Checkout>) -> Result<Checkout, Unreadable> {
    let Some(message) = message else {
        return Ok(Checkout::default());
    };
    let expires_at = message.expires_at.map(|at| moment(at).ok_or(Unreadable::Broken));
    let payment_id = Some(message.payment_id.as_str()).filter(|id| !id.is_empty());
    Ok(Checkout {
        state: checkout_state_named(message.state).ok_or(Unreadable::Newer)?,
        attempt: u32::try_from(message.attempt).map_err(|_| Unreadable::Broken)?,
        payment_id: payment_id.map(str::parse).transpose().map_err(|_| Unreadable::Broken)?,
        failure_reason: message.failure_reason,
        expires_at: expires_at.transpose()?,
    })
}
