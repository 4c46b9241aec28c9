use std::time::Duration;

use futures::{StreamExt, stream};
use processes::Door;
use testkit::wait_for_async;
use tonic::{Code, Status};

use super::{
    PATIENCE,
    load::{Ledger, assert_all_unavailable, assert_one_order_per_key, keyed, number, order, place},
    replica::World,
};

const CALLS: usize = 5_000;
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn callers_who_give_up_after_milliseconds_learn_the_outcome_by_their_key() {
    let world = World::new().await;
    let replica = world.replica().await;
    let door = Door::to(replica.address());
    let client = world.customer(&door, 1);
    let ledger = Ledger::default();

    let hasty = (0..CALLS).map(|call| {
        let (mut client, ledger) = (client.clone(), ledger.clone());
        async move {
            let key = format!("call-{call}");
            let mut request = keyed(order(&key), &key);
            request.set_timeout(Duration::from_millis(1 + call as u64 % 20));
            let answered = client.create_order(request).await;
            ledger.note(&key, answered.map(|answer| answer.into_inner().order.unwrap()));
        }
    });
    stream::iter(hasty).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    let (known, unknown) = (ledger.acknowledged(), ledger.refused());
    assert_eq!(known + unknown.len(), CALLS);
    // A server that is flooded with calls given up before it saw them may close the connection.
    let (late, away): (Vec<Status>, Vec<Status>) = unknown
        .iter()
        .cloned()
        .partition(|status| status.code() == Code::DeadlineExceeded);
    assert!(!late.is_empty(), "every call was answered in time");
    assert_all_unavailable(&away);

    let connection = tokio::sync::Mutex::new(world.database.superuser().await.unwrap());
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND pid <> pg_backend_pid() AND state <> 'idle'";
    wait_for_async(
        || async { number(&mut *connection.lock().await, busy).await == 0 },
        PATIENCE,
    )
    .await;
    let orphans = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND state LIKE 'idle in transaction%' AND state_change < now() - interval '1 second'";
    assert_eq!(number(&mut *connection.lock().await, orphans).await, 0);

    // Another connection, and a breaker that has seen nothing.
    let client = world.customer(&door, 1);
    let patient = (0..CALLS).map(|call| {
        let (client, ledger) = (client.clone(), ledger.clone());
        async move { place(&client, &ledger, &format!("call-{call}"), PATIENCE).await }
    });
    stream::iter(patient)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
    assert_eq!(ledger.refused().len(), unknown.len(), "{:?}", ledger.refused().last());
    assert_eq!(ledger.acknowledged(), CALLS);
    assert_one_order_per_key(&world.database, &ledger).await;
}
