use std::time::Duration;

use anyhow::Context;
use api::order::v1::{GetOrderRequest, order_service_client::OrderServiceClient};
use kernel::{IdSource, UuidV7Source};
use sqlx::{AssertSqlSafe, Connection};
use tokio::time::Instant;
use tonic::transport::Channel;

use super::{
    Speed, TURNS,
    figure::{Aim, Figure, Peer},
    mean, measure as measure_calls,
    pgbench::Pgbench,
    statement::{Script, Statement},
    system::System,
};
use crate::{
    load::Caller,
    record::Record,
    shop::{self, Customer, Operation, Shopper},
};

pub(super) const CREATE: &str = "CreateOrder";
pub(super) const GET: &str = "GetOrder";

const AT_ONCE: usize = 32;
const CONNECTIONS: usize = 4;
const CUSTOMERS: usize = 4;
/// Orders to read, besides those that were placed.
const ROWS: u64 = 100_000;

/// Ids that count: of orders to read, of orders that pgbench places, of their events.
const TO_READ: &str = "01900000-0000-7000-8000-";
const PLACED: &str = "01900000-0000-7000-9000-";
const EVENTS: &str = "01900000-0000-7000-a000-";

/// What ordersvc sends for one call of each kind, and the order that it was sent for.
pub(super) struct Statements {
    create: Script,
    get: Script,
    reader: Customer,
}

impl Statements {
    /// Lets ordersvc place an order and read it while the database logs what it is sent.
    pub(super) async fn capture(system: &mut System) -> anyhow::Result<Self> {
        system.log_statements(true).await?;
        system.restart("ordersvc").await?;
        let auth = system.channels("authsvc", 1).await?.remove(0);
        let orders = system.channels("ordersvc", 1).await?.remove(0);
        let reader = Customer::register(auth).await?;
        let mut client = OrderServiceClient::new(orders);
        let key = UuidV7Source.next().hyphenated().to_string();
        let mut request = reader.call(shop::order());
        request.metadata_mut().insert("idempotency-key", key.parse()?);
        let placed = client.create_order(request).await?.into_inner().order;
        let id = placed.context("the answer holds no order")?.id;
        client
            .get_order(reader.call(GetOrderRequest { id: id.clone() }))
            .await?;
        system.log_statements(false).await?;
        system.restart("ordersvc").await?;

        let log = System::postgres_log()?;
        let create = Statement::logged(&log, &key)?;
        let get = Statement::logged_alone(&log, &id)?;
        Ok(Self {
            create: create_script(&create, &id, &reader.id, &key),
            get: get.script(&format!("\\set n random(1, {ROWS})\n"), |value| {
                (value == id).then(|| numbered(TO_READ))
            }),
            reader,
        })
    }
}

/// Another order, event and key with each run, in the order of their ids, as the service makes them.
fn create_script(create: &Statement, id: &str, customer: &str, key: &str) -> Script {
    let one = |value: &str| Some(value.strip_prefix('{')?.strip_suffix('}')?.to_owned());
    create.script("\\set i :i + 1\n\\set n :i * 1024 + :client_id\n", |value| {
        if value == key {
            Some("('bench-' || :n)".to_owned())
        } else if value == id {
            Some(numbered(PLACED))
        } else {
            match one(value) {
                Some(inner) if inner == id => Some(format!("ARRAY[{}]", numbered(PLACED))),
                Some(inner) if inner != customer && is_uuid(&inner) => Some(format!("ARRAY[{}]", numbered(EVENTS))),
                _ => None,
            }
        }
    })
}

fn numbered(prefix: &str) -> String {
    format!("('{prefix}' || lpad(to_hex((:n)::bigint), 12, '0'))::uuid")
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.split('-').count() == 5
}

/// Orders are placed by the service and by pgbench, on the same tables.
pub(super) async fn create(
    system: &System,
    pgbench: Option<&Pgbench>,
    statements: &Statements,
    turn: Duration,
) -> anyhow::Result<Figure> {
    let auth = system.channels("authsvc", 1).await?.remove(0);
    let orders = system.channels("ordersvc", CONNECTIONS).await?;
    let mut customers = Vec::new();
    for _ in 0..CUSTOMERS {
        customers.push(Customer::register(auth.clone()).await?);
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for number in 0..TURNS {
        let mut callers = Vec::new();
        for caller in 0..AT_ONCE {
            let (customer, channel) = (
                customers[caller % CUSTOMERS].clone(),
                orders[caller % CONNECTIONS].clone(),
            );
            callers.push(Shopper::prepare(customer, channel, Operation::Create).await?);
        }
        ours.push(measure_calls(callers, turn).await?);
        if let Some(pgbench) = pgbench {
            let from = [("i", u64::from(number) * 10_000_000)];
            theirs.push(pgbench.run(&statements.create, &from, AT_ONCE, turn).await?);
        }
    }
    Ok(figure(CREATE, &ours, &theirs, 0.8))
}

/// Reads one order after the other, each of its rows as likely as any other.
struct Reader {
    customer: Customer,
    client: OrderServiceClient<Channel>,
}

impl Caller for Reader {
    async fn call(&mut self, number: u64, due: Instant, record: &mut Record) {
        // Far from the one before, as pgbench's random ones are.
        let row = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % ROWS + 1;
        let id = format!("{TO_READ}{row:012x}");
        let request = self.customer.call(GetOrderRequest { id });
        record.note("get", due, &self.client.get_order(request).await);
    }
}

/// Orders are read by their ids, by the service and by pgbench, from the same table.
pub(super) async fn get(
    system: &System,
    pgbench: Option<&Pgbench>,
    statements: &Statements,
    turn: Duration,
) -> anyhow::Result<Figure> {
    let mut connection = system.superuser("orders_db").await?;
    let copies = format!(
        "INSERT INTO orders
         SELECT (jsonb_populate_record(one.row, jsonb_build_object('id', '{TO_READ}' || lpad(to_hex(n), 12, '0')))).*
         FROM (SELECT orders AS row FROM orders WHERE customer_id = '{}' LIMIT 1) AS one, generate_series(1, {ROWS}) AS n;
         VACUUM ANALYZE orders",
        statements.reader.id
    );
    for statement in copies.split(';') {
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(&mut connection)
            .await?;
    }
    connection.close().await?;

    let orders = system.channels("ordersvc", CONNECTIONS).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let callers = (0..AT_ONCE).map(|caller| Reader {
            customer: statements.reader.clone(),
            client: OrderServiceClient::new(orders[caller % CONNECTIONS].clone()),
        });
        ours.push(measure_calls(callers.collect(), turn).await?);
        if let Some(pgbench) = pgbench {
            theirs.push(pgbench.run(&statements.get, &[], AT_ONCE, turn).await?);
        }
    }
    Ok(figure(GET, &ours, &theirs, 0.25))
}

fn figure(name: &str, ours: &[Speed], theirs: &[Speed], least: f64) -> Figure {
    let speed = mean(ours);
    let peer = (!theirs.is_empty()).then(|| mean(theirs));
    Figure {
        name: format!("{name}, {AT_ONCE} in flight"),
        value: speed.per_second,
        unit: "calls/s".to_owned(),
        peer: peer.map(|peer| Peer {
            name: "pgbench, the same statement".to_owned(),
            value: peer.per_second,
        }),
        aim: Aim::OfPeer(least),
        detail: format!("p50 {:.2?}, p99 {:.2?}", speed.p50, speed.p99)
            + &peer.map_or_else(String::new, |peer| format!("; pgbench {:.2?} on average", peer.p50)),
    }
}
