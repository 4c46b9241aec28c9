use api::{
    order::v1::{CheckoutState, OrderStatus},
    payment::v1::PaymentStatus,
};

use super::*;
use crate::reconcile::books::{Charge, Entry};

const LONG: Duration = Duration::from_secs(60);

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_782_907_200).unwrap()
}

fn long_ago() -> OffsetDateTime {
    now() - LONG
}

/// What became of the money of one order of 1000 cents.
#[derive(Clone, Copy)]
enum Money {
    Held,
    Taken,
    PartlyBack,
    Back,
    Released,
}

/// Order, payment, ledger and charge that agree.
fn agreeing(status: OrderStatus, checkout: CheckoutState, money: Money) -> Books {
    let mut books = Books::default();
    books.orders.insert("order".to_owned(), order(status, checkout));
    put(&mut books, "payment", money);
    books
}

fn order(status: OrderStatus, checkout: CheckoutState) -> Order {
    Order {
        id: "order".to_owned(),
        customer_id: "customer".to_owned(),
        status,
        total: 1_000,
        currency: "USD".to_owned(),
        checkout,
        payment_id: Some("payment".to_owned()),
        failure_reason: String::new(),
        updated_at: long_ago(),
        etag: "1".to_owned(),
    }
}

/// Adds a payment of the order with its entries and its charge.
fn put(books: &mut Books, id: &str, money: Money) {
    let (status, captured, refunded) = match money {
        Money::Held => (PaymentStatus::RequiresCapture, 0, 0),
        Money::Taken => (PaymentStatus::Captured, 1_000, 0),
        Money::PartlyBack => (PaymentStatus::PartiallyRefunded, 1_000, 300),
        Money::Back => (PaymentStatus::Refunded, 1_000, 1_000),
        Money::Released => (PaymentStatus::Voided, 0, 0),
    };
    let payment = Payment {
        id: id.to_owned(),
        order_id: Some("order".to_owned()),
        customer_id: "customer".to_owned(),
        status,
        amount: 1_000,
        currency: "USD".to_owned(),
        authorized: 1_000,
        captured,
        refunded,
        refunds: refunded,
        is_pending: false,
        updated_at: long_ago(),
        etag: "1".to_owned(),
    };
    let mut movements = vec![("authorizations", "authorization_holds", 1_000)];
    if !matches!(money, Money::Held) {
        movements.push(("authorization_holds", "authorizations", 1_000));
    }
    if captured > 0 {
        movements.push(("provider_clearing", "sales", captured));
    }
    if refunded > 0 {
        movements.push(("refunds", "provider_clearing", refunded));
    }
    let entries = movements
        .into_iter()
        .enumerate()
        .flat_map(|(number, (debit, credit, amount))| {
            let side = |account: &str, amount| Entry {
                transfer_id: format!("{id}-{number}"),
                account: account.to_owned(),
                amount,
                currency: "USD".to_owned(),
            };
            [side(debit, amount), side(credit, -amount)]
        });
    books.entries.insert(id.to_owned(), entries.collect());
    let charge = Charge {
        id: format!("ch_{id}"),
        authorized: 1_000,
        captured,
        refunded,
        voided: matches!(money, Money::Released),
        currency: "USD".to_owned(),
    };
    books.charges.insert(id.to_owned(), vec![charge]);
    books.payments.insert(id.to_owned(), payment);
}

fn paid() -> Books {
    agreeing(OrderStatus::Confirmed, CheckoutState::Paid, Money::Taken)
}

fn kinds(books: &Books) -> Vec<&'static str> {
    let patience = Patience {
        now: now(),
        pending_for: LONG,
    };
    let mut kinds: Vec<_> = compare(books, patience)
        .iter()
        .map(|found| found.kind.as_str())
        .collect();
    kinds.dedup();
    kinds
}

fn changed(mut books: Books, change: impl FnOnce(&mut Books)) -> Vec<&'static str> {
    change(&mut books);
    kinds(&books)
}

fn with_order(books: Books, change: impl FnOnce(&mut Order)) -> Vec<&'static str> {
    changed(books, |books| change(books.orders.get_mut("order").unwrap()))
}

fn with_payment(books: Books, change: impl FnOnce(&mut Payment)) -> Vec<&'static str> {
    changed(books, |books| change(books.payments.get_mut("payment").unwrap()))
}

fn with_charge(books: Books, change: impl FnOnce(&mut Charge)) -> Vec<&'static str> {
    changed(books, |books| change(&mut books.charges.get_mut("payment").unwrap()[0]))
}

fn with_entries(books: Books, change: impl FnOnce(&mut Vec<Entry>)) -> Vec<&'static str> {
    changed(books, |books| change(books.entries.get_mut("payment").unwrap()))
}

/// The same as if it had happened a moment ago.
fn young(mut books: Books) -> Books {
    for order in books.orders.values_mut() {
        order.updated_at = now() - LONG / 2;
    }
    for payment in books.payments.values_mut() {
        payment.updated_at = now() - LONG / 2;
    }
    books
}

const NONE: [&str; 0] = [];

#[test]
fn books_that_agree_have_nothing_to_tell() {
    use CheckoutState as C;
    use OrderStatus as S;
    for (status, checkout, money) in [
        (S::Confirmed, C::Paid, Money::Taken),
        (S::Shipped, C::Paid, Money::Taken),
        (S::Delivered, C::PartiallyRefunded, Money::PartlyBack),
        (S::Confirmed, C::Refunded, Money::Back),
        (S::Cancelled, C::Refunded, Money::Back),
        (S::Cancelled, C::Refunded, Money::Released),
        (S::Cancelled, C::Failed, Money::Released),
    ] {
        assert_eq!(
            kinds(&agreeing(status, checkout, money)),
            NONE,
            "{status:?} {checkout:?}"
        );
    }
}

#[test]
fn orders_that_need_no_money_have_nothing_to_tell() {
    let mut books = Books::default();
    for (number, (status, checkout, total)) in [
        (OrderStatus::Pending, CheckoutState::None, 1_000),
        (OrderStatus::Cancelled, CheckoutState::None, 1_000),
        (OrderStatus::Pending, CheckoutState::Failed, 1_000),
        (OrderStatus::Confirmed, CheckoutState::Paid, 0),
        (OrderStatus::Cancelled, CheckoutState::Refunded, 0),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("order-{number}");
        let order = Order {
            id: id.clone(),
            total,
            payment_id: None,
            ..order(status, checkout)
        };
        books.orders.insert(id, order);
    }
    assert_eq!(kinds(&books), NONE);
}

#[test]
fn what_is_on_its_way_is_told_when_it_is_old_and_not_before() {
    use CheckoutState as C;
    use OrderStatus as S;
    let cases = [
        (
            agreeing(S::Confirmed, C::Running, Money::Held),
            vec!["CHECKOUT_PENDING"],
        ),
        (
            agreeing(S::Confirmed, C::Running, Money::Taken),
            vec!["CHECKOUT_PENDING"],
        ),
        (
            agreeing(S::Cancelled, C::Refunding, Money::Taken),
            vec!["REFUND_PENDING"],
        ),
        (
            agreeing(S::Cancelled, C::Refunding, Money::Held),
            vec!["REFUND_PENDING"],
        ),
        (
            agreeing(S::Cancelled, C::Refunding, Money::Back),
            vec!["ORDER_BEHIND_PAYMENT"],
        ),
        (
            agreeing(S::Cancelled, C::Refunding, Money::Released),
            vec!["ORDER_BEHIND_PAYMENT"],
        ),
        (
            agreeing(S::Confirmed, C::Paid, Money::PartlyBack),
            vec!["ORDER_BEHIND_PAYMENT"],
        ),
        (
            agreeing(S::Shipped, C::PartiallyRefunded, Money::Back),
            vec!["ORDER_BEHIND_PAYMENT"],
        ),
        (agreeing(S::Cancelled, C::Failed, Money::Held), vec!["UNCLAIMED_MONEY"]),
        (agreeing(S::Pending, C::Failed, Money::Taken), vec!["UNCLAIMED_MONEY"]),
    ];
    for (books, expected) in cases {
        assert_eq!(kinds(&young(books.clone())), NONE, "{expected:?} young");
        assert_eq!(kinds(&books), expected);
    }
    let mut asked = paid();
    asked.payments.get_mut("payment").unwrap().is_pending = true;
    assert_eq!(kinds(&young(asked.clone())), NONE);
    assert_eq!(kinds(&asked), ["OPERATION_PENDING"]);
}

#[test]
fn what_waits_for_a_person_is_told_at_once() {
    let attention = agreeing(OrderStatus::Confirmed, CheckoutState::NeedsAttention, Money::Held);
    assert_eq!(kinds(&young(attention)), ["CHECKOUT_NEEDS_ATTENTION"]);
    let refused = young(agreeing(OrderStatus::Cancelled, CheckoutState::Refunding, Money::Taken));
    let kinds = with_order(refused, |order| order.failure_reason = "REFUND_FAILED".to_owned());
    assert_eq!(kinds, ["REFUND_FAILED"]);
}

#[test]
fn an_order_that_claims_more_than_its_payment_shows_is_told_at_once() {
    use CheckoutState as C;
    use OrderStatus as S;
    for (status, checkout, money) in [
        (S::Confirmed, C::Paid, Money::Held),
        (S::Shipped, C::Paid, Money::Released),
        (S::Confirmed, C::PartiallyRefunded, Money::Taken),
        (S::Cancelled, C::Refunded, Money::PartlyBack),
        (S::Cancelled, C::Refunded, Money::Taken),
    ] {
        let books = young(agreeing(status, checkout, money));
        assert_eq!(kinds(&books), ["ORDER_AHEAD_OF_PAYMENT"], "{status:?} {checkout:?}");
    }
}

#[test]
fn status_and_checkout_that_exclude_each_other_are_told() {
    use CheckoutState as C;
    use OrderStatus as S;
    for (status, checkout) in [
        (S::Pending, C::Paid),
        (S::Shipped, C::None),
        (S::Cancelled, C::Paid),
        (S::Delivered, C::Running),
    ] {
        let kinds = kinds(&young(agreeing(status, checkout, Money::Taken)));
        assert!(
            kinds.contains(&"ORDER_INCONSISTENT"),
            "{status:?} {checkout:?}: {kinds:?}"
        );
    }
}

#[test]
fn orders_and_payments_that_do_not_belong_together_are_told() {
    let other = |name: &str| Some(name.to_owned());
    assert_eq!(
        with_order(paid(), |order| order.payment_id = None),
        ["ORDER_WITHOUT_PAYMENT", "UNCLAIMED_MONEY"]
    );
    assert_eq!(
        with_order(paid(), |order| order.payment_id = other("nobody")),
        ["ORDER_WITHOUT_PAYMENT", "UNCLAIMED_MONEY"]
    );
    assert_eq!(
        with_payment(paid(), |payment| payment.order_id = None),
        ["ORDER_WITHOUT_PAYMENT"]
    );
    assert_eq!(
        changed(paid(), |books| drop(books.orders.remove("order"))),
        ["PAYMENT_WITHOUT_ORDER"]
    );
    assert_eq!(
        with_payment(paid(), |payment| payment.customer_id = "another".to_owned()),
        ["CUSTOMER_DIFFERS"]
    );
    assert_eq!(with_order(paid(), |order| order.total = 999), ["AMOUNT_DIFFERS"]);
    assert_eq!(
        with_order(paid(), |order| order.currency = "EUR".to_owned()),
        ["AMOUNT_DIFFERS"]
    );
}

#[test]
fn money_of_an_earlier_attempt_is_told() {
    for money in [Money::Held, Money::Taken, Money::PartlyBack] {
        assert_eq!(
            changed(paid(), |books| put(books, "earlier", money)),
            ["UNCLAIMED_MONEY"]
        );
    }
    for money in [Money::Released, Money::Back] {
        assert_eq!(changed(paid(), |books| put(books, "earlier", money)), NONE);
    }
}

#[test]
fn an_order_that_was_changed_after_a_failed_attempt_may_cost_something_else() {
    let failed = agreeing(OrderStatus::Pending, CheckoutState::Failed, Money::Released);
    assert_eq!(with_order(failed, |order| order.total = 5), NONE);
}

#[test]
fn amounts_that_a_payment_cannot_have_are_told() {
    let changes: [fn(&mut Payment); 7] = [
        |payment| payment.refunds = 1,
        |payment| payment.status = PaymentStatus::Declined,
        |payment| payment.status = PaymentStatus::Refunded,
        |payment| payment.captured = 1_001,
        |payment| payment.refunded = 1_001,
        |payment| payment.authorized = -1,
        |payment| payment.amount = 999,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(
            with_payment(paid(), change).contains(&"PAYMENT_INCONSISTENT"),
            "{number}"
        );
    }
}

#[test]
fn a_provider_that_says_something_else_is_told() {
    let changes: [fn(&mut Charge); 5] = [
        |charge| charge.authorized = 999,
        |charge| charge.captured = 999,
        |charge| charge.refunded = 1,
        |charge| charge.voided = true,
        |charge| charge.currency = "EUR".to_owned(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert_eq!(with_charge(paid(), change), ["PROVIDER_DIFFERS"], "{number}");
    }
    assert_eq!(
        changed(paid(), |books| books.charges.clear()),
        ["PAYMENT_WITHOUT_CHARGE"]
    );
}

#[test]
fn a_second_charge_is_told_even_while_the_provider_is_asked() {
    let twice = |books: &mut Books| {
        let charges = books.charges.get_mut("payment").unwrap();
        charges.push(Charge {
            id: "ch_2".to_owned(),
            ..charges[0].clone()
        });
    };
    assert_eq!(changed(paid(), twice), ["SEVERAL_CHARGES"]);
    let mut asked = young(paid());
    asked.payments.get_mut("payment").unwrap().is_pending = true;
    assert_eq!(changed(asked, twice), ["SEVERAL_CHARGES"]);
    let declined = |books: &mut Books| {
        books.charges.get_mut("payment").unwrap().push(Charge {
            id: "ch_2".to_owned(),
            authorized: 0,
            captured: 0,
            refunded: 0,
            voided: false,
            currency: "USD".to_owned(),
        });
    };
    assert_eq!(changed(paid(), declined), NONE);
}

#[test]
fn what_belongs_to_no_payment_is_told() {
    let removed = |books: &mut Books| {
        books.orders.clear();
        books.payments.clear();
    };
    assert_eq!(
        changed(paid(), removed),
        ["LEDGER_WITHOUT_PAYMENT", "CHARGE_WITHOUT_PAYMENT"]
    );
}

#[test]
fn a_ledger_that_says_something_else_is_told() {
    for side in 0..6 {
        let kinds = with_entries(paid(), |entries| entries[side].amount += 1);
        assert_eq!(kinds, ["LEDGER_UNBALANCED", "LEDGER_DIFFERS"], "{side}");
    }
    assert_eq!(with_entries(paid(), |entries| entries.truncate(4)), ["LEDGER_DIFFERS"]);
    assert_eq!(with_entries(paid(), Vec::clear), ["LEDGER_DIFFERS"]);
    let currency = |entries: &mut Vec<Entry>| entries.iter_mut().for_each(|entry| entry.currency = "EUR".to_owned());
    assert_eq!(with_entries(paid(), currency), ["LEDGER_DIFFERS"]);
    let split = |entries: &mut Vec<Entry>| entries[5].transfer_id = "another".to_owned();
    assert_eq!(with_entries(paid(), split), ["LEDGER_UNBALANCED"]);
}

#[test]
fn what_is_told_names_everything_and_is_in_a_stable_order() {
    let mut books = agreeing(OrderStatus::Confirmed, CheckoutState::NeedsAttention, Money::Held);
    books.charges.get_mut("payment").unwrap()[0].captured = 1_000;
    let patience = Patience {
        now: now(),
        pending_for: LONG,
    };
    let found = compare(&books, patience);
    assert_eq!(found, compare(&books, patience));
    let [attention, provider] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(attention.remedy().text(), "counterfoil orders sync order");
    assert_eq!(provider.charge_id.as_deref(), Some("ch_payment"));
    assert_eq!(provider.order_id.as_deref(), Some("order"));
    assert_eq!(provider.expected, "authorized 1000, captured 0, refunded 0 USD");
    assert_eq!(provider.found, "authorized 1000, captured 1000, refunded 0 USD");
}
