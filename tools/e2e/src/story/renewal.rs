//! Certificates that are renewed while everything serves.

use std::{collections::BTreeSet, net::TcpStream, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use platform::topology::{PLACES, Place};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::{Value, json};

use crate::{Namespace, program::until};

const JOB: &str = "certs-renewal";
const RENEWED_WITHIN: Duration = Duration::from_secs(60);
/// The kubelet brings a Secret that has changed into pods about once a minute.
const SERVED_WITHIN: Duration = Duration::from_secs(150);

/// Renews every certificate by the CronJob's own pod, and waits until each service shows its new one.
pub(super) fn play(namespace: &Namespace) -> anyhow::Result<()> {
    let before = namespace.secrets()?;
    let pods = names(namespace)?;
    renew(namespace)?;
    let after = namespace.secrets()?;
    for (name, held) in &after {
        let is_certificate = name.trim_matches('"').ends_with("-tls");
        let changed = before.get(name) != Some(held);
        ensure!(
            changed == is_certificate,
            "{name} {}",
            if changed { "has changed" } else { "is as it was" }
        );
    }
    for place in PLACES {
        for pod in namespace.ready_pods(place.name)? {
            until(SERVED_WITHIN, || shows_its_certificate(namespace, place, &pod))?;
        }
    }
    ensure!(names(namespace)? == pods, "other pods serve than before");
    Ok(())
}

fn renew(namespace: &Namespace) -> anyhow::Result<()> {
    let from = [
        "create",
        "job",
        JOB,
        "--from=cronjob/certs",
        "--dry-run=client",
        "--output=json",
    ];
    let text = namespace.kubectl().args(from).run()?;
    let mut job: Value = serde_json::from_str(&text)?;
    job.pointer_mut("/spec/template/spec/containers/0/args")
        .and_then(Value::as_array_mut)
        .context("the container of the CronJob certs has no arguments")?
        .push(json!("--renew"));
    namespace.apply(&job.to_string())?;
    let limit = format!("--timeout={}s", RENEWED_WITHIN.as_secs());
    namespace
        .kubectl()
        .args(["wait", "--for=condition=complete", "job", JOB, &limit])
        .within(RENEWED_WITHIN + Duration::from_secs(10))
        .run()?;
    Ok(())
}

fn names(namespace: &Namespace) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for place in PLACES {
        names.extend(namespace.ready_pods(place.name)?);
    }
    Ok(names)
}

fn shows_its_certificate(namespace: &Namespace, place: &Place, pod: &str) -> anyhow::Result<()> {
    let secret = format!("{}-tls", place.name);
    let expected = CertificateDer::from_pem_slice(namespace.secret(&secret, "tls.crt")?.as_bytes())?;
    let mut trusted = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(namespace.secret(&secret, "ca.crt")?.as_bytes()) {
        trusted.add(authority?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let name = ServerName::try_from(place.name)?;
    let mut tls = ClientConnection::new(Arc::new(config), name)?;

    let _forward = namespace.forward(&format!("pod/{pod}"), place.port)?;
    let mut stream = TcpStream::connect(("127.0.0.1", place.port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    while tls.is_handshaking() {
        tls.complete_io(&mut stream)?;
    }
    let shown = tls.peer_certificates().and_then(|chain| chain.first());
    ensure!(
        shown == Some(&expected),
        "{} shows its certificate of before",
        place.name
    );
    Ok(())
}
