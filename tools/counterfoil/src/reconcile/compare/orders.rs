//! Orders against their payments.

use api::{
    order::v1::{CheckoutState, OrderStatus},
    payment::v1::PaymentStatus,
};

use super::{Patience, of_order, of_payment};
use crate::reconcile::{
    books::{Books, Order, Payment},
    disagreement::{Disagreement, Kind},
};

pub(super) fn compare(
    order: &Order,
    payments: &[&Payment],
    books: &Books,
    patience: Patience,
    found: &mut Vec<Disagreement>,
) {
    let case = Case {
        order,
        payments,
        current: order.payment_id.as_ref().and_then(|id| books.payments.get(id)),
        is_old: patience.is_over(order.updated_at)
            && payments.iter().all(|payment| patience.is_over(payment.updated_at)),
    };
    case.consistency(found);
    case.link(found);
    case.checkout(found);
    case.unclaimed(found);
}

struct Case<'a> {
    order: &'a Order,
    payments: &'a [&'a Payment],
    /// The payment that the order names, if it exists.
    current: Option<&'a Payment>,
    /// Nothing about the order or its payments has changed for long.
    is_old: bool,
}

impl Case<'_> {
    fn consistency(&self, found: &mut Vec<Disagreement>) {
        use CheckoutState as C;
        let possible: &[CheckoutState] = match self.order.status {
            OrderStatus::Unspecified => &[],
            OrderStatus::Pending => &[C::None, C::Running, C::Failed, C::NeedsAttention],
            OrderStatus::Confirmed => &[
                C::Running,
                C::Paid,
                C::PartiallyRefunded,
                C::Refunded,
                C::NeedsAttention,
            ],
            OrderStatus::Shipped | OrderStatus::Delivered => &[C::Paid, C::PartiallyRefunded, C::Refunded],
            OrderStatus::Cancelled => &[C::None, C::Failed, C::Refunding, C::Refunded, C::NeedsAttention],
        };
        if !possible.contains(&self.order.checkout) {
            let names: Vec<&str> = possible.iter().map(CheckoutState::as_str_name).collect();
            let expected = format!("{} with {}", self.order.status.as_str_name(), names.join(" or "));
            let is = self.order.checkout.as_str_name();
            found.push(of_order(Kind::OrderInconsistent, self.order, expected, is));
        }
    }

    /// The order and the payment that it names belong to each other.
    fn link(&self, found: &mut Vec<Disagreement>) {
        let order = self.order;
        let needs_one = order.total > 0
            && matches!(
                order.checkout,
                CheckoutState::Paid | CheckoutState::PartiallyRefunded | CheckoutState::Refunded
            );
        match (&order.payment_id, self.current) {
            (None, _) if needs_one => {
                found.push(of_order(Kind::OrderWithoutPayment, order, "a payment", "none is named"));
            }
            (Some(id), None) => {
                let expected = format!("payment {id}");
                found.push(of_order(
                    Kind::OrderWithoutPayment,
                    order,
                    expected,
                    "it does not exist",
                ));
            }
            (_, Some(payment)) if payment.order_id.as_ref() != Some(&order.id) => {
                let is = format!("it is of order {}", payment.order_id.as_deref().unwrap_or("none"));
                found.push(of_order(
                    Kind::OrderWithoutPayment,
                    order,
                    "a payment of this order",
                    is,
                ));
            }
            (_, Some(payment)) if order.status != OrderStatus::Pending && self.is_paid_for() => {
                let (expected, is) = (
                    told(order.total, &order.currency),
                    told(payment.amount, &payment.currency),
                );
                if expected != is {
                    found.push(of_order(Kind::AmountDiffers, order, expected, is));
                }
            }
            _ => {}
        }
    }

    /// Its attempt was not given up: an order whose attempt failed may have been changed since.
    const fn is_paid_for(&self) -> bool {
        !matches!(self.order.checkout, CheckoutState::None | CheckoutState::Failed)
    }

    fn checkout(&self, found: &mut Vec<Disagreement>) {
        let order = self.order;
        let since = || format!("since {}", order.updated_at);
        match order.checkout {
            CheckoutState::NeedsAttention => {
                let expected = "an answer of the provider";
                found.push(of_order(Kind::CheckoutNeedsAttention, order, expected, since()));
            }
            CheckoutState::Running if self.is_old => {
                found.push(of_order(Kind::CheckoutPending, order, "PAID or FAILED", since()));
            }
            CheckoutState::Refunding => self.refunding(found),
            CheckoutState::Paid | CheckoutState::PartiallyRefunded | CheckoutState::Refunded => self.moved(found),
            CheckoutState::Unspecified | CheckoutState::None | CheckoutState::Running | CheckoutState::Failed => {}
        }
    }

    fn refunding(&self, found: &mut Vec<Disagreement>) {
        let order = self.order;
        let is_back = self
            .current
            .is_some_and(|payment| !payment.is_pending && payment.held() == 0 && payment.kept() == 0);
        let left = self.current.map_or(0, |payment| payment.held() + payment.kept());
        if is_back && self.is_old {
            let expected = "CHECKOUT_STATE_REFUNDED";
            found.push(of_order(
                Kind::OrderBehindPayment,
                order,
                expected,
                order.checkout.as_str_name(),
            ));
        } else if !is_back && !order.failure_reason.is_empty() {
            let is = format!("{}, {left} {} left", order.failure_reason, order.currency);
            found.push(of_order(Kind::RefundFailed, order, "nothing left of its money", is));
        } else if self.is_old {
            let is = format!("{left} {} left since {}", order.currency, order.updated_at);
            found.push(of_order(Kind::RefundPending, order, "nothing left of its money", is));
        }
    }

    /// The order says that money was taken, and perhaps given back.
    fn moved(&self, found: &mut Vec<Disagreement>) {
        let (order, Some(payment)) = (self.order, self.current) else {
            return;
        };
        let expected = match payment.status {
            PaymentStatus::Captured => CheckoutState::Paid,
            PaymentStatus::PartiallyRefunded => CheckoutState::PartiallyRefunded,
            PaymentStatus::Refunded | PaymentStatus::Voided => CheckoutState::Refunded,
            PaymentStatus::Unspecified
            | PaymentStatus::Processing
            | PaymentStatus::RequiresCapture
            | PaymentStatus::Declined => {
                let is = format!("the payment is {}", payment.status.as_str_name());
                found.push(of_order(
                    Kind::OrderAheadOfPayment,
                    order,
                    order.checkout.as_str_name(),
                    is,
                ));
                return;
            }
        };
        let (claims, shows) = (progress(order.checkout), progress(expected));
        if claims > shows || payment.status == PaymentStatus::Voided && order.checkout != CheckoutState::Refunded {
            let is = format!("the payment is {}", payment.status.as_str_name());
            found.push(of_order(
                Kind::OrderAheadOfPayment,
                order,
                order.checkout.as_str_name(),
                is,
            ));
        } else if claims < shows && self.is_old {
            let expected = expected.as_str_name();
            found.push(of_order(
                Kind::OrderBehindPayment,
                order,
                expected,
                order.checkout.as_str_name(),
            ));
        }
        if payment.captured > 0 && payment.captured != order.total && payment.amount == order.total {
            let expected = told(order.total, &order.currency);
            let is = format!("captured {}", told(payment.captured, &payment.currency));
            found.push(of_order(Kind::AmountDiffers, order, expected, is));
        }
    }

    /// Money of payments that the order does not count on.
    fn unclaimed(&self, found: &mut Vec<Disagreement>) {
        let order = self.order;
        // An attempt that runs has yet to name its payment; one that was given up, to let go of it.
        let may_be_on_its_way = matches!(
            order.checkout,
            CheckoutState::Running | CheckoutState::Refunding | CheckoutState::NeedsAttention | CheckoutState::Failed
        );
        if may_be_on_its_way && !self.is_old {
            return;
        }
        let counts_on_current = self.is_paid_for();
        for payment in self.payments {
            let is_current = order.payment_id.as_ref() == Some(&payment.id);
            if is_current && counts_on_current || payment.held() == 0 && payment.kept() == 0 {
                continue;
            }
            // Before the pivot the order does not know its payment.
            if order.status == OrderStatus::Pending && order.payment_id.is_none() && self.is_paid_for() {
                continue;
            }
            let is = format!("held {}, kept {} {}", payment.held(), payment.kept(), payment.currency);
            found.push(Disagreement {
                order_id: Some(order.id.clone()),
                ..of_payment(Kind::UnclaimedMoney, payment, "nothing held, nothing kept", is)
            });
        }
    }
}

/// How far money has gone: there, partly back, back.
const fn progress(state: CheckoutState) -> u8 {
    match state {
        CheckoutState::Paid => 1,
        CheckoutState::PartiallyRefunded => 2,
        CheckoutState::Refunded => 3,
        _ => 0,
    }
}

fn told(amount: i64, currency: &str) -> String {
    format!("{amount} {currency}")
}
