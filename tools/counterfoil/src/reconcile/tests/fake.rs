//! Services in memory, whose books change when a test says.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api::{
    order::v1::{Checkout, CheckoutState, ListOrdersRequest, ListOrdersResponse, Order, OrderStatus},
    payment::v1::{
        LedgerEntry, ListLedgerEntriesRequest, ListLedgerEntriesResponse, ListPaymentsRequest, ListPaymentsResponse,
        ListProviderChargesRequest, ListProviderChargesResponse, Payment, PaymentStatus, PendingOperation,
        ProviderCharge, Refund, RefundStatus,
    },
};
use async_trait::async_trait;
use prost_types::Timestamp;
use tonic::Status;

use crate::reconcile::Services;

/// The books, which a test may change.
#[derive(Default)]
pub(super) struct World {
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) payments: BTreeMap<String, Payment>,
    pub(super) entries: Vec<LedgerEntry>,
    pub(super) charges: Vec<ProviderCharge>,
    /// The call that nobody answers.
    pub(super) away: &'static str,
    /// Payments that the provider tells nothing of.
    pub(super) unresolvable: Vec<String>,
    asked: BTreeMap<&'static str, usize>,
    changes: Vec<(&'static str, usize, Change)>,
}

type Change = Box<dyn FnOnce(&mut World) + Send>;

pub(super) struct Fake(Mutex<World>);

/// The id of a payment.
pub(super) fn id(number: usize) -> String {
    format!("01900000-0000-7000-8000-{number:012x}")
}

pub(super) fn order_id(number: usize) -> String {
    format!("01900000-0000-7000-9000-{number:012x}")
}

impl World {
    /// An order of 1000 cents that was paid long ago.
    pub(super) fn add_paid_order(&mut self, number: usize) {
        let mut order = Order {
            id: order_id(number),
            customer_id: "customer".to_owned(),
            total_cents: 1_000,
            currency_code: "USD".to_owned(),
            etag: "1".to_owned(),
            updated_at: Some(Timestamp::default()),
            checkout: Some(Checkout {
                payment_id: id(number),
                ..Checkout::default()
            }),
            ..Order::default()
        };
        order.set_status(OrderStatus::Confirmed);
        self.orders.insert(order.id.clone(), order);
        self.set_checkout(number, CheckoutState::Paid);
        let mut payment = Payment {
            id: id(number),
            order_id: order_id(number),
            customer_id: "customer".to_owned(),
            amount_cents: 1_000,
            currency_code: "USD".to_owned(),
            authorized_cents: 1_000,
            captured_cents: 1_000,
            etag: "1".to_owned(),
            updated_at: Some(Timestamp::default()),
            ..Payment::default()
        };
        payment.set_status(PaymentStatus::Captured);
        payment.set_pending_operation(PendingOperation::None);
        self.payments.insert(payment.id.clone(), payment);
        self.charges.push(ProviderCharge {
            id: format!("ch_{number}"),
            payment_id: id(number),
            authorized_cents: 1_000,
            captured_cents: 1_000,
            currency_code: "USD".to_owned(),
            ..ProviderCharge::default()
        });
        self.book(number, "authorizations", "authorization_holds", 1_000);
        self.book(number, "authorization_holds", "authorizations", 1_000);
        self.book(number, "provider_clearing", "sales", 1_000);
    }

    fn book(&mut self, number: usize, debit: &str, credit: &str, cents: i64) {
        let transfer_id = format!("transfer {}", self.entries.len());
        for (account, amount_cents) in [(debit, cents), (credit, -cents)] {
            self.entries.push(LedgerEntry {
                transfer_id: transfer_id.clone(),
                payment_id: id(number),
                account: account.to_owned(),
                amount_cents,
                currency_code: "USD".to_owned(),
                created_at: None,
            });
        }
    }

    /// Given back everywhere, and the order follows.
    pub(super) fn refund(&mut self, number: usize, cents: i64) {
        self.charge(number).refunded_cents += cents;
        self.book(number, "refunds", "provider_clearing", cents);
        let payment = self.payment(number);
        payment.refunded_cents += cents;
        let mut refund = Refund {
            amount_cents: cents,
            ..Refund::default()
        };
        refund.set_status(RefundStatus::Succeeded);
        payment.refunds.push(refund);
        payment.set_status(if payment.refunded_cents == payment.captured_cents {
            PaymentStatus::Refunded
        } else {
            PaymentStatus::PartiallyRefunded
        });
        self.touch(number);
        self.follow(number, true);
    }

    /// The order says what its payment does, or that it is PAID.
    pub(super) fn follow(&mut self, number: usize, follows: bool) {
        let state = match self.payment(number).status() {
            PaymentStatus::Refunded if follows => CheckoutState::Refunded,
            PaymentStatus::PartiallyRefunded if follows => CheckoutState::PartiallyRefunded,
            _ => CheckoutState::Paid,
        };
        self.set_checkout(number, state);
        let order = self.order(number);
        order.etag += "'";
    }

    fn set_checkout(&mut self, number: usize, state: CheckoutState) {
        if let Some(checkout) = &mut self.order(number).checkout {
            checkout.set_state(state);
        }
    }

    /// A new version of the payment that says the same.
    pub(super) fn touch(&mut self, number: usize) {
        self.payment(number).etag += "'";
    }

    pub(super) fn order(&mut self, number: usize) -> &mut Order {
        self.orders.get_mut(&order_id(number)).unwrap()
    }

    pub(super) fn payment(&mut self, number: usize) -> &mut Payment {
        self.payments.get_mut(&id(number)).unwrap()
    }

    pub(super) fn charge(&mut self, number: usize) -> &mut ProviderCharge {
        let mut charges = self.charges.iter_mut();
        charges.find(|charge| charge.payment_id == id(number)).unwrap()
    }

    /// What the provider knows is taken over.
    fn resolve(&mut self, id: &str) -> Result<Payment, Status> {
        if self.unresolvable.iter().any(|other| other == id) {
            return Err(Status::unavailable("the provider has not answered"));
        }
        let number = self.payments.keys().position(|other| other == id).unwrap() + 1;
        if self.payment(number).status() == PaymentStatus::Processing {
            self.book(number, "authorizations", "authorization_holds", 1_000);
            self.book(number, "authorization_holds", "authorizations", 1_000);
            self.book(number, "provider_clearing", "sales", 1_000);
            let payment = self.payment(number);
            payment.set_status(PaymentStatus::Captured);
            (payment.authorized_cents, payment.captured_cents) = (1_000, 1_000);
        }
        let payment = self.payment(number);
        payment.set_pending_operation(PendingOperation::None);
        Ok(payment.clone())
    }
}

impl Fake {
    pub(super) fn with(fill: impl FnOnce(&mut World)) -> Arc<Self> {
        let mut world = World::default();
        fill(&mut world);
        Arc::new(Self(Mutex::new(world)))
    }

    /// Something happens right after a call was answered for the n-th time.
    pub(super) fn after(&self, call: &'static str, times: usize, change: impl FnOnce(&mut World) + Send + 'static) {
        self.world().changes.push((call, times, Box::new(change)));
    }

    /// How often a call was made.
    pub(super) fn asked(&self, call: &'static str) -> usize {
        self.world().asked.get(call).copied().unwrap_or_default()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer<T>(&self, call: &'static str, answer: impl FnOnce(&mut World) -> Result<T, Status>) -> Result<T, Status> {
        let mut world = self.world();
        if world.away == call {
            return Err(Status::unavailable("nobody is there"));
        }
        let answered = answer(&mut world);
        let asked = world.asked.entry(call).or_default();
        *asked += 1;
        let times = *asked;
        let (due, later) = std::mem::take(&mut world.changes)
            .into_iter()
            .partition::<Vec<_>, _>(|(name, at, _)| (*name, *at) == (call, times));
        world.changes = later;
        for (_, _, change) in due {
            change(&mut world);
        }
        answered
    }
}

/// A page of what there is, and where the next one starts.
fn page<T: Clone>(all: impl Iterator<Item = T>, size: i32, token: &str) -> (Vec<T>, String) {
    let (from, size) = (token.parse().unwrap_or(0), usize::try_from(size).unwrap());
    let mut rest: Vec<T> = all.skip(from).take(size + 1).collect();
    let more = rest.len() > size;
    rest.truncate(size);
    let next = if more { (from + size).to_string() } else { String::new() };
    (rest, next)
}

#[async_trait]
impl Services for Fake {
    async fn list_orders(&self, request: &ListOrdersRequest) -> Result<ListOrdersResponse, Status> {
        assert!(request.include_archived);
        self.answer("list_orders", |world| {
            let (orders, next_page_token) =
                page(world.orders.values().cloned(), request.page_size, &request.page_token);
            Ok(ListOrdersResponse {
                orders,
                next_page_token,
            })
        })
    }

    async fn get_order(&self, id: &str) -> Result<Order, Status> {
        self.answer("get_order", |world| {
            let order = world.orders.get(id).cloned();
            order.ok_or_else(|| Status::not_found("no such order"))
        })
    }

    async fn list_payments(&self, request: &ListPaymentsRequest) -> Result<ListPaymentsResponse, Status> {
        self.answer("list_payments", |world| {
            let all = world.payments.values().cloned();
            let of = all.filter(|payment| request.order_id.is_empty() || payment.order_id == request.order_id);
            let (payments, next_page_token) = page(of, request.page_size, &request.page_token);
            Ok(ListPaymentsResponse {
                payments,
                next_page_token,
            })
        })
    }

    async fn get_payment(&self, id: &str) -> Result<Payment, Status> {
        self.answer("get_payment", |world| {
            if kernel::BadId::check(id).is_err() {
                return Err(Status::invalid_argument("no id"));
            }
            let payment = world.payments.get(id).cloned();
            payment.ok_or_else(|| Status::not_found("no such payment"))
        })
    }

    async fn list_ledger_entries(
        &self,
        request: &ListLedgerEntriesRequest,
    ) -> Result<ListLedgerEntriesResponse, Status> {
        self.answer("list_ledger_entries", |world| {
            if !request.payment_id.is_empty() && kernel::BadId::check(&request.payment_id).is_err() {
                return Err(Status::invalid_argument("no id"));
            }
            let all = world.entries.iter().cloned();
            let of = all.filter(|entry| request.payment_id.is_empty() || entry.payment_id == request.payment_id);
            // Of movements, which are two entries each.
            let (entries, next_page_token) = page(of, request.page_size * 2, &request.page_token);
            Ok(ListLedgerEntriesResponse {
                entries,
                next_page_token,
            })
        })
    }

    async fn list_provider_charges(
        &self,
        request: &ListProviderChargesRequest,
    ) -> Result<ListProviderChargesResponse, Status> {
        self.answer("list_provider_charges", |world| {
            let (charges, next_page_token) =
                page(world.charges.iter().cloned(), request.page_size, &request.page_token);
            Ok(ListProviderChargesResponse {
                charges,
                next_page_token,
            })
        })
    }

    async fn resolve_payment(&self, id: &str) -> Result<Payment, Status> {
        self.answer("resolve_payment", |world| world.resolve(id))
    }

    async fn sync_order(&self, id: &str) -> Result<Order, Status> {
        self.answer("sync_order", |world| {
            let number = world.orders.keys().position(|other| other == id).unwrap() + 1;
            world.follow(number, true);
            Ok(world.order(number).clone())
        })
    }
}
