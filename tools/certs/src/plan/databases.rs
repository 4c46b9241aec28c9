use std::fmt::Write as _;

use percent_encoding::percent_decode_str;

use super::keys::random;
use crate::{
    installation::{Databases, Installation, Kind, POSTGRES, POSTGRES_DATABASES, Service},
    plan::{Draft, Fault},
};

const URL: &str = "url";
const PASSWORD: &str = "password";
/// The bundled server, as every pod of the namespace finds it.
const BUNDLED: &str = "postgres:5432";

/// The addresses of databases, and for the bundled server what it makes roles by.
pub(super) fn plan(draft: &mut Draft<'_>, installation: &Installation) -> anyhow::Result<()> {
    for service in installation.with(Kind::Database) {
        let mut made = false;
        for (kind, role) in [
            (Kind::Database, service.name.clone()),
            (Kind::Migrator, service.migrator()),
        ] {
            made |= address(draft, installation, service, kind, &role)?;
        }
        if made && let Databases::At(server) = &installation.databases {
            draft.plan.remarks.push(to_be_made(service, &server.address));
        }
    }
    if installation.databases == Databases::Bundled {
        bundled(draft, installation)?;
    }
    Ok(())
}

/// The address of one role; whether it is made.
fn address(
    draft: &mut Draft<'_>,
    installation: &Installation,
    service: &Service,
    kind: Kind,
    role: &str,
) -> anyhow::Result<bool> {
    let secret = service.secret(kind);
    let database = service.database.as_deref().unwrap_or_default();
    if draft.value(&secret, URL).is_some_and(|url| !url.is_empty()) {
        if let Some(is) = draft
            .text(&secret, URL)
            .and_then(|url| elsewhere(&installation.databases, url))
            && !service.given.contains_key(&kind)
            && draft.ours(&secret)
        {
            draft.plan.faults.push(Fault::Elsewhere {
                secret,
                key: URL,
                is,
                expected: place(&installation.databases),
            });
        }
        return Ok(false);
    }
    let (server, options) = match &installation.databases {
        Databases::Bundled => (BUNDLED, None),
        Databases::At(server) => (server.address.as_str(), server.sslmode.as_ref()),
        Databases::Given => ("HOST:PORT", None),
    };
    let path = options.map_or(database.to_owned(), |mode| format!("{database}?sslmode={mode}"));
    if installation.makes(service, kind) && draft.may_change(&secret) {
        let url = format!("postgres://{role}:{}@{server}/{path}\n", password()?);
        draft.set(
            &secret,
            URL,
            url,
            format!("the address of {database} for the role {role}"),
        );
        return Ok(true);
    }
    let expected = format!("postgres://ROLE:PASSWORD@{server}/{path}");
    draft.look_at(&secret, &service.name, &[(URL, expected)]);
    Ok(false)
}

/// Where an address leads, when that is not where the databases are to be.
fn elsewhere(databases: &Databases, url: &str) -> Option<String> {
    let (address, sslmode) = server(url)?;
    let is_at = |expected: &str| address.eq_ignore_ascii_case(expected);
    match databases {
        // Who takes the bundled server away, and names no other, has nowhere to go.
        Databases::Given => is_at(BUNDLED).then_some(address),
        Databases::Bundled => (!is_at(BUNDLED)).then_some(address),
        Databases::At(server) if !is_at(&server.address) => Some(address),
        Databases::At(server) if server.sslmode.is_some() && server.sslmode != sslmode => Some(format!(
            "{address} {}",
            sslmode.map_or("without sslmode".to_owned(), |mode| format!("with sslmode={mode}"))
        )),
        Databases::At(_) => None,
    }
}

/// Where the databases are to be, in words.
fn place(databases: &Databases) -> String {
    match databases {
        Databases::Given => "given".to_owned(),
        Databases::Bundled => format!("on {BUNDLED}"),
        Databases::At(server) => match &server.sslmode {
            Some(mode) => format!("on {} with sslmode={mode}", server.address),
            None => format!("on {}", server.address),
        },
    }
}

fn to_be_made(service: &Service, server: &str) -> String {
    format!(
        "make on {server} the database {} for {}: owned by the role {}, whose password is in the Secret `{}`, \
         and open to the role {}, whose password is in the Secret `{}`",
        service.database.as_deref().unwrap_or_default(),
        service.name,
        service.migrator(),
        service.secret(Kind::Migrator),
        service.name,
        service.secret(Kind::Database),
    )
}

/// The superuser's password, and for each database its roles as the addresses have them.
fn bundled(draft: &mut Draft<'_>, installation: &Installation) -> anyhow::Result<()> {
    let made = installation.secrets == crate::installation::Secrets::Made;
    if draft.value(POSTGRES, PASSWORD).is_none_or(<[u8]>::is_empty) {
        if made && draft.may_change(POSTGRES) {
            let said = "the superuser's password";
            draft.set(POSTGRES, PASSWORD, format!("{}\n", password()?), said);
        } else {
            draft.look_at(POSTGRES, POSTGRES, &[(PASSWORD, "the superuser's password".to_owned())]);
        }
    }
    let services: Vec<&Service> = installation.with(Kind::Database).collect();
    for service in services {
        let database = service.database.as_deref().unwrap_or_default();
        if !(made && draft.may_change(POSTGRES_DATABASES)) {
            let expected = "two lines ROLE PASSWORD, the server's and the migrator's".to_owned();
            draft.look_at(POSTGRES_DATABASES, POSTGRES, &[(database, expected)]);
            continue;
        }
        let Some(roles) = roles(draft, service) else {
            continue;
        };
        if draft.text(POSTGRES_DATABASES, database) != Some(&roles) {
            draft.set(POSTGRES_DATABASES, database, roles, format!("the roles of {database}"));
        }
    }
    Ok(())
}

/// Both roles of a service with their passwords, as its addresses have them; nothing while one is missing.
fn roles(draft: &mut Draft<'_>, service: &Service) -> Option<String> {
    let mut lines = String::new();
    for kind in [Kind::Database, Kind::Migrator] {
        let secret = service.secret(kind);
        let url = draft.value(&secret, URL)?;
        let Some((role, password)) = std::str::from_utf8(url).ok().and_then(credentials) else {
            draft.plan.faults.push(Fault::Unusable {
                secret,
                key: URL,
                expected: format!(
                    "postgres://ROLE:PASSWORD@{BUNDLED}/{}, no spaces in either",
                    service.database.as_deref().unwrap_or_default()
                ),
            });
            return None;
        };
        writeln!(lines, "{role} {password}").ok()?;
    }
    Some(lines)
}

/// An address without its scheme.
fn without_scheme(url: &str) -> Option<&str> {
    let url = url.trim();
    url.strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
}

/// `HOST:PORT` in an address, and its `sslmode`.
fn server(url: &str) -> Option<(String, Option<String>)> {
    let rest = without_scheme(url)?;
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (before, _) = rest.split_once('/').unwrap_or((rest, ""));
    let (_, host) = before.rsplit_once('@').unwrap_or(("", before));
    let address = if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:5432")
    };
    let sslmode = options.split('&').find_map(|option| option.strip_prefix("sslmode="));
    Some((address, sslmode.map(str::to_owned)))
}

/// The role and the password in an address.
fn credentials(url: &str) -> Option<(String, String)> {
    let rest = without_scheme(url)?;
    let (before, _) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, _) = before.rsplit_once('@')?;
    let (role, password) = user.split_once(':')?;
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8().ok()?.into_owned();
        (!text.is_empty() && !text.contains(char::is_whitespace)).then_some(text)
    };
    Some((decoded(role)?, decoded(password)?))
}

/// A password that needs no quoting anywhere.
fn password() -> anyhow::Result<String> {
    let mut text = String::new();
    for byte in random::<24>()? {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_its_server() {
        for (url, address, sslmode) in [
            ("postgres://a:b@c:6432/d\n", "c:6432", None),
            ("postgresql://a:b%40@db.example.com/d", "db.example.com:5432", None),
            (
                "postgres://a:b@c:5432/d?application_name=x&sslmode=require",
                "c:5432",
                Some("require"),
            ),
        ] {
            assert_eq!(
                server(url),
                Some((address.to_owned(), sslmode.map(str::to_owned))),
                "{url}"
            );
        }
        assert_eq!(server("host=postgres user=ordersvc"), None);
    }

    #[test]
    fn an_address_is_taken_apart() {
        let found = |url| credentials(url).unwrap();
        let pair = |role: &str, password: &str| (role.to_owned(), password.to_owned());
        assert_eq!(found("postgres://a:b@c:5432/d\n"), pair("a", "b"));
        assert_eq!(found("postgresql://a:b%40%2F@c/d?sslmode=require"), pair("a", "b@/"));
        for wrong in [
            "",
            "a:b@c/d",
            "postgres://a@c/d",
            "postgres://a:b%20b@c/d",
            "mysql://a:b@c/d",
        ] {
            assert_eq!(credentials(wrong), None, "{wrong}");
        }
    }
}
