use time::OffsetDateTime;

use crate::{
    certificate::{Authority, Certificate},
    installation::{AUTHORITY, Certificates, Installation, Kind, Service},
    plan::{Draft, Fault, Renew, Run},
};

const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";
const TRUSTED: &str = "ca.crt";

/// An authority, a certificate of it for each service, and the authorities that each trusts.
pub(super) fn plan(draft: &mut Draft<'_>, installation: &Installation, run: &Run) -> anyhow::Result<()> {
    let now = run.now;
    for service in installation.with(Kind::Tls) {
        if !installation.makes(service, Kind::Tls) {
            look_at(draft, service, now);
        }
    }
    if installation.certificates != Certificates::Made {
        return Ok(());
    }
    let Some(authority) = authority(draft, installation, now)? else {
        return Ok(());
    };
    let services: Vec<&Service> = installation.with(Kind::Tls).collect();
    for service in services
        .into_iter()
        .filter(|service| installation.makes(service, Kind::Tls))
    {
        let secret = service.secret(Kind::Tls);
        if !draft.may_change(&secret) {
            look_at(draft, service, now);
            continue;
        }
        let names = service.names(&installation.namespace);
        if let Some(why) = why_anew(draft, &secret, &names, &authority, run) {
            let issued = authority.issue(&names, now)?;
            let certificate = Certificate::read(issued.certificate.as_bytes());
            let until = certificate.map(|certificate| certificate.last_day().to_string());
            let said = format!("a certificate until {}{why}", until.unwrap_or_default());
            draft.set(&secret, CERTIFICATE, issued.certificate, said.as_str());
            draft.set(&secret, KEY, issued.key, said);
        }
        let trusted = draft
            .value(AUTHORITY, CERTIFICATE)
            .map(<[u8]>::to_vec)
            .unwrap_or_default();
        if draft.value(&secret, TRUSTED) != Some(&trusted) {
            let said = if draft.exists(&secret) {
                "the authorities it trusts"
            } else {
                "its authority"
            };
            draft.set(&secret, TRUSTED, trusted, said);
        }
        note_end(draft, &secret);
    }
    Ok(())
}

/// The authority, made when there is none; nothing when there is one that cannot sign.
fn authority(
    draft: &mut Draft<'_>,
    installation: &Installation,
    now: OffsetDateTime,
) -> anyhow::Result<Option<Authority>> {
    if !draft.exists(AUTHORITY) {
        let made = Authority::make(&installation.namespace, now)?;
        let authority = Authority::read(made.certificate.as_bytes(), made.key.as_bytes())?;
        let said = format!("an authority until {}", authority.own().last_day());
        draft.set(AUTHORITY, CERTIFICATE, made.certificate, said.as_str());
        draft.set(AUTHORITY, KEY, made.key, said);
        return Ok(Some(authority));
    }
    let held = |key| draft.value(AUTHORITY, key).map(<[u8]>::to_vec).unwrap_or_default();
    let (certificates, key) = (held(CERTIFICATE), held(KEY));
    let authority = match Authority::read(&certificates, &key) {
        Ok(authority) => authority,
        Err(why) => {
            draft.plan.faults.push(Fault::Authority {
                secret: AUTHORITY,
                why: why.to_string(),
            });
            return Ok(None);
        }
    };
    if !authority.own().is_due(now) {
        return Ok(Some(authority));
    }
    if draft.may_change(AUTHORITY) {
        let text = authority.renewed(&certificates, &installation.namespace, now)?;
        let authority = Authority::read(text.as_bytes(), &key)?;
        let said = format!("the same authority until {}", authority.own().last_day());
        draft.set(AUTHORITY, CERTIFICATE, text, said);
        return Ok(Some(authority));
    }
    let ends = authority.own().last_day();
    if authority.own().until <= now {
        let why = format!("it ended on {ends}, and certs did not make it, so expected somebody to renew it");
        draft.plan.faults.push(Fault::Authority { secret: AUTHORITY, why });
        return Ok(None);
    }
    draft.plan.remarks.push(format!(
        "the authority in the Secret `{AUTHORITY}` ends on {ends}, and certs did not make it: whoever did should renew it"
    ));
    Ok(Some(authority))
}

/// Why a certificate is made, to be added to what is said; nothing when it is good.
fn why_anew(draft: &Draft<'_>, secret: &str, names: &[String], authority: &Authority, run: &Run) -> Option<String> {
    if !draft.exists(secret) {
        return Some(String::new());
    }
    let held = |key| draft.value(secret, key).unwrap_or_default();
    let Some(certificate) = Certificate::read(held(CERTIFICATE)) else {
        return Some(", for there was none that can be read".to_owned());
    };
    if !certificate.has_key(held(KEY)) {
        return Some(", for the key was another one's".to_owned());
    }
    if !authority.signed(&certificate) {
        return Some(", for another authority had signed it".to_owned());
    }
    if !certificate.is_for(names) {
        return Some(", for it lacked a name".to_owned());
    }
    // By an authority that ends with it, a new one would not last longer.
    let due = certificate.is_due(run.now) && certificate.until < authority.own().until;
    let asked = run.renew == Renew::All && !run.kept.contains(secret);
    (due || asked).then(|| format!(", in place of the one until {}", certificate.last_day()))
}

/// Looks at a certificate that somebody else makes.
fn look_at(draft: &mut Draft<'_>, service: &Service, now: OffsetDateTime) {
    let secret = service.secret(Kind::Tls);
    let name = service.name.clone();
    let expected = [
        (CERTIFICATE, format!("a certificate for `{name}`")),
        (KEY, "its key".to_owned()),
        (TRUSTED, "the authorities that it trusts in others".to_owned()),
    ];
    draft.look_at(&secret, &name, &expected);
    let Some(text) = draft.value(&secret, CERTIFICATE).filter(|text| !text.is_empty()) else {
        return;
    };
    let expected = match Certificate::read(text) {
        None => "a certificate, as PEM".to_owned(),
        Some(found) if found.until <= now => format!("a current one, for it ended on {}", found.last_day()),
        Some(found) if !found.is_for(std::slice::from_ref(&name)) => format!("one for the name `{name}`"),
        Some(_) => return,
    };
    draft.plan.faults.push(Fault::Unusable {
        secret,
        key: CERTIFICATE,
        expected,
    });
}

fn note_end(draft: &mut Draft<'_>, secret: &str) {
    let certificate = draft.value(secret, CERTIFICATE).and_then(Certificate::read);
    if let Some(certificate) = certificate {
        let candidate = (certificate.last_day(), secret.to_owned());
        let first = draft.plan.first_to_end.take();
        draft.plan.first_to_end = Some(first.map_or(candidate.clone(), |first| first.min(candidate)));
    }
}
