use std::{sync::Arc, time::Duration};

use certs::{Renew, installation::Databases};
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};

use crate::stage::Stage;

/// Whether clients that trust what `truster` has believe that `server` is the host, by the rules of rustls.
fn believed(stage: &Stage, trusted: &str, server: &str, host: &str) -> bool {
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(trusted.as_bytes()) {
        roots.add(authority.unwrap()).unwrap();
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .unwrap();
    let certificate = CertificateDer::from_pem_slice(server.as_bytes()).unwrap();
    let now = Duration::from_secs(stage.now().unix_timestamp().try_into().unwrap());
    let name = ServerName::try_from(host.to_owned()).unwrap();
    verifier
        .verify_server_cert(&certificate, &[], &name, &[], UnixTime::since_unix_epoch(now))
        .is_ok()
}

fn certificate(stage: &Stage, service: &str) -> String {
    stage.server.text(&format!("{service}-tls"), "tls.crt")
}

fn trusted(stage: &Stage, service: &str) -> String {
    stage.server.text(&format!("{service}-tls"), "ca.crt")
}

#[tokio::test]
async fn services_believe_each_other_by_every_name_they_have() {
    let stage = Stage::new(Databases::Given).await;
    stage.run().await;
    let (trusted, users) = (trusted(&stage, "ordersvc"), certificate(&stage, "usersvc"));
    for host in [
        "usersvc",
        "usersvc.shop",
        "usersvc.shop.svc",
        "usersvc.shop.svc.cluster.local",
        "usersvc-headless.shop.svc",
        "localhost",
    ] {
        assert!(believed(&stage, &trusted, &users, host), "{host}");
    }
    assert!(!believed(&stage, &trusted, &users, "ordersvc"));
    stage.pass(90);
    assert!(!believed(&stage, &trusted, &users, "usersvc"));
}

#[tokio::test]
async fn certificates_are_renewed_in_the_last_third_of_their_life_and_nothing_else_is() {
    let stage = Stage::new(Databases::Bundled).await;
    stage.run().await;
    let before = stage.server.secrets();
    stage.pass(59);
    stage.run().await;
    assert_eq!(stage.server.secrets(), before);
    stage.pass(2);
    let ran = stage.run().await;
    assert!(
        ran.said.contains(
            "changed the Secret `usersvc-tls`: a certificate until 2027-04-21, in place of the one until 2027-02-19\n"
        ),
        "{}",
        ran.said
    );
    for (name, secret) in stage.server.secrets() {
        assert_eq!(secret != before[&name], name.ends_with("-tls"), "{name}");
    }
    assert!(believed(
        &stage,
        &trusted(&stage, "ordersvc"),
        &certificate(&stage, "usersvc"),
        "usersvc"
    ));
}

#[tokio::test]
async fn all_certificates_are_renewed_when_asked_to_and_nothing_else_is() {
    let stage = Stage::new(Databases::Bundled).await;
    stage.run().await;
    let before = stage.server.secrets();
    stage.pass(1);
    stage.server.overtake(1);
    stage.try_run(Renew::All).await.unwrap();
    for (name, secret) in stage.server.secrets() {
        assert_eq!(secret != before[&name], name.ends_with("-tls"), "{name}");
    }
}

#[tokio::test]
async fn a_renewed_authority_is_believed_by_who_knows_only_the_one_before() {
    let stage = Stage::new(Databases::Given).await;
    stage.run().await;
    let (before, key) = (
        trusted(&stage, "ordersvc"),
        stage.server.text("counterfoil-authority", "tls.key"),
    );
    stage.pass(2_500);
    let ran = stage.run().await;
    assert!(
        ran.said
            .contains("changed the Secret `counterfoil-authority`: the same authority until "),
        "{}",
        ran.said
    );
    assert_eq!(stage.server.text("counterfoil-authority", "tls.key"), key);
    assert_ne!(trusted(&stage, "ordersvc"), before);
    assert_eq!(
        trusted(&stage, "ordersvc"),
        stage.server.text("counterfoil-authority", "tls.crt")
    );
    let users = certificate(&stage, "usersvc");
    assert!(believed(&stage, &before, &users, "usersvc"));
    assert!(believed(&stage, &trusted(&stage, "ordersvc"), &users, "usersvc"));
}

#[tokio::test]
async fn another_authority_signs_everything_anew_and_both_are_trusted_while_both_are_there() {
    let stage = Stage::new(Databases::Given).await;
    stage.run().await;
    let (old, users) = (trusted(&stage, "ordersvc"), certificate(&stage, "usersvc"));
    let other = Stage::new(Databases::Given).await;
    other.run().await;
    let theirs = |key| other.server.text("counterfoil-authority", key);
    let both = format!("{}{old}", theirs("tls.crt"));

    // First it is trusted, then it signs.
    let own_key = stage.server.text("counterfoil-authority", "tls.key");
    stage
        .server
        .give("counterfoil-authority", &[("tls.crt", &both), ("tls.key", &own_key)]);
    stage.run().await;
    assert_eq!(trusted(&stage, "ordersvc"), both);
    assert_eq!(certificate(&stage, "usersvc"), users);
    stage.server.give(
        "counterfoil-authority",
        &[("tls.crt", &both), ("tls.key", &theirs("tls.key"))],
    );
    let ran = stage.run().await;
    assert!(
        ran.said.contains(", for another authority had signed it\n"),
        "{}",
        ran.said
    );
    assert!(believed(
        &stage,
        &theirs("tls.crt"),
        &certificate(&stage, "usersvc"),
        "usersvc"
    ));
    assert!(believed(&stage, &both, &users, "usersvc"));
}

#[tokio::test]
async fn a_certificate_that_cannot_serve_is_made_anew() {
    let mut stage = Stage::new(Databases::Given).await;
    stage.run().await;
    // An older table knew another namespace.
    stage.installation.namespace = "shop2".to_owned();
    let ran = stage.run().await;
    assert_eq!(ran.said.matches(", for it lacked a name").count(), 3, "{}", ran.said);
    stage.server.take("usersvc-tls", &["tls.key"]);
    let ran = stage.run().await;
    assert_eq!(
        ran.said.matches(", for the key was another one's").count(),
        1,
        "{}",
        ran.said
    );
    stage.server.take("usersvc-tls", &["tls.crt"]);
    let ran = stage.run().await;
    assert_eq!(
        ran.said.matches(", for there was none that can be read").count(),
        1,
        "{}",
        ran.said
    );
}

#[tokio::test]
async fn a_given_certificate_is_looked_at() {
    let stage = Stage::new(Databases::Given).await;
    stage.run().await;
    let (orders, key) = (
        certificate(&stage, "ordersvc"),
        stage.server.text("ordersvc-tls", "tls.key"),
    );
    let authority = trusted(&stage, "ordersvc");
    let files = |certificate| {
        [
            ("tls.crt", certificate),
            ("tls.key", key.as_str()),
            ("ca.crt", authority.as_str()),
        ]
    };
    stage.server.give("ordersvc-tls", &files(&orders));
    assert_eq!(stage.run().await.wrong, []);
    stage.server.give("usersvc-tls", &files(&orders));
    stage.server.give("calculatorsvc-tls", &files("none"));
    let said = |wrong: Vec<certs::Fault>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        said(stage.run().await.wrong),
        [
            "`tls.crt` of the Secret `calculatorsvc-tls` cannot be used: expected a certificate, as PEM",
            "`tls.crt` of the Secret `usersvc-tls` cannot be used: expected one for the name `usersvc`",
        ]
    );
    stage.pass(100);
    assert!(said(stage.run().await.wrong).contains(
        &"`tls.crt` of the Secret `ordersvc-tls` cannot be used: expected a current one, for it ended on 2027-02-19".to_owned()
    ));
}

#[tokio::test]
async fn an_authority_that_cannot_sign_is_told_and_keys_are_made_all_the_same() {
    let stage = Stage::new(Databases::Given).await;
    stage
        .server
        .give("counterfoil-authority", &[("tls.crt", "…"), ("tls.key", "…")]);
    let ran = stage.run().await;
    assert_eq!(
        ran.wrong.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["the authority in the Secret `counterfoil-authority` cannot be used: tls.key is no private key"]
    );
    assert!(stage.server.secrets().contains_key("usersvc-keys"));
}

#[tokio::test]
async fn a_given_authority_is_used_until_its_end_and_never_renewed() {
    let maker = Stage::new(Databases::Given).await;
    maker.run().await;
    let held = |key| maker.server.text("counterfoil-authority", key);
    let stage = Stage::new(Databases::Given).await;
    stage.server.give(
        "counterfoil-authority",
        &[("tls.crt", &held("tls.crt")), ("tls.key", &held("tls.key"))],
    );
    stage.run().await;
    assert_eq!(trusted(&stage, "usersvc"), held("tls.crt"));
    stage.pass(3_649);
    let ran = stage.run().await;
    assert_eq!(ran.wrong, []);
    assert!(
        ran.said
            .contains("and certs did not make it: whoever did should renew it"),
        "{}",
        ran.said
    );
    // A certificate cannot last longer than its authority, and is not made anew for nothing.
    let writes = stage.server.writes();
    stage.run().await;
    assert_eq!(stage.server.writes(), writes);
    stage.pass(2);
    let ran = stage.run().await;
    assert_eq!(
        ran.wrong.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "the authority in the Secret `counterfoil-authority` cannot be used: it ended on 2036-11-18, and certs did not make \
             it, so expected somebody to renew it"
        ]
    );
}
