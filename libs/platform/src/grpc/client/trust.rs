use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::Chain;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::TlsConnector;

use super::{ClientError, ClientTls, dial::HTTP2, transport::read_ca};

/// Whom a client takes for its peer: who shows this name in a certificate of an authority in this file, which may be
/// replaced while the client lives.
pub(super) struct Trust {
    name: ServerName<'static>,
    ca_file: Option<PathBuf>,
    current: Mutex<Current>,
}

struct Current {
    pem: Vec<u8>,
    connector: TlsConnector,
}

impl Trust {
    pub(super) fn try_new(name: ServerName<'static>, tls: &ClientTls) -> Result<Self, ClientError> {
        let current = match &tls.ca_file {
            Some(path) => Current::of(read_ca(path)?, path)?,
            None => Current {
                pem: Vec::new(),
                connector: connector(RootCertStore::empty())?,
            },
        };
        Ok(Self {
            name,
            ca_file: tls.ca_file.clone(),
            current: Mutex::new(current),
        })
    }

    pub(super) fn name(&self) -> ServerName<'static> {
        self.name.clone()
    }

    /// For a new connection, by what the file holds now. Where that is nothing usable, what it held before stays in
    /// use; where it is the same, so do the sessions that can be resumed.
    pub(super) fn connector(&self) -> TlsConnector {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = &self.ca_file {
            let again = read_ca(path).and_then(|pem| {
                let is_new = pem != current.pem;
                is_new.then(|| Current::of(pem, path)).transpose()
            });
            match again {
                Ok(Some(new)) => {
                    tracing::info!(file = %path.display(), "other authorities are trusted from now on");
                    *current = new;
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "the authorities that were read before stay trusted");
                }
            }
        }
        current.connector.clone()
    }
}

impl Current {
    fn of(pem: Vec<u8>, path: &std::path::Path) -> Result<Self, ClientError> {
        let no_certificate = || ClientError::NoCertificate { path: path.to_owned() };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|_| no_certificate())?;
            roots.add(certificate).map_err(|_| no_certificate())?;
        }
        if roots.is_empty() {
            return Err(no_certificate());
        }
        let connector = connector(roots)?;
        Ok(Self { pem, connector })
    }
}

fn connector(roots: RootCertStore) -> Result<TlsConnector, ClientError> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Protocol)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
