//! Who a service is: its ServiceAccount says so, and no secret does.

use anyhow::ensure;
use platform::topology::{AUTHSVC, ORDERSVC, PAYMENTSVC};
use serde_json::{Value, json};

use super::{
    dev,
    grpcurl::{self, Trust},
};
use crate::Namespace;

const METHOD: &str = "auth.v1.AuthService/IssueServiceToken";
/// What tokens that are meant for authsvc say.
const AUDIENCE: &str = "counterfoil";

/// A token of its own account makes a service who it is; nothing else does, and there is nothing to share.
pub(super) fn hold(namespace: &Namespace, trust: Trust<'_>) -> anyhow::Result<String> {
    let told = namespace.list(["secrets,configmaps,pods"])?;
    for object in &told {
        let text = object.to_string().to_ascii_lowercase();
        ensure!(
            !text.contains("bootstrap"),
            "{} {} tells of a bootstrap key",
            object["kind"],
            object["metadata"]["name"]
        );
    }

    let _forward = dev::forward(namespace, &AUTHSVC)?;
    let own = token(namespace, ORDERSVC.name, AUDIENCE)?;
    let issued = grpcurl::call(&AUTHSVC, trust, METHOD, &proof(ORDERSVC.name, &own))?;
    ensure!(issued["accessToken"].is_string(), "no token is issued: {issued}");
    let refused = [
        ("of another service", PAYMENTSVC.name, own),
        (
            "of another audience",
            ORDERSVC.name,
            token(namespace, ORDERSVC.name, "somebody-else")?,
        ),
        (
            "of an account that is no service",
            ORDERSVC.name,
            token(namespace, "default", AUDIENCE)?,
        ),
        ("that is none", ORDERSVC.name, "a guess".to_owned()),
    ];
    for (what, service, credential) in &refused {
        let said = grpcurl::refused(&AUTHSVC, trust, METHOD, &proof(service, credential))?;
        ensure!(said.contains("Unauthenticated"), "a token {what} is told: {said}");
    }
    Ok(format!(
        "a token of its account makes {} known; {} others are refused; no bootstrap key in {} objects",
        ORDERSVC.name,
        refused.len(),
        told.len()
    ))
}

fn proof(service: &str, credential: &str) -> Value {
    json!({"service": service, "credential": credential})
}

fn token(namespace: &Namespace, account: &str, audience: &str) -> anyhow::Result<String> {
    let asked = ["create", "token", account, "--audience", audience];
    Ok(namespace.kubectl().args(asked).run()?.trim().to_owned())
}
