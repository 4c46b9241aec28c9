//! overlays/staging: TLS, and outages.

use anyhow::ensure;
use platform::topology::{PLACES, USERSVC};

use super::{
    Scene, dev,
    grpcurl::{self, Trust},
    identity, limits, outages,
};
use crate::{Journey, Load, Namespace};

/// Calls a second while things are broken.
const RATE: u32 = 20;

/// Plays it.
pub fn play(journey: &mut Journey, scene: &Scene<'_>) {
    let namespace = &scene.namespace;
    if !scene.cleared(journey) {
        return;
    }
    let ready = scene.step(journey, "apply, until everything is ready", || {
        namespace.apply_directory("deploy/e2e/staging")?;
        for place in PLACES {
            namespace.has_pods(place.name, 2)?;
        }
        Ok(format!(
            "{} services, two pods each; Secrets by the Job certs",
            PLACES.len()
        ))
    });
    if ready {
        scene.step(journey, "TLS, and nothing without", || tls(namespace));
        scene.step(journey, "identity without a secret", || {
            let authority = namespace.secret_file("authsvc-tls", "ca.crt")?;
            identity::hold(namespace, Trust::Authority(authority.path()))
        });
        scene.step(journey, "security, read back", || limits::hold(namespace));
        outage(journey, scene);
    }
    scene.leave(journey);
}

fn outage(journey: &mut Journey, scene: &Scene<'_>) {
    let namespace = &scene.namespace;
    let mut load = None;
    scene.step(journey, "load", || {
        load = Some(Load::start(namespace, "https", RATE, scene.output)?);
        Ok(format!("{RATE} calls a second"))
    });
    let Some(load) = load else { return };
    scene.step(journey, "pods and database killed in checkouts", || {
        outages::strike(namespace, &load)
    });
    scene.step(journey, "the auditor judges", || {
        outages::judge(namespace, &load.end()?)
    });
}

fn tls(namespace: &Namespace) -> anyhow::Result<String> {
    let authority = namespace.secret_file("usersvc-tls", "ca.crt")?;
    let _forward = dev::forward(namespace, &USERSVC)?;
    let served = grpcurl::list(&USERSVC, Trust::Authority(authority.path()))?;
    ensure!(
        served.iter().any(|name| name == "user.v1.UserService"),
        "it lists {served:?}"
    );
    ensure!(
        grpcurl::list(&USERSVC, Trust::Plaintext).is_err(),
        "plaintext is answered"
    );
    Ok("the certificate is good for its name; plaintext is refused".to_owned())
}
