use std::{fs, io::Write, path::Path};

use sandbox_psp::{Options, Sandbox, StartError};
use serde_json::json;

use crate::world::{World, start};

fn append(directory: &Path, bytes: &[u8]) {
    let mut journal = fs::OpenOptions::new()
        .append(true)
        .open(directory.join("journal"))
        .unwrap();
    journal.write_all(bytes).unwrap();
}

#[tokio::test]
async fn everything_is_known_after_a_restart_whatever_the_end_of_the_journal_looks_like() {
    let mut world = World::new().await;
    let card = json!({"number": "4000000000000002", "exp_month": 12, "exp_year": 2099, "cvc": "123"});
    let token = world.client.post("/v1/payment_methods", "unused", card).await.id();
    let made = world.client.charge("a", 500, "pm_card_visa").await;
    let declined = world.client.charge("b", 500, &token).await;
    let captured = world.client.capture("c", &made.id(), 300).await;
    let refunded = world.client.refund("d", &made.id(), 100).await;
    let charges = world.client.charges().await;
    let journal = fs::read(world.directory.path().join("journal")).unwrap();
    let torn = journal[..journal.len() - 1]
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap();
    for end in [&b""[..], b"0", torn, &[0; 4_096], b"deadbeef []\n"] {
        world = world.restart_after(|directory| append(directory, end)).await;
        assert_eq!(world.client.charges().await, charges);
        assert_eq!(world.client.charge("a", 500, "pm_card_visa").await, made);
        assert_eq!(world.client.charge("b", 500, &token).await, declined);
        assert_eq!(world.client.capture("c", &made.id(), 300).await, captured);
        assert_eq!(world.client.refund("d", &made.id(), 100).await, refunded);
        assert_eq!(fs::read(world.directory.path().join("journal")).unwrap(), journal);
    }
    let later = world.client.charge("later", 500, &token).await;
    assert_eq!(later.code(), "card_declined");
}

#[tokio::test]
async fn a_journal_that_is_damaged_is_told_in_one_sentence() {
    let world = World::new().await;
    for key in ["a", "b", "c"] {
        world.client.charge(key, 500, "pm_card_visa").await;
    }
    let World { directory, sandbox, .. } = world;
    sandbox.stop().await;
    let path = directory.path().join("journal");
    let mut bytes = fs::read(&path).unwrap();
    bytes[30] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = Sandbox::start(Options::new(directory.path())).await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("line 1 of the journal"), "{text}");
}

#[tokio::test]
async fn a_directory_has_one_provider_at_a_time() {
    let world = World::new().await;
    let second = Sandbox::start(Options::new(world.directory.path())).await;
    assert!(matches!(second, Err(StartError::InUse(_))));
    let World { directory, sandbox, .. } = world;
    sandbox.stop().await;
    start(directory.path()).await.stop().await;
}
