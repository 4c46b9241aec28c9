//! A laptop: overlays/dev, grpcurl as the README shows it, and the demo.

use std::time::Duration;

use anyhow::{Context, ensure};
use platform::topology::{AUTHSVC, PLACES, Place, USERSVC};
use serde_json::json;

use super::{
    Scene,
    grpcurl::{self, Trust},
    identity, limits,
};
use crate::{Journey, Namespace, forward::Forward};

const STAFF: &str = "admin@counterfoil.example";
const PASSWORD: &str = "a long walk in the rain";

/// Plays it.
pub fn play(journey: &mut Journey, scene: &Scene<'_>) {
    let namespace = &scene.namespace;
    if !scene.cleared(journey) {
        return;
    }
    let ready = scene.step(journey, "apply, until everything is ready", || {
        namespace.apply_directory("deploy/e2e/dev")?;
        namespace.rolled_out()?;
        Ok(format!("{} services", PLACES.len()))
    });
    if ready {
        scene.step(journey, "grpcurl as in the README", || readme(namespace));
        scene.step(journey, "the demo, shipping included", || demo(namespace));
        scene.step(journey, "identity without a secret", || {
            identity::hold(namespace, Trust::Plaintext)
        });
        scene.step(journey, "security, read back", || limits::hold(namespace));
    }
    scene.leave(journey);
}

fn readme(namespace: &Namespace) -> anyhow::Result<String> {
    let _forward = forward(namespace, &USERSVC)?;
    let served = grpcurl::list(&USERSVC, Trust::Plaintext)?;
    ensure!(
        served.iter().any(|name| name == "user.v1.UserService"),
        "it lists {served:?}"
    );
    Ok(format!("lists {}", served.join(", ")))
}

fn demo(namespace: &Namespace) -> anyhow::Result<String> {
    let _forwards = PLACES
        .iter()
        .map(|place| forward(namespace, place))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let account = json!({"email": STAFF, "password": PASSWORD, "name": "Admin"});
    grpcurl::call(&AUTHSVC, Trust::Plaintext, "auth.v1.AuthService/Register", &account)?;
    namespace
        .kubectl()
        .args(["exec", "deployment/authsvc", "--container", "server", "--"])
        .args(["/service", "grant-role", STAFF, "admin"])
        .run()?;
    let password = tempfile::NamedTempFile::new()?;
    std::fs::write(password.path(), PASSWORD)?;
    let said = namespace
        .cluster()
        .own_program("demo")
        .args(["--address", "http://127.0.0.1:{port}", "--staff-email", STAFF])
        .args(["--staff-password-file".as_ref(), password.path().as_os_str()])
        .within(Duration::from_secs(120))
        .run()?;
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    Ok(last.context("the demo said nothing")?.to_owned())
}

/// The service at its own port of this machine.
pub(super) fn forward(namespace: &Namespace, place: &Place) -> anyhow::Result<Forward> {
    namespace.forward(&format!("service/{}", place.name), place.port)
}
