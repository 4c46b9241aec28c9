use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use api::order::v1::{OrderEvent, WatchOrdersRequest, WatchOrdersResponse, order_event::Type};
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};

use crate::{
    requests::{cancel, one_cake, place},
    world::{ALICE, BOB, Client, PATIENCE, TestWorld, refusal, told},
};

pub(crate) type Events = Streaming<WatchOrdersResponse>;

pub(crate) async fn watch(client: &mut Client, resume_token: &str) -> Events {
    let request = WatchOrdersRequest {
        resume_token: resume_token.to_owned(),
        ..WatchOrdersRequest::default()
    };
    client.watch_orders(request).await.unwrap().into_inner()
}

async fn try_next(events: &mut Events) -> Result<OrderEvent, Status> {
    let message = timeout(PATIENCE, events.message()).await.unwrap()?;
    Ok(message.unwrap().event.unwrap())
}

pub(crate) async fn next(events: &mut Events) -> OrderEvent {
    try_next(events).await.unwrap()
}

pub(crate) async fn live(events: &mut Events) -> String {
    let event = next(events).await;
    assert_eq!(event.r#type(), Type::Live, "{event:?}");
    assert_eq!(event.order, None);
    event.resume_token
}

async fn refused(client: &mut Client, request: WatchOrdersRequest) -> (Code, String) {
    told(client.watch_orders(request).await.map(|_| ()))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_watch_is_live_at_once_and_shows_its_customer_s_changes_only() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut alice, mut bob, mut clerk) = (world.alice(&running), world.bob(&running), world.clerk(&running));
    let (mut own, mut all) = (watch(&mut alice, "").await, watch(&mut clerk, "").await);
    live(&mut own).await;
    live(&mut all).await;
    let theirs = place(&mut bob).await;
    let order = place(&mut alice).await;
    alice.update_order(one_cake(&order)).await.unwrap();
    alice.cancel_order(cancel(&order)).await.unwrap();
    for (kind, version) in [(Type::Created, 1), (Type::Updated, 2), (Type::Cancelled, 3)] {
        let event = next(&mut own).await;
        assert_eq!((event.r#type(), event.version), (kind, version));
        assert_eq!(event.actor, format!("user:{ALICE}"));
        assert_eq!(event.order.unwrap().id, order.id);
    }
    assert_eq!(next(&mut all).await.order.unwrap().id, theirs.id);
    assert_eq!(next(&mut all).await.order.unwrap().id, order.id);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn one_order_can_be_watched_by_whom_it_is_for() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut alice, mut bob) = (world.alice(&running), world.bob(&running));
    let (order, _other) = (place(&mut alice).await, place(&mut alice).await);
    let request = WatchOrdersRequest {
        order_id: order.id.clone(),
        ..WatchOrdersRequest::default()
    };
    let mut events = alice.watch_orders(request.clone()).await.unwrap().into_inner();
    live(&mut events).await;
    place(&mut alice).await;
    alice.cancel_order(cancel(&order)).await.unwrap();
    loop {
        let event = next(&mut events).await;
        assert_eq!(event.order.as_ref().unwrap().id, order.id);
        if event.r#type() == Type::Cancelled {
            break;
        }
    }
    assert_eq!(
        refused(&mut bob, request).await,
        refusal(Code::NotFound, "ORDER_NOT_FOUND")
    );
    let of_alice = WatchOrdersRequest {
        customer_id: ALICE.to_string(),
        ..WatchOrdersRequest::default()
    };
    assert_eq!(
        refused(&mut bob, of_alice).await,
        refusal(Code::PermissionDenied, "NOT_ALLOWED")
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_token_resumes_right_after_it_and_tells_when_it_has_caught_up() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let start = live(&mut watch(&mut alice, "").await).await;
    let order = place(&mut alice).await;
    for _ in 0..40 {
        alice.update_order(one_cake(&order)).await.unwrap();
    }
    let mut events = watch(&mut alice, &start).await;
    let mut tokens = vec![start];
    for version in 1..=41 {
        let event = next(&mut events).await;
        assert_eq!(event.version, version);
        tokens.push(event.resume_token);
    }
    live(&mut events).await;
    for seen in [0, 1, 17, 40, 41] {
        let mut resumed = watch(&mut alice, &tokens[seen]).await;
        for version in seen + 1..=41 {
            assert_eq!(next(&mut resumed).await.version, i64::try_from(version).unwrap());
        }
        live(&mut resumed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn resume_tokens_are_of_use_only_to_whom_and_for_what_they_were_given() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut alice, mut bob, mut clerk) = (world.alice(&running), world.bob(&running), world.clerk(&running));
    let token = live(&mut watch(&mut alice, "").await).await;
    let bad = refusal(Code::InvalidArgument, "BAD_RESUME_TOKEN");
    let with = |resume_token: &str| WatchOrdersRequest {
        resume_token: resume_token.to_owned(),
        ..WatchOrdersRequest::default()
    };
    assert_eq!(refused(&mut bob, with(&token)).await, bad);
    let of_alice = WatchOrdersRequest {
        customer_id: ALICE.to_string(),
        ..with(&token)
    };
    assert_eq!(refused(&mut clerk, of_alice.clone()).await, bad);
    // To name oneself and to name nobody is the same.
    alice.watch_orders(of_alice).await.unwrap();
    for garbage in ["x", "AAAA", "\u{1F980}", &token[1..]] {
        assert_eq!(refused(&mut alice, with(garbage)).await, bad);
    }
    let staff_token = live(&mut watch(&mut clerk, "").await).await;
    let of_bob = WatchOrdersRequest {
        customer_id: BOB.to_string(),
        ..with(&staff_token)
    };
    assert_eq!(refused(&mut clerk, of_bob).await, bad);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn tokens_of_another_epoch_and_of_before_the_retention_are_expired() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let mut events = watch(&mut alice, "").await;
    let token = live(&mut events).await;
    place(&mut alice).await;
    let newer = next(&mut events).await.resume_token;
    let migrator = world.database.migrator_pool().await.unwrap();
    let expired = refusal(Code::OutOfRange, "RESUME_TOKEN_EXPIRED");
    let with = |resume_token: &str| WatchOrdersRequest {
        resume_token: resume_token.to_owned(),
        ..WatchOrdersRequest::default()
    };

    sqlx::query("UPDATE log_head SET floor = position")
        .execute(&migrator)
        .await
        .unwrap();
    assert_eq!(refused(&mut alice, with(&token)).await, expired);
    live(&mut watch(&mut alice, &newer).await).await;

    platform::postgres::maintain::new_epoch(&migrator).await.unwrap();
    assert_eq!(refused(&mut alice, with(&newer)).await, expired);
    live(&mut watch(&mut alice, "").await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_server_that_stops_ends_watches_as_unavailable_and_another_goes_on() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let mut events = watch(&mut alice, "").await;
    let token = live(&mut events).await;
    running.server.end_streams();
    let ended = try_next(&mut events).await;
    assert_eq!(told(ended), refusal(Code::Unavailable, "SHUTTING_DOWN"));
    let other = world.start().await;
    let mut alice = world.alice(&other);
    let order = place(&mut alice).await;
    let mut events = watch(&mut alice, &token).await;
    assert_eq!(next(&mut events).await.order.unwrap().id, order.id);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn changes_of_another_replica_are_noticed_within_a_quarter_of_a_second() {
    let world = TestWorld::new().await;
    let (here, there) = (world.start().await, world.start().await);
    let (mut watcher, mut writer) = (world.alice(&here), world.alice(&there));
    let mut events = watch(&mut watcher, "").await;
    live(&mut events).await;
    let mut delays = Vec::new();
    for _ in 0..21 {
        let order = place(&mut writer).await;
        let written = Instant::now();
        assert_eq!(next(&mut events).await.order.unwrap().id, order.id);
        delays.push(written.elapsed());
    }
    delays.sort_unstable();
    // The machine of a test may be busy: the median tells what the design gives.
    assert!(delays[10] < Duration::from_millis(250), "{delays:?}");
}

/// Writers on one replica, watchers on others that come and go.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_watch_resumes_across_restarts_without_gap_or_duplicate() {
    const WRITERS: usize = 10;
    const ORDERS: usize = 100;
    const CHANGES: i64 = 5;
    let world = TestWorld::new().await;
    let writing = world.start().await;
    let mut clerk = world.clerk(&writing);
    let mut token = live(&mut watch(&mut clerk, "").await).await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let mut client = if writer % 2 == 0 {
                world.alice(&writing)
            } else {
                world.bob(&writing)
            };
            tokio::spawn(async move {
                for _ in 0..ORDERS {
                    let order = place(&mut client).await;
                    for _ in 2..CHANGES {
                        client.update_order(one_cake(&order)).await.unwrap();
                    }
                    client.cancel_order(cancel(&order)).await.unwrap();
                }
            })
        })
        .collect();

    let expected = WRITERS * ORDERS * usize::try_from(CHANGES).unwrap();
    let mut versions: BTreeMap<String, i64> = BTreeMap::new();
    let mut seen = 0;
    let mut restarts = 0;
    while seen < expected {
        let replica = world.start().await;
        let mut client = world.clerk(&replica);
        let mut events = watch(&mut client, &token).await;
        // A client reads for a while and is cut off in the middle.
        for _ in 0..700 {
            if seen == expected {
                break;
            }
            let event = next(&mut events).await;
            token = event.resume_token.clone();
            if event.r#type() == Type::Live {
                continue;
            }
            let order = event.order.unwrap();
            let version = versions.entry(order.id).or_default();
            *version += 1;
            assert_eq!(event.version, *version);
            seen += 1;
        }
        replica.server.end_streams();
        restarts += 1;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(restarts > 5);
    assert_eq!(versions.len(), WRITERS * ORDERS);
    assert!(versions.values().all(|version| *version == CHANGES));
    let replica = world.start().await;
    let mut events = watch(&mut world.clerk(&replica), &token).await;
    live(&mut events).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn readers_that_stop_keep_nobody_from_working_and_miss_nothing() {
    // More stopped readers than there are connections, and more bytes than a window takes.
    const READERS: usize = 40;
    const ORDERS: usize = 150;
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let mut stopped = Vec::new();
    for _ in 0..READERS {
        // A connection each: readers of one connection share its window.
        let connection = running.reconnected();
        let mut events = watch(&mut world.alice(&connection), "").await;
        live(&mut events).await;
        stopped.push(events);
    }
    let mut placed = Vec::new();
    for _ in 0..ORDERS {
        let request = api::order::v1::CreateOrderRequest {
            metadata: (0..10).map(|n| (format!("k{n}"), "v".repeat(500))).collect(),
            ..crate::requests::two_teas()
        };
        placed.push(
            alice
                .create_order(request)
                .await
                .unwrap()
                .into_inner()
                .order
                .unwrap()
                .id,
        );
    }
    for mut events in stopped {
        for id in &placed {
            assert_eq!(next(&mut events).await.order.unwrap().id, *id);
        }
    }
}
