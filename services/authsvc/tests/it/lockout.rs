use std::time::{Duration, Instant};

use authsvc::crypto::HashingCost;
use tonic::Code;

use crate::world::{PASSWORD, World, login, reason};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn failures_lock_known_and_unknown_addresses_alike() {
    let world = World::new().await;
    world.registered("ada@example.com").await;
    let mut told = Vec::new();
    for email in ["nobody@example.com", "ada@example.com"] {
        let mut answers = Vec::new();
        let mut failures = 0;
        while failures < 10 {
            let refused = world
                .anonymous()
                .login(login(email, "not the password"))
                .await
                .unwrap_err();
            let wait = wire::retry_after_of(&refused);
            answers.push((refused.code(), reason(&refused), refused.message().to_owned(), wait));
            match wait {
                Some(wait) => world.clock.advance(wait),
                None => failures += 1,
            }
        }
        told.push(answers);
    }
    assert_eq!(told[0], told[1]);
    let locked = world
        .anonymous()
        .login(login("ada@example.com", PASSWORD))
        .await
        .unwrap_err();
    assert_eq!(
        (locked.code(), reason(&locked).as_str()),
        (Code::ResourceExhausted, "LOCKED_OUT")
    );
    assert_eq!(wire::retry_after_of(&locked), Some(Duration::from_secs(900)));
    world.clock.advance(Duration::from_secs(900));
    world.signed_in("ada@example.com").await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn many_guesses_at_once_get_no_further_than_few() {
    let world = World::new().await;
    world.registered("ada@example.com").await;
    let calls: Vec<_> = (0..60)
        .map(|_| {
            let mut client = world.anonymous();
            tokio::spawn(async move {
                client
                    .login(login("ada@example.com", "not the password"))
                    .await
                    .unwrap_err()
            })
        })
        .collect();
    let mut learnt = 0;
    for call in calls {
        learnt += usize::from(reason(&call.await.unwrap()) == "INVALID_CREDENTIALS");
    }
    assert_eq!(learnt, 5);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn many_right_logins_at_once_all_pass() {
    let world = World::new().await;
    world.registered("ada@example.com").await;
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let mut client = world.anonymous();
            tokio::spawn(async move { client.login(login("ada@example.com", PASSWORD)).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let cost = HashingCost {
        memory_kib: 8_192,
        passes: 1,
        at_once: 1,
        waiting: 10,
    };
    let world = World::hashing_at(cost).await;
    let mut times = [Vec::new(), Vec::new()];
    for n in 0..9 {
        world.registered(&format!("user{n}@example.com")).await;
        for (kind, email) in [format!("user{n}@example.com"), format!("nobody{n}@example.com")]
            .iter()
            .enumerate()
        {
            let begun = Instant::now();
            let refused = world
                .anonymous()
                .login(login(email, "not the password"))
                .await
                .unwrap_err();
            times[kind].push(begun.elapsed());
            assert_eq!(
                (refused.code(), reason(&refused).as_str()),
                (Code::Unauthenticated, "INVALID_CREDENTIALS")
            );
        }
    }
    // The fastest of each: a busy machine makes a call slower, never faster than its work.
    let [known, unknown] = times.map(|times| times.into_iter().min().unwrap());
    assert!(
        known < unknown * 3 && unknown < known * 3,
        "{known:?} against {unknown:?}"
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_flood_of_logins_is_shed_and_other_calls_go_on() {
    let cost = HashingCost {
        waiting: 4,
        at_once: 1,
        ..HashingCost::default()
    };
    let world = World::hashing_at(cost).await;
    let calls: Vec<_> = (0..150)
        .map(|n| {
            let mut client = world.anonymous();
            tokio::spawn(async move {
                client
                    .login(login(&format!("user{n}@example.com"), "not the password"))
                    .await
            })
        })
        .collect();
    let begun = Instant::now();
    world
        .anonymous()
        .get_jwks(api::auth::v1::GetJwksRequest {})
        .await
        .unwrap();
    let elsewhere = begun.elapsed();
    let mut shed = 0;
    for call in calls {
        let refused = call.await.unwrap().unwrap_err();
        if reason(&refused) == "OVERLOADED" {
            assert_eq!(refused.code(), Code::ResourceExhausted);
            assert!(wire::retry_after_of(&refused).is_some());
            shed += 1;
        }
    }
    assert!(shed > 50, "{shed} were shed");
    assert!(elsewhere < Duration::from_secs(2), "others waited {elsewhere:?}");
}
