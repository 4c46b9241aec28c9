use std::sync::Arc;

use testkit::{MockClock, TestIssuer};

use crate::world::{CONTRACT, World};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn exactly_the_callers_of_the_contract_are_admitted() {
    let issuer = TestIssuer::try_new(Arc::new(MockClock::default())).unwrap();
    let world = World::believing(&issuer).await;
    testkit::assert_access(&world.channel, CONTRACT, &issuer).await;
}
