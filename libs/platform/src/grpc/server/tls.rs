use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;

/// A certificate or key that cannot be used. The files' contents never appear in it.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("could not read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file holds no PEM of the kind expected.
    #[error("{path} does not hold the {expected} in PEM form")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// Certificate and key do not make a pair.
    #[error("the certificate and the key cannot be used together")]
    Pair(#[source] rustls::Error),
}

/// A server's certificate chain and key, in files that may be replaced while it serves.
pub struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    current: Arc<RwLock<Loaded>>,
    acceptor: TlsAcceptor,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates")
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Loaded {
    bytes: (Vec<u8>, Vec<u8>),
    pair: Arc<CertifiedKey>,
}

impl Certificates {
    /// Reads a PEM chain and its PEM key.
    ///
    /// # Errors
    /// The files cannot be read, or hold no pair.
    pub fn load(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Arc<Self>, CertificateError> {
        let (certificate, key) = (certificate.into(), key.into());
        let bytes = (read(&certificate)?, read(&key)?);
        let pair = pair(&certificate, &key, &bytes)?;
        let current = Arc::new(RwLock::new(Loaded { bytes, pair }));
        let acceptor = acceptor(current.clone())?;
        Ok(Arc::new(Self {
            certificate,
            key,
            current,
            acceptor,
        }))
    }

    /// Reads the files again; new handshakes use what they hold now. Answers whether that is new.
    ///
    /// # Errors
    /// The files hold nothing usable at the moment; what was read before stays in use.
    pub fn reload(&self) -> Result<bool, CertificateError> {
        let bytes = (read(&self.certificate)?, read(&self.key)?);
        let same = self.current.read().unwrap_or_else(PoisonError::into_inner).bytes == bytes;
        if same {
            return Ok(false);
        }
        let pair = pair(&self.certificate, &self.key, &bytes)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Loaded { bytes, pair };
        Ok(true)
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }
}

fn acceptor(current: Arc<RwLock<Loaded>>) -> Result<TlsAcceptor, CertificateError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(CertificateError::Pair)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Resolver(current)));
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[derive(Debug)]
struct Resolver(Arc<RwLock<Loaded>>);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(current.pair.clone())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    std::fs::read(path).map_err(|source| CertificateError::Read {
        path: path.to_owned(),
        source,
    })
}

fn pair(certificate: &Path, key: &Path, bytes: &(Vec<u8>, Vec<u8>)) -> Result<Arc<CertifiedKey>, CertificateError> {
    let pem = |path: &Path, expected| CertificateError::Pem {
        path: path.to_owned(),
        expected,
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes.0)
        .collect::<Result<_, _>>()
        .map_err(|_| pem(certificate, "certificate chain"))?;
    if chain.is_empty() {
        return Err(pem(certificate, "certificate chain"));
    }
    let key = PrivateKeyDer::from_pem_slice(&bytes.1).map_err(|_| pem(key, "private key"))?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
        .map(Arc::new)
        .map_err(CertificateError::Pair)
}
