//! Everything at once: two replicas, all that callers and staff may ask for, workers, crashes, a store that
//! goes away, and payments whose answers are lost, late or undecided, in thousands of orders that a seed
//! decides. What is claimed of every order is in [`claims`].

mod claims;
mod machine;

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, time::Duration};

use kernel::{Caller, Change, IdempotencyKey};
use order_core::{
    CancelOrder, CheckoutOrder, CheckoutPolicy, DeleteOrder, Order, OrderDraft, OrderId, PlaceOrder, Status, Step,
    UpdateOrder, UpdateOrderStatus,
    testing::{Fault, draft, item, key},
};

use self::{
    claims::Told,
    machine::{Chance, Replica, Shared},
};
use crate::shop::{clerk, me};

const SEEDS: u64 = 600;
const STEPS: usize = 250;
/// So many keys a customer uses; 0 is none.
const KEYS: usize = 3;
const METHODS: [&str; 7] = [
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_declined",
    "pm_card_capture_refused",
    "pm_card_refund_refused",
    "pm_card_void_refused",
];
const FAULTS: [Option<Fault>; 5] = [
    None,
    Some(Fault::LostRequest),
    Some(Fault::LostReply),
    Some(Fault::Undecided),
    Some(Fault::Late),
];

/// One order, and all that happens to it.
struct Story {
    shared: Shared,
    replicas: Vec<Replica>,
    chance: Chance,
    id: OrderId,
    /// What each key pays with: the same key is the same request.
    methods: [&'static str; KEYS + 1],
    told: Rc<RefCell<Vec<Told>>>,
    seen: usize,
}

impl Story {
    fn begin(seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        let policy = CheckoutPolicy {
            unpaid_expires_after: chance.one_of(&[None, None, Some(Duration::from_hours(1))]),
            ..CheckoutPolicy::default()
        };
        let shared = Shared::new();
        let replicas = vec![Replica::new(&shared, policy), Replica::new(&shared, policy)];
        let mut story = Self {
            shared,
            replicas,
            methods: std::array::from_fn(|_| chance.one_of(&METHODS)),
            chance,
            id: OrderId::new(uuid::Uuid::nil()),
            told: Rc::default(),
            seen: 0,
        };
        let price = story.chance.one_of(&[450, 450, 450, 1, 0, i64::MAX / 2]);
        let input = PlaceOrder {
            draft: OrderDraft {
                items: vec![item("tea", 2, price)],
                ..draft()
            },
            payment_method: story.chance.one_of(&["", METHODS[0], story.methods[0]]).to_owned(),
            ..PlaceOrder::default()
        };
        let ordering = story.replicas[0].ordering.clone();
        story.replicas[0].run(async move { drop(ordering.place(&me(), input, None).await.unwrap()) });
        while story.shared.orders.all().is_empty() {
            story.step();
        }
        story.id = story.shared.orders.all()[0].id();
        story
    }

    fn step(&mut self) {
        let replica = self.chance.number(self.replicas.len());
        let Self { replicas, chance, .. } = self;
        replicas[replica].step(chance);
    }

    /// Somebody does something, or nothing happens but what was begun.
    fn happens(&mut self) {
        let payments = self.shared.payments.clone();
        match self.chance.number(100) {
            0..8 => self.call(),
            8..14 => self.worker(),
            14..22 => payments.inject([self.chance.one_of(&FAULTS)]),
            22..24 => {
                payments.deliver_late();
            }
            24..26 => payments.resolve(),
            26..28 => self.staff_refunds(),
            28..29 if self.chance.number(3) == 0 => payments.refuse_refunds_by_staff(),
            28..29 => payments.end_refunds_by_staff(),
            29..33 => self.time_passes(),
            33..34 => {
                let replica = self.chance.number(self.replicas.len());
                self.replicas[replica].crash();
            }
            34..35 => self.shared.orders.set_away(true),
            35..38 => self.shared.orders.set_away(false),
            _ => self.step(),
        }
    }

    fn time_passes(&mut self) {
        let by = self.chance.one_of(&[
            Duration::from_millis(100),
            Duration::from_millis(300),
            Duration::from_secs(1),
            Duration::from_secs(5),
            Duration::from_secs(5),
            Duration::from_mins(31),
            Duration::from_hours(25),
        ]);
        self.shared.clock.advance(by);
    }

    fn staff_refunds(&mut self) {
        let charges = self.shared.payments.charges();
        let Some(charge) = charges.iter().find(|charge| charge.captured > charge.refunded) else {
            return;
        };
        let left = charge.captured - charge.refunded;
        let amount = self.chance.one_of(&[1, left / 2, left]).max(1);
        self.shared.payments.begin_refund_by_staff(charge.id, amount);
    }

    fn worker(&mut self) {
        let replica = self.chance.number(self.replicas.len());
        let ordering = self.replicas[replica].ordering.clone();
        self.replicas[replica].run(async move {
            for due in ordering.take_due(10).await.unwrap_or_default() {
                let _ = ordering.resume(due).await;
            }
        });
    }

    fn call(&mut self) {
        let replica = self.chance.number(self.replicas.len());
        if self.replicas[replica].is_busy() {
            return;
        }
        let ordering = self.replicas[replica].ordering.clone();
        let (id, told) = (self.id, self.told.clone());
        let caller = self.chance.one_of(&[me as fn() -> Caller, me, clerk])();
        let tells = move |told_now: Option<Told>| told.borrow_mut().extend(told_now);
        let etag = None;
        match self.chance.number(28) {
            0..11 => {
                let key = self.chance.number(KEYS + 1);
                let input = CheckoutOrder {
                    id,
                    payment_method: self.methods[key].to_owned(),
                    etag,
                };
                let within = self.chance.one_of(&[None, Some(Duration::from_secs(2))]);
                self.replicas[replica].run(async move {
                    let answer = ordering.checkout(&me(), input, checkout_key(key), within).await;
                    tells(claims::told(key, answer.map(Change::into_inner)));
                });
            }
            11 => {
                let reason = String::new();
                let input = CancelOrder { id, reason, etag };
                self.replicas[replica].run(async move {
                    tells(
                        ordering
                            .cancel(&caller, input, None)
                            .await
                            .ok()
                            .map(|_| Told::Cancelled),
                    );
                });
            }
            12 => {
                let input = DeleteOrder { id, etag };
                self.replicas[replica].run(async move {
                    tells(ordering.delete(&caller, input, None).await.ok().map(|_| Told::Deleted));
                });
            }
            13..15 => {
                let input = UpdateOrder {
                    id,
                    etag,
                    mask: Vec::new(),
                    items: Vec::new(),
                    shipping_address: None,
                    metadata: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
                };
                self.replicas[replica].run(async move { drop(ordering.update(&caller, input, None).await) });
            }
            15..22 => {
                let status = self.chance.one_of(&[Status::Shipped, Status::Delivered]);
                let input = UpdateOrderStatus { id, status, etag };
                self.replicas[replica].run(async move {
                    let moved = ordering.update_status(&clerk(), input, None).await.ok();
                    tells(moved.map(|_| match status {
                        Status::Shipped => Told::Shipped,
                        _ => Told::Delivered,
                    }));
                });
            }
            _ => self.replicas[replica].run(async move { drop(ordering.sync_payment(&clerk(), id).await) }),
        }
    }

    /// Nothing new happens; what was begun ends, whatever is late arrives, payments tell of every refund, and
    /// every caller is answered.
    fn end(&mut self) {
        self.shared.orders.set_away(false);
        self.shared.payments.heal();
        let mut is_synced = false;
        for _ in 0..300 {
            for _ in 0..50 {
                self.step();
                claims::always(&self.shared, &mut self.seen);
            }
            self.shared.payments.relent();
            self.shared.payments.resolve();
            self.shared.payments.end_refunds_by_staff();
            while self.shared.payments.deliver_late() {}
            let order = self.order();
            if let Some(work) = order.work().filter(|work| work.step != Step::Expire) {
                self.shared.clock.advance_to(work.due_at);
                self.worker();
            } else if !is_synced {
                is_synced = true;
                let (ordering, id) = (self.replicas[0].ordering.clone(), self.id);
                self.replicas[0].run(async move { drop(ordering.sync_payment(&clerk(), id).await.unwrap()) });
            } else if self.replicas.iter().all(Replica::is_idle) {
                return;
            }
        }
        panic!("stuck: {:?}", self.order());
    }

    fn order(&self) -> Order {
        self.shared.orders.all().remove(0)
    }
}

fn checkout_key(number: usize) -> Option<IdempotencyKey> {
    (number > 0).then(|| key(&me(), &number.to_string(), 1))
}

#[test]
fn whatever_meets_whatever_the_money_adds_up_and_nothing_is_stuck() {
    let mut visited: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..SEEDS {
        let story = std::panic::catch_unwind(|| {
            let mut story = Story::begin(seed);
            for _ in 0..STEPS {
                story.happens();
                claims::always(&story.shared, &mut story.seen);
            }
            story.end();
            claims::at_the_end(&story.shared, &story.told.borrow());
            story.shared.orders.log()
        });
        let log = story.unwrap_or_else(|panic| {
            println!("seed {seed}");
            std::panic::resume_unwind(panic)
        });
        for recorded in log {
            let order = recorded.event.order();
            let state = format!("{} {}", order.status, order.checkout.state);
            *visited.entry(state).or_default() += 1;
        }
    }
    // The twenty pairs that last, and three of the moment between cancelling and taking back what was done.
    assert_eq!(visited.len(), 23, "{visited:#?}");
}
