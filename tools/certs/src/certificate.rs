//! Certificates: what is in one, and how an authority makes them.

use std::collections::BTreeSet;

use anyhow::Context;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PublicKeyData,
};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use time::{Date, Duration, OffsetDateTime};
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, prelude::FromDer, x509::SubjectPublicKeyInfo,
};

/// How long an authority lasts.
const AUTHORITY_LASTS: Duration = Duration::days(3_650);
/// How long the certificate of a service lasts.
const CERTIFICATE_LASTS: Duration = Duration::days(90);
/// How far the clocks of a cluster may be apart.
const CLOCKS_DIFFER: Duration = Duration::HOUR;

/// The moment from which a certificate is good that is made now.
fn good_from(now: OffsetDateTime) -> OffsetDateTime {
    let from = now - CLOCKS_DIFFER;
    // Certificates know whole seconds.
    from.replace_nanosecond(0).unwrap_or(from)
}

/// What there is to know of a certificate.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    der: CertificateDer<'static>,
    from: OffsetDateTime,
    pub(crate) until: OffsetDateTime,
    names: BTreeSet<String>,
    public_key: Vec<u8>,
    may_sign: bool,
}

impl Certificate {
    /// The first certificate of a PEM text, if it is one.
    pub(crate) fn read(pem: &[u8]) -> Option<Self> {
        let der = CertificateDer::from_pem_slice(pem).ok()?;
        let (_, parsed) = X509Certificate::from_der(&der).ok()?;
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|extension| &extension.value.general_names);
        Some(Self {
            from: parsed.validity().not_before.to_datetime(),
            until: parsed.validity().not_after.to_datetime(),
            names: names
                .filter_map(|name| match name {
                    GeneralName::DNSName(name) => Some((*name).to_owned()),
                    _ => None,
                })
                .collect(),
            public_key: parsed.public_key().raw.to_vec(),
            may_sign: parsed.is_ca(),
            der: der.clone(),
        })
    }

    /// Whether it is within a third of its life of its end.
    pub(crate) fn is_due(&self, now: OffsetDateTime) -> bool {
        now >= self.until - (self.until - self.from) / 3
    }

    /// Whether it is for all these names.
    pub(crate) fn is_for(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.names.contains(name))
    }

    /// Whether this is its key.
    pub(crate) fn has_key(&self, pem: &[u8]) -> bool {
        let key = std::str::from_utf8(pem)
            .ok()
            .and_then(|pem| KeyPair::from_pem(pem).ok());
        key.is_some_and(|key| self.is_of(&key))
    }

    fn is_of(&self, key: &KeyPair) -> bool {
        key.subject_public_key_info() == self.public_key
    }

    /// The day of its end.
    pub(crate) fn last_day(&self) -> Date {
        self.until.date()
    }
}

/// Who signs the certificates of an installation.
pub(crate) struct Authority {
    own: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    /// Makes one.
    pub(crate) fn make(namespace: &str, now: OffsetDateTime) -> anyhow::Result<Issued> {
        let key = KeyPair::generate().context("could not make a key")?;
        Ok(Issued {
            certificate: own_certificate(namespace, &key, now)?,
            key: key.serialize_pem(),
        })
    }

    /// Reads one: the certificate among these that has this key signs; the others are trusted besides.
    pub(crate) fn read(certificates: &[u8], key: &[u8]) -> anyhow::Result<Self> {
        let key = std::str::from_utf8(key)
            .ok()
            .and_then(|key| KeyPair::from_pem(key).ok());
        let key = key.context("tls.key is no private key")?;
        let own = blocks(certificates)
            .iter()
            .filter_map(|block| Certificate::read(block.as_bytes()))
            .find(|certificate| certificate.is_of(&key))
            .context("tls.crt has no certificate of the key in tls.key")?;
        anyhow::ensure!(own.may_sign, "the certificate in tls.crt may not sign others");
        let issuer = Issuer::from_ca_cert_der(&own.der, key).context("tls.crt cannot be read")?;
        Ok(Self { own, issuer })
    }

    /// Its own certificate.
    pub(crate) const fn own(&self) -> &Certificate {
        &self.own
    }

    /// The certificates with its own made anew: the same key, so that what it signed before stays good.
    pub(crate) fn renewed(&self, certificates: &[u8], namespace: &str, now: OffsetDateTime) -> anyhow::Result<String> {
        let mut text = own_certificate(namespace, self.issuer.key(), now)?;
        for block in blocks(certificates) {
            if !Certificate::read(block.as_bytes()).is_some_and(|other| other.is_of(self.issuer.key())) {
                text.push_str(&block);
            }
        }
        Ok(text)
    }

    /// Makes a certificate for a service, which does not last longer than its own.
    pub(crate) fn issue(&self, names: &[String], now: OffsetDateTime) -> anyhow::Result<Issued> {
        let key = KeyPair::generate().context("could not make a key")?;
        let mut params = CertificateParams::new(names).context("could not name a certificate")?;
        if let Some(name) = names.first() {
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, name.as_str());
        }
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = good_from(now);
        params.not_after = (params.not_before + CERTIFICATE_LASTS).min(self.own.until);
        let certificate = params
            .signed_by(&key, &self.issuer)
            .context("could not sign a certificate")?;
        Ok(Issued {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }

    /// Whether it signed this one.
    pub(crate) fn signed(&self, certificate: &Certificate) -> bool {
        let key = SubjectPublicKeyInfo::from_der(&self.own.public_key);
        let parsed = X509Certificate::from_der(&certificate.der);
        match (key, parsed) {
            (Ok((_, key)), Ok((_, parsed))) => parsed.verify_signature(Some(&key)).is_ok(),
            _ => false,
        }
    }
}

fn own_certificate(namespace: &str, key: &KeyPair, now: OffsetDateTime) -> anyhow::Result<String> {
    let mut params = CertificateParams::new(Vec::<String>::new()).context("could not name the authority")?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    let name = format!("counterfoil {namespace}");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = good_from(now);
    params.not_after = params.not_before + AUTHORITY_LASTS;
    let own = params.self_signed(key).context("could not sign the authority")?;
    Ok(own.pem())
}

/// The certificates of a PEM text, each with its lines.
fn blocks(pem: &[u8]) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(pem);
    let parts = text.split_inclusive(END).filter(|part| part.ends_with(END));
    parts.map(|part| format!("{}\n", part.trim())).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

    fn names() -> Vec<String> {
        vec!["usersvc".to_owned(), "usersvc.shop.svc".to_owned()]
    }

    #[test]
    fn an_authority_signs_what_it_can_recognise() {
        let made = Authority::make("shop", NOW).unwrap();
        let authority = Authority::read(made.certificate.as_bytes(), made.key.as_bytes()).unwrap();
        let issued = authority.issue(&names(), NOW).unwrap();
        let certificate = Certificate::read(issued.certificate.as_bytes()).unwrap();
        assert!(authority.signed(&certificate));
        assert!(certificate.has_key(issued.key.as_bytes()));
        assert!(certificate.is_for(&names()));
        assert!(!certificate.is_for(&["ordersvc".to_owned()]));
        assert!(!certificate.may_sign);

        let other = Authority::make("shop", NOW).unwrap();
        let other = Authority::read(other.certificate.as_bytes(), other.key.as_bytes()).unwrap();
        assert!(!other.signed(&certificate));
        assert!(!certificate.has_key(made.key.as_bytes()));
    }

    #[test]
    fn a_certificate_is_due_in_the_last_third_of_its_life() {
        let made = Authority::make("shop", NOW).unwrap();
        let authority = Authority::read(made.certificate.as_bytes(), made.key.as_bytes()).unwrap();
        let issued = authority.issue(&names(), NOW).unwrap();
        let certificate = Certificate::read(issued.certificate.as_bytes()).unwrap();
        assert!(!certificate.is_due(NOW + Duration::days(59)));
        assert!(certificate.is_due(NOW + Duration::days(60)));
        assert!(certificate.is_due(NOW + Duration::days(1_000)));
    }

    #[test]
    fn a_renewed_authority_vouches_for_what_it_signed_before_and_keeps_the_others() {
        let made = Authority::make("shop", NOW).unwrap();
        let stranger = Authority::make("elsewhere", NOW).unwrap();
        let both = format!("{}{}", stranger.certificate, made.certificate);
        let before = Authority::read(both.as_bytes(), made.key.as_bytes()).unwrap();
        let issued = before.issue(&names(), NOW).unwrap();
        let later = NOW + Duration::days(3_000);
        let text = before.renewed(both.as_bytes(), "shop", later).unwrap();
        let after = Authority::read(text.as_bytes(), made.key.as_bytes()).unwrap();
        assert_eq!(after.own().from, good_from(later));
        assert!(after.signed(&Certificate::read(issued.certificate.as_bytes()).unwrap()));
        assert!(text.contains(&stranger.certificate));
        assert!(!text.contains(&made.certificate));
    }

    #[test]
    fn a_certificate_does_not_outlive_its_authority() {
        let made = Authority::make("shop", NOW).unwrap();
        let authority = Authority::read(made.certificate.as_bytes(), made.key.as_bytes()).unwrap();
        let issued = authority.issue(&names(), NOW + Duration::days(3_620)).unwrap();
        let certificate = Certificate::read(issued.certificate.as_bytes()).unwrap();
        assert_eq!(certificate.until, authority.own().until);
    }

    #[test]
    fn what_is_no_authority_is_refused_with_a_sentence() {
        let made = Authority::make("shop", NOW).unwrap();
        let other = Authority::make("shop", NOW).unwrap();
        let authority = Authority::read(made.certificate.as_bytes(), made.key.as_bytes()).unwrap();
        let leaf = authority.issue(&names(), NOW).unwrap();
        for (certificate, key, sentence) in [
            (made.certificate.as_str(), "", "tls.key is no private key"),
            (
                &made.certificate,
                &other.key,
                "tls.crt has no certificate of the key in tls.key",
            ),
            ("", &made.key, "tls.crt has no certificate of the key in tls.key"),
            (
                &leaf.certificate,
                &leaf.key,
                "the certificate in tls.crt may not sign others",
            ),
        ] {
            let refused = Authority::read(certificate.as_bytes(), key.as_bytes());
            assert_eq!(refused.map(|_| ()).unwrap_err().to_string(), sentence);
        }
    }
}
