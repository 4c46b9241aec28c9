//! Books in which nothing is wrong: one order of every fate.

use uuid::Uuid;

use crate::{
    books::{Books, Charge, Log, Operation, Order, OrderEvent, Payment, PaymentEvent, Transfer, Work},
    client_log::{Answer, Asked, Attempt, MARKER, OrderState, RefundState, Refusal},
    words::{ChargeStatus, CheckoutState, EventKind, OperationKind, OperationStatus, PaymentStatus, Status},
};

const CUSTOMER: Uuid = Uuid::from_u128(0xc);

/// Everything that can become of an order.
pub(super) fn books() -> Books {
    let mut world = World::default();
    world.order("pending", 500);

    let mut order = world.order("delivered", 2_500);
    order.update();
    order.pay();
    order.moves_to(Status::Shipped);
    order.moves_to(Status::Delivered);
    order.delete();

    let mut order = world.order("partly refunded", 1_000);
    order.declined("CARD_DECLINED");
    order.pay();
    order.refund(300);

    let mut order = world.order("refunded", 700);
    order.pay();
    order.cancel(CheckoutState::Refunding);
    order.refund(700);

    let mut order = world.order("refunded by staff", 600);
    order.pay();
    order.refund(200);
    order.refund(400);

    let mut order = world.order("voided", 800);
    order.start();
    order.authorize(true);
    order.cancel(CheckoutState::Refunding);
    order.void();
    order.checkout(CheckoutState::Refunded, "");

    let mut order = world.order("cancelled while running", 900);
    order.start();
    order.authorize(false);
    order.cancel(CheckoutState::Failed);
    order.void();

    let mut order = world.order("refund failed", 1_100);
    order.pay();
    order.cancel(CheckoutState::Refunding);
    order.refund_refused();

    let mut order = world.order("failed", 1_200);
    order.declined("EXPIRED_CARD");
    order.will_expire();

    let mut order = world.order("free", 0);
    order.start();
    order.event(EventKind::StatusChanged, |state| state.status = Status::Confirmed);
    order.checkout(CheckoutState::Paid, "");

    world.books()
}

#[derive(Default)]
struct World {
    books: Books,
    ids: u128,
    calls: u64,
}

impl World {
    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids << 16)
    }

    /// A new order; the marker is its name.
    fn order(&mut self, name: &str, total: i64) -> Story<'_> {
        let id = self.id();
        let state = OrderState {
            id,
            customer_id: CUSTOMER,
            status: Status::Pending,
            total,
            currency_code: "USD".to_owned(),
            etag: String::new(),
            checkout: CheckoutState::None,
            attempt: 0,
            payment_id: None,
            failure_reason: String::new(),
            cancel_reason: String::new(),
            archived: false,
            metadata: [].into(),
            external_reference: name.to_owned(),
        };
        self.books.orders.push(Order {
            id,
            customer_id: CUSTOMER,
            status: Status::Pending,
            currency_code: "USD".to_owned(),
            total,
            external_reference: name.to_owned(),
            cancel_reason: String::new(),
            archived: false,
            version: 0,
            checkout: CheckoutState::None,
            attempt: 0,
            payment_id: None,
            failure_reason: String::new(),
            work: None,
        });
        let mut story = Story { world: self, state };
        story.event(EventKind::Created, |_| {});
        let asked = Asked::Create {
            marker: name.to_owned(),
            total,
            currency_code: "USD".to_owned(),
            payment_method: String::new(),
        };
        story.acknowledged(asked);
        story
    }

    fn log(events: usize) -> Log {
        let events = i64::try_from(events).unwrap();
        Log {
            events,
            last_position: events,
            head: events,
            ..Log::default()
        }
    }

    fn books(mut self) -> Books {
        self.books.order_log = Self::log(self.books.order_events.len());
        self.books.payment_log = Self::log(self.books.payment_events.len());
        self.books
    }
}

/// An order on its way.
struct Story<'a> {
    world: &'a mut World,
    state: OrderState,
}

impl Story<'_> {
    fn row(&mut self) -> &mut Order {
        self.world.books.orders.last_mut().unwrap()
    }

    fn payment(&mut self) -> &mut Payment {
        self.world.books.payments.last_mut().unwrap()
    }

    fn charge(&mut self) -> &mut Charge {
        self.world.books.charges.last_mut().unwrap()
    }

    fn event(&mut self, kind: EventKind, change: impl FnOnce(&mut OrderState)) {
        change(&mut self.state);
        let state = self.state.clone();
        let row = self.row();
        row.version += 1;
        row.status = state.status;
        row.checkout = state.checkout;
        row.attempt = state.attempt;
        row.payment_id = state.payment_id;
        row.failure_reason.clone_from(&state.failure_reason);
        row.cancel_reason.clone_from(&state.cancel_reason);
        row.archived = state.archived;
        let version = row.version;
        self.state.etag = format!("v{version}");
        let event = OrderEvent {
            id: self.world.id(),
            order: self.state.id,
            version,
            kind,
            state: self.state.clone(),
        };
        self.world.books.order_events.push(event);
    }

    fn answered(&mut self, asked: Asked, answer: Answer) {
        self.world.calls += 1;
        let call = self.world.calls;
        let attempt = Attempt {
            call,
            caller: "user:c".to_owned(),
            key: Some(format!("key {call}")),
            sent_at: String::new(),
            ended_at: String::new(),
            asked,
            answer,
        };
        let mut given_up = attempt.clone();
        given_up.answer = Answer::GaveUp;
        // Every caller gives up once and asks twice more.
        let all = self.world.books.attempts.get_or_insert_default();
        all.extend([given_up, attempt.clone(), attempt]);
    }

    fn acknowledged(&mut self, asked: Asked) {
        let answer = Answer::Order(Box::new(self.state.clone()));
        self.answered(asked, answer);
    }

    fn asked_to_pay(&self) -> Asked {
        Asked::Checkout {
            order: self.state.id,
            payment_method: "pm_card_visa".to_owned(),
        }
    }

    fn update(&mut self) {
        let marker = format!("update of {}", self.state.external_reference);
        self.event(EventKind::Updated, |state| {
            state.metadata.insert(MARKER.to_owned(), marker.clone());
        });
        let order = self.state.id;
        self.acknowledged(Asked::Update { order, marker });
    }

    fn moves_to(&mut self, to: Status) {
        self.event(EventKind::StatusChanged, |state| state.status = to);
        let order = self.state.id;
        self.acknowledged(Asked::Move { order, to });
    }

    fn delete(&mut self) {
        self.event(EventKind::Deleted, |state| state.archived = true);
        let order = self.state.id;
        self.acknowledged(Asked::Delete { order });
    }

    fn cancel(&mut self, checkout: CheckoutState) {
        let marker = format!("cancel of {}", self.state.external_reference);
        self.event(EventKind::Cancelled, |state| {
            state.status = Status::Cancelled;
            state.cancel_reason = marker.clone();
        });
        let reason = match checkout {
            CheckoutState::Failed => "ORDER_CANCELLED",
            _ => "",
        };
        self.checkout(checkout, reason);
        let order = self.state.id;
        self.acknowledged(Asked::Cancel { order, marker });
    }

    fn checkout(&mut self, to: CheckoutState, failure_reason: &str) {
        self.event(EventKind::CheckoutChanged, |state| {
            state.checkout = to;
            state.failure_reason = failure_reason.to_owned();
        });
    }

    fn start(&mut self) {
        self.event(EventKind::CheckoutChanged, |state| {
            state.checkout = CheckoutState::Running;
            state.attempt += 1;
            state.failure_reason.clear();
        });
        if self.state.total == 0 || self.state.external_reference == "voided" {
            let asked = self.asked_to_pay();
            self.answered(asked, Answer::GaveUp);
        }
    }

    fn pay(&mut self) {
        self.start();
        self.authorize(true);
        // A caller whose time is up, then one who waits.
        let asked = self.asked_to_pay();
        let early = Answer::Order(Box::new(self.state.clone()));
        self.answered(asked.clone(), early);
        let total = self.state.total;
        let operation = self.operation(OperationKind::Capture, total, OperationStatus::Succeeded, "");
        self.transfer(operation, "authorization_holds", "authorizations", total);
        self.transfer(operation, "provider_clearing", "sales", total);
        self.payment().status = PaymentStatus::Captured;
        self.payment().captured = total;
        self.charge().status = ChargeStatus::Captured;
        self.charge().captured = total;
        self.payment_event("captured");
        self.checkout(CheckoutState::Paid, "");
        let paid = Answer::Order(Box::new(self.state.clone()));
        let attempts = self.world.books.attempts.as_mut().unwrap();
        attempts.last_mut().unwrap().answer = paid;
    }

    fn declined(&mut self, reason: &str) {
        self.start();
        self.new_payment(
            PaymentStatus::Declined,
            ChargeStatus::Declined,
            OperationStatus::Refused,
        );
        self.payment_event("declined");
        let payment = self.payment().id;
        self.event(EventKind::CheckoutChanged, |state| {
            state.checkout = CheckoutState::Failed;
            state.failure_reason = reason.to_owned();
            state.payment_id = Some(payment);
        });
        let refusal = Refusal {
            code: "FailedPrecondition".to_owned(),
            reason: reason.to_owned(),
            metadata: [("attempt".to_owned(), self.state.attempt.to_string())].into(),
            passing: false,
        };
        let asked = self.asked_to_pay();
        self.answered(asked, Answer::Refused(refusal));
    }

    fn will_expire(&mut self) {
        self.row().work = Some(Work {
            step: "EXPIRE".to_owned(),
            overdue_seconds: -1_800.0,
            tries: 0,
        });
    }

    fn authorize(&mut self, pivot: bool) {
        let total = self.state.total;
        let operation = self.new_payment(
            PaymentStatus::RequiresCapture,
            ChargeStatus::Authorized,
            OperationStatus::Succeeded,
        );
        self.transfer(operation, "authorizations", "authorization_holds", total);
        self.payment().authorized = total;
        self.payment_event("authorized");
        let payment = self.payment().id;
        if pivot {
            self.event(EventKind::StatusChanged, |state| {
                state.status = Status::Confirmed;
                state.payment_id = Some(payment);
            });
        } else {
            let asked = self.asked_to_pay();
            self.answered(asked, Answer::GaveUp);
        }
    }

    fn void(&mut self) {
        let total = self.state.total;
        let operation = self.operation(OperationKind::Void, total, OperationStatus::Succeeded, "");
        self.transfer(operation, "authorization_holds", "authorizations", total);
        self.payment().status = PaymentStatus::Voided;
        self.charge().status = ChargeStatus::Voided;
        self.payment_event("voided");
    }

    fn refund(&mut self, amount: i64) {
        let marker = format!("refund {} of {}", amount, self.state.external_reference);
        let operation = self.operation(OperationKind::Refund, amount, OperationStatus::Succeeded, &marker);
        self.transfer(operation, "refunds", "provider_clearing", amount);
        self.payment_event("refunded");
        self.charge().refunded += amount;
        let payment = self.payment();
        payment.refunded += amount;
        payment.refund_reserved += amount;
        let all = payment.refunded == payment.captured;
        let (status, checkout) = if all {
            (PaymentStatus::Refunded, CheckoutState::Refunded)
        } else {
            (PaymentStatus::PartiallyRefunded, CheckoutState::PartiallyRefunded)
        };
        payment.status = status;
        let id = payment.id;
        self.checkout(checkout, "");
        let told = RefundState {
            id: operation.to_string(),
            payment: id,
            amount,
            status: "SUCCEEDED".to_owned(),
        };
        let asked = Asked::Refund {
            payment: id,
            amount,
            marker,
        };
        self.answered(asked, Answer::Refund(told));
    }

    fn refund_refused(&mut self) {
        let total = self.state.total;
        self.operation(
            OperationKind::Refund,
            total,
            OperationStatus::Refused,
            "by the checkout",
        );
        self.checkout(CheckoutState::Refunding, "REFUND_FAILED");
    }

    fn new_payment(&mut self, status: PaymentStatus, charge: ChargeStatus, operation: OperationStatus) -> Uuid {
        let (id, total) = (self.world.id(), self.state.total);
        let charge_id = format!("ch_{id}");
        self.world.books.payments.push(Payment {
            id,
            order_id: Some(self.state.id),
            customer_id: CUSTOMER,
            status,
            amount: total,
            currency_code: "USD".to_owned(),
            authorized: 0,
            captured: 0,
            refunded: 0,
            refund_reserved: 0,
            charge_id: Some(charge_id.clone()),
            version: 1,
        });
        self.world.books.charges.push(Charge {
            id: charge_id,
            reference: id.to_string(),
            amount: total,
            currency_code: "USD".to_owned(),
            status: charge,
            captured: 0,
            refunded: 0,
        });
        self.operation(OperationKind::Authorize, total, operation, "")
    }

    fn operation(&mut self, kind: OperationKind, amount: i64, status: OperationStatus, reason: &str) -> Uuid {
        let id = self.world.id();
        let step = kind.as_str().to_lowercase();
        let operation = Operation {
            id,
            payment: self.payment().id,
            kind,
            amount,
            status,
            reason: reason.to_owned(),
            key: Some(format!("{}:{}:{step}", self.state.id, self.state.attempt)),
            tries: 1,
        };
        self.world.books.operations.push(operation);
        id
    }

    fn transfer(&mut self, operation: Uuid, debit: &str, credit: &str, amount: i64) {
        let transfer = Transfer {
            id: self.world.id(),
            payment: self.payment().id,
            operation,
            debit: debit.to_owned(),
            credit: credit.to_owned(),
            amount,
            currency_code: "USD".to_owned(),
        };
        self.world.books.transfers.push(transfer);
    }

    fn payment_event(&mut self, kind: &str) {
        let id = self.world.id();
        let payment = self.payment();
        payment.version += 1;
        let event = PaymentEvent {
            id,
            payment: payment.id,
            version: payment.version,
            kind: format!("payment.{kind}"),
        };
        self.world.books.payment_events.push(event);
    }
}
