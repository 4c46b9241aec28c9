//! A certificate authority for development: one for each home, trusted by nobody who was not told to.

use std::{fs, path::PathBuf};

use anyhow::Context;
use kernel::Clock;
use platform::topology;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use time::Duration;

use crate::home::{Home, kept, write_private};

/// Certificates in files, as every service takes them.
#[derive(Debug, Clone)]
pub(crate) struct Certificates {
    /// The authority's, for clients.
    pub(crate) authority: PathBuf,
    /// The servers'.
    pub(crate) certificate: PathBuf,
    /// The key of that.
    pub(crate) key: PathBuf,
}

/// The authority of this home, made once, and a certificate for the loopback, made anew.
pub(crate) fn certificates(home: &Home, clock: &dyn Clock) -> anyhow::Result<Certificates> {
    let files = Certificates {
        authority: home.tls().join("ca.pem"),
        certificate: home.tls().join("server.pem"),
        key: home.tls().join("server.key"),
    };
    let key = kept(&home.tls().join("ca.key"), || Ok(KeyPair::generate()?.serialize_pem()))?;
    let key = KeyPair::from_pem(&key).context("the key of the development authority cannot be used")?;
    let params = authority_params(clock)?;
    if !files.authority.is_file() {
        let own = params
            .self_signed(&key)
            .context("could not make the development authority")?;
        fs::write(&files.authority, own.pem())
            .with_context(|| format!("could not write {}", files.authority.display()))?;
    }
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate()?;
    let certificate = server_params(clock)?
        .signed_by(&key, &issuer)
        .context("could not make a certificate")?;
    write_private(&files.certificate, &certificate.pem())?;
    write_private(&files.key, &key.serialize_pem())?;
    Ok(files)
}

fn authority_params(clock: &dyn Clock) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Counterfoil development authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = clock.now() - Duration::days(1);
    params.not_after = clock.now() + Duration::days(3_650);
    Ok(params)
}

fn server_params(clock: &dyn Clock) -> anyhow::Result<CertificateParams> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    names.extend(topology::PLACES.iter().map(|place| place.name.to_owned()));
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = clock.now() - Duration::days(1);
    // The longest that every client accepts.
    params.not_after = clock.now() + Duration::days(397);
    Ok(params)
}
