use std::time::Duration;

use anyhow::Context;
use api::auth::v1::{LoginRequest, auth_service_client::AuthServiceClient};
use argon2::{
    Argon2,
    password_hash::{PasswordVerifier as _, phc::PasswordHash},
};
use sqlx::Connection;
use tokio::time::Instant;
use tonic::{Request, transport::Channel};

use super::{
    Speed, TURNS,
    figure::{Aim, Figure, Peer},
    mean, measure as measure_calls,
    system::System,
};
use crate::{
    load::Caller,
    record::Record,
    shop::{Customer, PASSWORD},
};

pub(super) const NAME: &str = "logins";

const AT_ONCE: usize = 8;

struct LogsIn {
    client: AuthServiceClient<Channel>,
    email: String,
}

impl Caller for LogsIn {
    async fn call(&mut self, _: u64, due: Instant, record: &mut Record) {
        let request = Request::new(LoginRequest {
            email: self.email.clone(),
            password: PASSWORD.to_owned(),
        });
        record.note("login", due, &self.client.login(request).await);
    }
}

/// authsvc hashes on half of the processors, so that logins slow nothing else; so does the peer.
pub(super) async fn measure(system: &System, turn: Duration) -> anyhow::Result<Figure> {
    let hashers = (std::thread::available_parallelism().map_or(1, usize::from) / 2).max(1);
    let channels = system.channels("authsvc", 2).await?;
    let mut customers = Vec::new();
    for number in 0..AT_ONCE {
        customers.push(Customer::register(channels[number % channels.len()].clone()).await?);
    }
    let mut connection = system.superuser("auth_db").await?;
    let hash: String = sqlx::query_scalar("SELECT password_hash FROM credentials LIMIT 1")
        .fetch_one(&mut connection)
        .await
        .context("could not read what a password is kept as")?;
    connection.close().await?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let callers = customers
            .iter()
            .zip(channels.iter().cycle())
            .map(|(customer, channel)| LogsIn {
                client: AuthServiceClient::new(channel.clone()),
                email: customer.email.clone(),
            });
        ours.push(measure_calls(callers.collect(), turn).await?);
        let hash = hash.clone();
        theirs.push(tokio::task::spawn_blocking(move || verify(&hash, hashers, turn)).await??);
    }
    let (ours, theirs) = (mean(&ours), mean(&theirs));
    Ok(Figure {
        name: format!("{NAME}, {AT_ONCE} in flight"),
        value: ours.per_second,
        unit: "calls/s".to_owned(),
        peer: Some(Peer {
            name: format!("argon2 alone, on {hashers} threads"),
            value: theirs.per_second,
        }),
        aim: Aim::OfPeer(0.95),
        detail: format!(
            "p50 {:.0?}, p99 {:.0?}; one hash {:.1?}",
            ours.p50, ours.p99, theirs.p50
        ),
    })
}

/// Verifies the password of everybody on so many threads.
fn verify(hash: &str, threads: usize, turn: Duration) -> anyhow::Result<Speed> {
    let began = std::time::Instant::now();
    let work = || {
        let parsed = PasswordHash::new(hash).ok()?;
        // What a hash costs stands in it.
        let argon2 = Argon2::default();
        let mut verified = 0_u32;
        while began.elapsed() < turn {
            argon2.verify_password(PASSWORD.as_bytes(), &parsed).ok()?;
            verified += 1;
        }
        Some(verified)
    };
    let verified: Option<Vec<u32>> = std::thread::scope(|scope| {
        let working: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        working.into_iter().map(|thread| thread.join().ok().flatten()).collect()
    });
    let verified: u32 = verified.context("the hash does not verify")?.iter().sum();
    let took = began.elapsed();
    let each = took * u32::try_from(threads).unwrap_or(1) / verified.max(1);
    Ok(Speed {
        per_second: f64::from(verified) / took.as_secs_f64(),
        p50: each,
        p99: each,
    })
}
