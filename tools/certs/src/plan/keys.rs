use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    installation::{Installation, Kind},
    plan::{Draft, Fault},
};

const EXPECTED: &str = "keys one below the other, the first in use, each 32 bytes or more as base64";

/// A list of one key under each name that a service wants one under.
pub(super) fn plan(draft: &mut Draft<'_>, installation: &Installation) -> anyhow::Result<()> {
    for service in installation.with(Kind::Keys) {
        let secret = service.secret(Kind::Keys);
        if !installation.makes(service, Kind::Keys) {
            let expected: Vec<_> = service
                .keys
                .iter()
                .map(|key| (key.as_str(), EXPECTED.to_owned()))
                .collect();
            draft.look_at(&secret, &service.name, &expected);
            continue;
        }
        for key in &service.keys {
            if draft.value(&secret, key).is_some_and(|list| !list.is_empty()) {
                continue;
            }
            if draft.may_change(&secret) {
                draft.set(&secret, key, format!("{}\n", random_key()?), key.as_str());
            } else {
                draft.plan.faults.push(Fault::Missing {
                    secret: secret.clone(),
                    key: key.clone(),
                    expected: EXPECTED.to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// A key such as lists hold.
fn random_key() -> anyhow::Result<String> {
    Ok(BASE64_STANDARD.encode(random::<32>()?))
}

/// Bytes that nobody can guess.
pub(super) fn random<const BYTES: usize>() -> anyhow::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    aws_lc_rs::rand::fill(&mut bytes)
        .ok()
        .context("the machine has no random bytes")?;
    Ok(bytes)
}
