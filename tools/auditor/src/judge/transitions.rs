//! What an order may do in one step.

use crate::{
    books::OrderEvent,
    client_log::OrderState,
    words::{CheckoutState, EventKind, Status},
};

/// What is wrong with how a history begins.
pub(super) fn first(event: Option<&OrderEvent>) -> Vec<String> {
    match event {
        None => vec!["it has no history".to_owned()],
        Some(event) if event.kind != EventKind::Created || event.state.status != Status::Pending => {
            vec![format!("it begins with {}, {}", event.kind, event.state.status)]
        }
        Some(_) => Vec::new(),
    }
}

/// What is wrong with a step.
pub(super) fn between(before: &OrderState, event: &OrderEvent) -> Vec<String> {
    let after = &event.state;
    let mut wrong = Vec::new();
    let mut must = |holds: bool, text: String| {
        if !holds {
            wrong.push(text);
        }
    };
    let moved = before.status != after.status;
    must(
        !moved || before.status.leads_to(after.status),
        format!("{} to {}", before.status, after.status),
    );
    must(
        before.checkout == after.checkout || before.checkout.leads_to(after.checkout),
        format!("checkout {} to {}", before.checkout, after.checkout),
    );
    let tried_again = after.attempt == before.attempt + 1
        && after.checkout == CheckoutState::Running
        && after.status == Status::Pending;
    must(
        after.attempt == before.attempt || tried_again,
        format!("attempt {} to {}", before.attempt, after.attempt),
    );
    must(
        before.checkout == after.checkout || after.checkout != CheckoutState::Running || {
            // Running again within one attempt is only how attention ends.
            tried_again || before.checkout == CheckoutState::NeedsAttention
        },
        format!("checkout {} to {} in one attempt", before.checkout, after.checkout),
    );
    must(
        together(after.status, after.checkout),
        format!("{} with checkout {}", after.status, after.checkout),
    );
    must(
        (before.customer_id, &before.currency_code, &before.external_reference)
            == (after.customer_id, &after.currency_code, &after.external_reference),
        "customer, currency or reference changed".to_owned(),
    );
    must(
        before.total == after.total || event.kind == EventKind::Updated,
        format!("total {} to {}", before.total, after.total),
    );
    must(
        before.archived == after.archived || event.kind == EventKind::Deleted && after.archived,
        format!("archived {} to {}", before.archived, after.archived),
    );
    must(
        fits(before, event, moved),
        format!("{} to {}", before.status, after.status),
    );
    wrong
}

/// Whether an order can be in this status and its checkout in this state.
const fn together(status: Status, checkout: CheckoutState) -> bool {
    use CheckoutState::{Failed, NeedsAttention, None, Paid, PartiallyRefunded, Refunded, Running};
    match status {
        Status::Pending => matches!(checkout, None | Running | Failed | NeedsAttention),
        Status::Confirmed => matches!(checkout, Running | NeedsAttention | Paid | PartiallyRefunded | Refunded),
        Status::Shipped | Status::Delivered => matches!(checkout, Paid | PartiallyRefunded | Refunded),
        // The event that cancels may still show what the next one ends.
        Status::Cancelled => true,
    }
}

/// Whether what happened is what the event is called.
fn fits(before: &OrderState, event: &OrderEvent, moved: bool) -> bool {
    let after = &event.state;
    match event.kind {
        EventKind::Created => false,
        EventKind::Updated => {
            let running = matches!(before.checkout, CheckoutState::Running | CheckoutState::NeedsAttention);
            !moved && after.status == Status::Pending && !running
        }
        EventKind::StatusChanged => moved && after.status != Status::Cancelled && confirms_by_checkout(before, after),
        EventKind::Cancelled => moved && after.status == Status::Cancelled,
        EventKind::Deleted => !moved && after.archived && matches!(after.status, Status::Cancelled | Status::Delivered),
        EventKind::CheckoutChanged => !moved,
    }
}

/// An order is confirmed by its checkout and by nothing else.
const fn confirms_by_checkout(before: &OrderState, after: &OrderState) -> bool {
    !matches!(after.status, Status::Confirmed)
        || matches!(before.checkout, CheckoutState::Running | CheckoutState::NeedsAttention)
}

/// Whether a step ships what is not paid for.
pub(super) fn ships_unpaid(before: &OrderState, event: &OrderEvent) -> bool {
    event.state.status == Status::Shipped
        && before.status != Status::Shipped
        && !matches!(before.checkout, CheckoutState::Paid | CheckoutState::PartiallyRefunded)
}
