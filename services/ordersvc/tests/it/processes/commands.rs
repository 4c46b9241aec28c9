use std::process::Output;

use api::order::v1::{WatchOrdersRequest, WatchOrdersResponse, order_event::Type};
use ordersvc::MIGRATIONS;
use processes::{Door, ServingStatus};
use testkit::{postgres::TestDatabase, wait_for_async};
use tokio::time::timeout;
use tonic::{Code, Response, Status, Streaming};

use super::{
    PATIENCE,
    load::order,
    replica::{Orders, World},
};

/// Runs one of the commands that work as the owner of the schema.
async fn run(world: &World, arguments: &[&str]) -> Output {
    let mut command = world
        .program()
        .args(arguments.iter().copied())
        .env("DATABASE_URL", world.database.migrator_url())
        .env("DATABASE_SERVER_ROLE", world.database.server_role())
        .command();
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn assert_succeeded(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

async fn watch(client: &Orders, resume_token: &str) -> Result<Streaming<WatchOrdersResponse>, Status> {
    let request = WatchOrdersRequest {
        resume_token: resume_token.to_owned(),
        ..WatchOrdersRequest::default()
    };
    client.clone().watch_orders(request).await.map(Response::into_inner)
}

async fn next(stream: &mut Streaming<WatchOrdersResponse>) -> (Type, String) {
    let answer = timeout(PATIENCE, stream.message()).await.unwrap().unwrap().unwrap();
    let event = answer.event.unwrap();
    (event.r#type(), event.resume_token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn tokens_from_before_a_new_epoch_are_recognised() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut client = world.customer(&Door::to(replica.address()), 1);
    let mut open = watch(&client, "").await.unwrap();
    assert_eq!(next(&mut open).await.0, Type::Live);
    client.create_order(order("before")).await.unwrap();
    let (created, old) = next(&mut open).await;
    assert_eq!(created, Type::Created);

    assert_succeeded(&run(&world, &["events", "new-epoch"]).await);

    let refused = watch(&client, &old).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
    assert_eq!(wire::reason_of(&refused).as_deref(), Some("RESUME_TOKEN_EXPIRED"));

    // Who kept watching is told so too, and starts again without a token.
    let told = timeout(PATIENCE, open.message()).await.unwrap().unwrap_err();
    assert_eq!(wire::reason_of(&told).as_deref(), Some("RESUME_TOKEN_EXPIRED"));
    let mut again = watch(&client, "").await.unwrap();
    let (live, new) = next(&mut again).await;
    assert_eq!(live, Type::Live);
    client.create_order(order("after")).await.unwrap();
    let mut resumed = watch(&client, &new).await.unwrap();
    for stream in [&mut again, &mut resumed] {
        assert_eq!(next(stream).await.0, Type::Created);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_previous_binary_migrates_and_serves_on_a_newer_schema() {
    let world = World::new().await;
    let mut newer = world.database.superuser().await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (29990101000000, 'come later', true, '\\x00', 0);
         ALTER TABLE orders ADD COLUMN came_later text;",
    )
    .execute(&mut newer)
    .await
    .unwrap();
    assert_succeeded(&run(&world, &["migrate"]).await);
    assert_succeeded(&run(&world, &["maintain"]).await);
    let replica = world.replica().await;
    let mut client = world.customer(&Door::to(replica.address()), 1);
    client.create_order(order("on a newer schema")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_server_on_an_older_schema_is_not_ready_and_says_what_is_missing() {
    let world = World::on(TestDatabase::empty().await.unwrap()).await;
    let mut replica = world.starting(&[]).await;
    let missing = MIGRATIONS.iter().next().unwrap().version.to_string();
    wait_for_async(
        || async {
            replica.lines().iter().any(|line| {
                line.contains("the schema is older than this binary: run `migrate` first") && line.contains(&missing)
            })
        },
        PATIENCE,
    )
    .await;
    assert_eq!(replica.health("").await, Some(ServingStatus::NotServing));
    assert_eq!(replica.health("liveness").await, Some(ServingStatus::Serving));

    // Without a restart.
    assert_succeeded(&run(&world, &["migrate"]).await);
    replica.ready(PATIENCE).await.unwrap();
    let mut client = world.customer(&Door::to(replica.address()), 1);
    client.create_order(order("after migrating")).await.unwrap();
}
