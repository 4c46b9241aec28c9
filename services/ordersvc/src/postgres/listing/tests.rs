use kernel::UserId;
use order_core::{OrderId, Status};
use platform::postgres::Pool;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};
use testkit::postgres::TestDatabase;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::*;
use crate::MIGRATIONS;

/// A fifth of the million that the plans are for: the planner decides as it would, and the test stays quick.
const ORDERS: i64 = 200_000;

/// `LISTED_ORDERS=1000000` runs the test with all of them.
#[expect(
    clippy::disallowed_methods,
    reason = "how much a test fills in is nobody's configuration"
)]
fn orders() -> i64 {
    let asked = std::env::var("LISTED_ORDERS").ok();
    asked.map_or(ORDERS, |text| text.parse().expect("LISTED_ORDERS is a number"))
}

const FILL: &str = "
    SET session_replication_role = replica;
    INSERT INTO orders (id, customer_id, status, currency_code, total_minor, items, metadata, external_reference,
        cancel_reason, archived, created_at, updated_at, version)
    SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        ('00000000-0000-0000-0000-' || lpad(to_hex(CASE WHEN n % 2 = 0 THEN 1 ELSE n % 5000 + 2 END), 12, '0'))::uuid,
        CASE WHEN n % 100 = 0 THEN 'PENDING' WHEN n % 100 = 1 THEN 'CONFIRMED' WHEN n % 100 = 2 THEN 'SHIPPED'
             WHEN n % 100 < 10 THEN 'CANCELLED' ELSE 'DELIVERED' END,
        'USD', 900, '[]', '{}', '', '', n % 50 = 7, to_timestamp(1800000000 + n), to_timestamp(1800000000 + n), 4
    FROM generate_series(1, :orders) AS n;
    INSERT INTO checkouts (order_id, order_created_at, state, attempt, failure_reason, tries, payment_method)
    SELECT id, created_at, CASE status WHEN 'PENDING' THEN 'FAILED' WHEN 'CONFIRMED' THEN 'RUNNING'
        WHEN 'CANCELLED' THEN 'REFUNDED' ELSE 'PAID' END, 1, '', 0, ''
    FROM orders WHERE extract(epoch FROM created_at)::bigint / 100 % 10 <> 5;
    INSERT INTO order_addresses (order_id, customer_id, recipient, line1, line2, city, region, postal_code,
        country_code, phone)
    SELECT id, customer_id, 'r', 'l', '', 'c', '', '', 'GB', '' FROM orders;";

/// What a page reads at most: rows that it shows, each with its checkout and its address, and those that the filter
/// passes over on the way.
const MOST_ROWS: f64 = 3_000.0;

fn instant(number: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(1_800_000_000 + number)
}

fn kinds() -> Vec<(&'static str, OrderFilter)> {
    let all = OrderFilter::default();
    let of_large = OrderFilter {
        customer_id: Some(UserId::new(Uuid::from_u128(1))),
        ..all.clone()
    };
    let with = |checkout_state| OrderFilter {
        checkout_state: Some(checkout_state),
        ..all.clone()
    };
    vec![
        ("everybody's", all.clone()),
        ("of one customer with many", of_large.clone()),
        (
            "of one customer with few",
            OrderFilter {
                customer_id: Some(UserId::new(Uuid::from_u128(0x33))),
                ..all.clone()
            },
        ),
        (
            "with one status",
            OrderFilter {
                status: Some(Status::Pending),
                ..all.clone()
            },
        ),
        (
            "of one customer with one status",
            OrderFilter {
                status: Some(Status::Delivered),
                ..of_large.clone()
            },
        ),
        (
            "of one day",
            OrderFilter {
                created_after: Some(instant(80_000)),
                created_before: Some(instant(90_000)),
                ..all.clone()
            },
        ),
        (
            "with archived ones",
            OrderFilter {
                include_archived: true,
                ..all.clone()
            },
        ),
        ("that nobody tried to pay", with(CheckoutState::None)),
        ("whose checkout runs", with(CheckoutState::Running)),
        ("that are paid", with(CheckoutState::Paid)),
        ("whose checkout needs attention", with(CheckoutState::NeedsAttention)),
        (
            "of one customer that are refunded",
            OrderFilter {
                checkout_state: Some(CheckoutState::Refunded),
                ..of_large
            },
        ),
        (
            "with one status that nobody tried to pay",
            OrderFilter {
                status: Some(Status::Pending),
                ..with(CheckoutState::None)
            },
        ),
        (
            "with one status whose checkout failed",
            OrderFilter {
                status: Some(Status::Pending),
                ..with(CheckoutState::Failed)
            },
        ),
    ]
}

async fn plan(pool: &Pool, filter: &OrderFilter, after: Option<OrderCursor>) -> Value {
    let mut query = QueryBuilder::new(concat!("EXPLAIN (ANALYZE, FORMAT JSON) SELECT ", order_columns!()));
    conditions(&mut query, filter, after, PageSize::DEFAULT);
    let row = query.build().fetch_one(pool).await.unwrap();
    row.get::<Value, _>(0)[0]["Plan"].clone()
}

fn nodes(plan: &Value) -> Vec<&Value> {
    let below = plan["Plans"].as_array().into_iter().flatten();
    std::iter::once(plan).chain(below.flat_map(nodes)).collect()
}

/// What a node read, whether it passed it on or not.
fn rows_read(node: &Value) -> f64 {
    let number = |name: &str| node[name].as_f64().unwrap_or_default();
    (number("Actual Rows") + number("Rows Removed by Filter")) * number("Actual Loops")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn every_kind_of_listing_reads_its_page_by_an_index_and_sorts_nothing() {
    let database = TestDatabase::create(&MIGRATIONS).await.unwrap();
    let mut superuser = database.superuser().await.unwrap();
    let fill = FILL.replace(":orders", &orders().to_string());
    sqlx::raw_sql(AssertSqlSafe(fill))
        .execute(&mut superuser)
        .await
        .unwrap();
    sqlx::raw_sql("ANALYZE").execute(&mut superuser).await.unwrap();
    let connected = database.database().unwrap();
    let middle = OrderCursor {
        created_at: instant(orders() / 2),
        id: OrderId::new(Uuid::nil()),
    };
    let mut wrong = Vec::new();
    for (kind, filter) in kinds() {
        for after in [None, Some(middle)] {
            let plan = plan(connected.pool(), &filter, after).await;
            let nodes = nodes(&plan);
            let by_other_means: Vec<&str> = nodes
                .iter()
                .filter_map(|node| node["Node Type"].as_str())
                .filter(|node| {
                    !matches!(
                        *node,
                        "Limit" | "Nested Loop" | "Index Scan" | "Index Only Scan" | "Memoize"
                    )
                })
                .collect();
            let read: f64 = nodes
                .iter()
                .filter(|node| node["Plans"].is_null())
                .map(|node| rows_read(node))
                .sum();
            if !by_other_means.is_empty() || read > MOST_ROWS {
                wrong.push(format!(
                    "orders {kind}, after {after:?}: {by_other_means:?}, {read} rows: {plan:#}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
