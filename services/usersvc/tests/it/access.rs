use crate::world::{CONTRACT, World};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn exactly_the_callers_of_the_contract_are_admitted() {
    let world = World::new().await;
    testkit::assert_access(&world.channel, CONTRACT, &world.issuer).await;
}
