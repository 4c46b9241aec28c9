use base64::{Engine, prelude::BASE64_STANDARD};
use certs::{
    Fault,
    installation::{Certificates, Databases, Kind, Secrets},
};

use crate::stage::Stage;

fn elsewhere(server: &str) -> Databases {
    server.parse().unwrap()
}

#[tokio::test]
async fn a_bare_namespace_gets_everything_that_pods_mount() {
    let stage = Stage::new(Databases::Bundled).await;
    let ran = stage.run().await;
    assert_eq!(ran.wrong, []);
    let secrets = stage.server.secrets();
    let names: Vec<&str> = secrets.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "calculatorsvc-tls",
            "counterfoil-authority",
            "ordersvc-database",
            "ordersvc-keys",
            "ordersvc-migrator",
            "ordersvc-tls",
            "postgres",
            "postgres-databases",
            "usersvc-database",
            "usersvc-keys",
            "usersvc-migrator",
            "usersvc-tls",
        ]
    );
    for (name, secret) in &secrets {
        let tls = name.ends_with("-tls") || name == "counterfoil-authority";
        assert_eq!(
            secret["type"],
            if tls { "kubernetes.io/tls" } else { "Opaque" },
            "{name}"
        );
        assert_eq!(
            secret["metadata"]["labels"]["app.kubernetes.io/managed-by"], "certs",
            "{name}"
        );
        assert!(ran.said.contains(&format!("made the Secret `{name}`: ")), "{name}");
    }
    let key = stage.server.text("usersvc-keys", "card-fingerprint-keys");
    assert_eq!(BASE64_STANDARD.decode(key.trim()).unwrap().len(), 32);
    assert_ne!(key, stage.server.text("usersvc-keys", "token-keys"));

    let url = stage.server.text("ordersvc-database", "url");
    let password = url
        .trim()
        .strip_prefix("postgres://ordersvc:")
        .and_then(|rest| rest.strip_suffix("@postgres:5432/orders_db"))
        .unwrap();
    assert_eq!(password.len(), 48);
    let migrator = stage.server.text("ordersvc-migrator", "url");
    let migrator = migrator.strip_prefix("postgres://ordersvc_migrator:").unwrap();
    let (migrator, _) = migrator.split_once('@').unwrap();
    assert_eq!(
        stage.server.text("postgres-databases", "orders_db"),
        format!("ordersvc {password}\nordersvc_migrator {migrator}\n")
    );
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let stage = Stage::new(Databases::Bundled).await;
    stage.run().await;
    let (before, writes) = (stage.server.secrets(), stage.server.writes());
    stage.pass(1);
    let ran = stage.run().await;
    assert_eq!(stage.server.secrets(), before);
    assert_eq!(stage.server.writes(), writes);
    assert_eq!(
        ran.said,
        "nothing was missing and nothing was due\n\
         the first certificate to end is that of `calculatorsvc-tls`, on 2027-02-19\n"
    );
}

#[tokio::test]
async fn what_is_missing_is_made_and_the_rest_stays() {
    let stage = Stage::new(Databases::Bundled).await;
    stage.run().await;
    let before = stage.server.secrets();
    let kept = stage.server.text("usersvc-keys", "token-keys");
    stage.server.take("ordersvc-keys", &[]);
    stage.server.take("usersvc-keys", &["card-fingerprint-keys"]);
    let ran = stage.run().await;
    assert_eq!(
        ran.said.lines().take(2).collect::<Vec<_>>(),
        [
            "made the Secret `ordersvc-keys`: token-keys",
            "changed the Secret `usersvc-keys`: card-fingerprint-keys",
        ]
    );
    assert_eq!(stage.server.text("usersvc-keys", "token-keys"), kept);
    for (name, secret) in stage.server.secrets() {
        assert!(secret == before[&name] || name.ends_with("-keys"), "{name} has changed");
    }
}

#[tokio::test]
async fn what_somebody_gave_is_never_changed() {
    let stage = Stage::new(Databases::Bundled).await;
    let url = "postgres://orders:secret@postgres:5432/orders_db";
    stage.server.give("ordersvc-database", &[("url", url)]);
    stage.server.give("usersvc-keys", &[("token-keys", "a key of theirs")]);
    let given = stage.server.secrets();
    let ran = stage.run().await;
    let now = stage.server.secrets();
    for (name, secret) in given {
        assert_eq!(now[&name], secret, "{name}");
    }
    // What it lacks is told, and everything else is there.
    assert_eq!(
        ran.wrong.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "the Secret `usersvc-keys` has no `card-fingerprint-keys`, and certs did not make it: expected keys one below the \
             other, the first in use, each 32 bytes or more as base64"
        ]
    );
    assert_eq!(now.len(), 12);
    assert!(
        stage
            .server
            .text("postgres-databases", "orders_db")
            .starts_with("orders secret\n")
    );
}

#[tokio::test]
async fn a_secret_of_another_name_is_waited_for_and_never_made() {
    let mut stage = Stage::new(elsewhere("db.example.com:5432")).await;
    stage
        .service("ordersvc")
        .given
        .insert(Kind::Database, "orders-from-elsewhere".to_owned());
    let ran = stage.run().await;
    assert_eq!(ran.wrong, []);
    assert!(!stage.server.secrets().contains_key("orders-from-elsewhere"));
    assert!(!stage.server.secrets().contains_key("ordersvc-database"));
    let waits = "ordersvc waits for the Secret `orders-from-elsewhere`, which is not there: expected `url`, \
                 postgres://ROLE:PASSWORD@db.example.com:5432/orders_db";
    assert!(ran.said.contains(waits), "{}", ran.said);

    stage.server.give("orders-from-elsewhere", &[("uri", "…")]);
    let ran = stage.run().await;
    assert_eq!(
        ran.wrong,
        [Fault::Missing {
            secret: "orders-from-elsewhere".to_owned(),
            key: "url".to_owned(),
            expected: "postgres://ROLE:PASSWORD@db.example.com:5432/orders_db".to_owned(),
        }]
    );
}

#[tokio::test]
async fn roles_on_a_server_elsewhere_are_asked_for_once() {
    let stage = Stage::new(elsewhere("db.example.com:5432")).await;
    let asked = "make on db.example.com:5432 the database users_db for usersvc: owned by the role usersvc_migrator, whose \
                 password is in the Secret `usersvc-migrator`, and open to the role usersvc, whose password is in the \
                 Secret `usersvc-database`";
    let ran = stage.run().await;
    assert!(ran.said.contains(asked), "{}", ran.said);
    assert!(!stage.server.secrets().contains_key("postgres"));
    assert!(!stage.run().await.said.contains("make on"));
}

#[tokio::test]
async fn databases_that_are_moved_without_their_addresses_are_refused() {
    for (before, after, is, expected) in [
        (
            "bundled",
            "db1.example.com:5432",
            "postgres:5432",
            "on db1.example.com:5432",
        ),
        ("bundled", "given", "postgres:5432", "given"),
        (
            "db1.example.com:5432",
            "db2.example.com:6432",
            "db1.example.com:5432",
            "on db2.example.com:6432",
        ),
        (
            "db1.example.com:5432",
            "bundled",
            "db1.example.com:5432",
            "on postgres:5432",
        ),
        (
            "db1.example.com:5432",
            "db1.example.com:5432?sslmode=verify-full",
            "db1.example.com:5432 without sslmode",
            "on db1.example.com:5432 with sslmode=verify-full",
        ),
    ] {
        let mut stage = Stage::new(elsewhere(before)).await;
        assert_eq!(stage.run().await.wrong, [], "{before}");
        let there = stage.server.text("ordersvc-database", "url");
        stage.installation.databases = elsewhere(after);
        let ran = stage.run().await;
        assert_eq!(ran.wrong.len(), 4, "{before} -> {after}: {:?}", ran.wrong);
        assert_eq!(
            ran.wrong[0].to_string(),
            format!(
                "`url` of the Secret `ordersvc-database` leads to {is}, and the databases are to be {expected} (DATABASES, in \
                 the chart secrets.databaseServer and postgres.enabled): bring its data there and change the address, or take \
                 the label app.kubernetes.io/managed-by from the Secret to keep it"
            )
        );
        assert_eq!(stage.server.text("ordersvc-database", "url"), there);
    }
}

#[tokio::test]
async fn an_address_that_somebody_gave_may_lead_anywhere() {
    let stage = Stage::new(elsewhere("db.example.com:5432")).await;
    stage.run().await;
    for secret in ["ordersvc-database", "ordersvc-migrator"] {
        let url = "postgres://orders:secret@pooler:6432/orders_db?sslmode=require";
        stage.server.give(secret, &[("url", url)]);
    }
    assert_eq!(stage.run().await.wrong, []);
}

#[tokio::test]
async fn addresses_say_how_connections_are_encrypted() {
    let stage = Stage::new(elsewhere("db.example.com:5432?sslmode=verify-full")).await;
    let ran = stage.run().await;
    let url = stage.server.text("ordersvc-migrator", "url");
    assert!(
        url.ends_with("@db.example.com:5432/orders_db?sslmode=verify-full\n"),
        "{url}"
    );
    assert!(
        ran.said.contains("make on db.example.com:5432 the database"),
        "{}",
        ran.said
    );
    assert_eq!(stage.run().await.wrong, []);
}

#[tokio::test]
async fn nothing_is_made_of_what_is_given() {
    let mut stage = Stage::new(Databases::Given).await;
    stage.installation.certificates = Certificates::Given;
    stage.installation.secrets = Secrets::Given;
    let ran = stage.run().await;
    assert_eq!(stage.server.writes(), 0);
    assert_eq!(ran.wrong, []);
    assert_eq!(ran.said.matches(" waits for the Secret ").count(), 9, "{}", ran.said);

    stage.installation.certificates = Certificates::Unused;
    let ran = stage.run().await;
    assert_eq!(ran.said.matches(" waits for the Secret ").count(), 6, "{}", ran.said);
}

#[tokio::test]
async fn the_roles_of_the_bundled_server_follow_the_addresses() {
    let stage = Stage::new(Databases::Bundled).await;
    stage.run().await;
    stage.server.give(
        "ordersvc-database",
        &[("url", "postgres://ordersvc:another@postgres:5432/orders_db")],
    );
    let ran = stage.run().await;
    assert!(
        ran.said
            .starts_with("changed the Secret `postgres-databases`: the roles of orders_db\n"),
        "{}",
        ran.said
    );
    assert!(
        stage
            .server
            .text("postgres-databases", "orders_db")
            .starts_with("ordersvc another\n")
    );
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_told_by_name() {
    let stage = Stage::new(Databases::Bundled).await;
    stage
        .server
        .give("ordersvc-migrator", &[("url", "host=postgres user=ordersvc")]);
    let ran = stage.run().await;
    assert_eq!(
        ran.wrong.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["`url` of the Secret `ordersvc-migrator` cannot be used: expected \
             postgres://ROLE:PASSWORD@postgres:5432/orders_db, no spaces in either"]
    );
    assert!(
        stage
            .server
            .text("postgres-databases", "users_db")
            .starts_with("usersvc ")
    );
}
