//! What the host decides for each service. File and environment may decide otherwise: `ORDERSVC_GRPC_ADDR`.

use std::{fmt::Write, net::SocketAddr};

use anyhow::Context;
use platform::{
    config::{ConfigError, Layers},
    process::{Hosted, ServerSettings},
    topology::{self, Place},
};

use crate::{authority::Certificates, home::Home};

/// How a service is reached, and with what it proves itself.
#[derive(Debug)]
pub(crate) struct Wiring {
    home: Home,
    tls: Option<Certificates>,
    authsvc_url: String,
    usersvc_url: String,
    ordersvc_url: String,
    paymentsvc_url: String,
    sandbox_psp_url: String,
    bootstrap_keys: String,
}

impl Wiring {
    /// Decides what all services share.
    pub(crate) fn new(
        home: &Home,
        tls: Option<Certificates>,
        sandbox: SocketAddr,
        layers: &Layers,
    ) -> anyhow::Result<Self> {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = |place: &Place| Ok::<_, ConfigError>(format!("{scheme}://{}", reached_at(&address(place, layers)?)));
        let mut bootstrap_keys = String::new();
        for place in topology::PLACES {
            writeln!(bootstrap_keys, "{}={}", place.name, bootstrap_key(home, place)?)?;
        }
        Ok(Self {
            home: home.clone(),
            tls,
            authsvc_url: url(&topology::AUTHSVC)?,
            usersvc_url: url(&topology::USERSVC)?,
            ordersvc_url: url(&topology::ORDERSVC)?,
            paymentsvc_url: url(&topology::PAYMENTSVC)?,
            sandbox_psp_url: format!("http://{sandbox}"),
            bootstrap_keys,
        })
    }

    /// The layers of one service, its database excepted.
    pub(crate) fn layers(&self, service: &dyn Hosted, layers: &Layers) -> anyhow::Result<Layers> {
        let place = service.place()?;
        let mut layers = own(place, layers)
            .with_host("TOKEN_KEYS", self.home.key("token-keys")?)
            .with_host("AUTHSVC_URL", &self.authsvc_url)
            .with_host("USERSVC_URL", &self.usersvc_url)
            .with_host("ORDERSVC_URL", &self.ordersvc_url)
            .with_host("PAYMENTSVC_URL", &self.paymentsvc_url)
            .with_host("SANDBOX_PSP_URL", &self.sandbox_psp_url)
            .with_host("SERVICE_BOOTSTRAP_KEY", bootstrap_key(&self.home, place)?);
        if *place == topology::PAYMENTSVC {
            layers = layers.with_host("CARD_FINGERPRINT_KEYS", self.home.key("card-fingerprint-keys")?);
        }
        if *place == topology::AUTHSVC {
            layers = layers
                .with_host("SERVICE_BOOTSTRAP_KEYS", &self.bootstrap_keys)
                .with_host("MASTER_KEYS", self.home.key("master-keys")?);
        }
        if let Some(tls) = &self.tls {
            let text = |path: &std::path::Path| path.display().to_string();
            layers = layers
                .with_host("TLS_CERT_FILE", text(&tls.certificate))
                .with_host("TLS_KEY_FILE", text(&tls.key))
                .with_host("PEER_CA_FILE", text(&tls.authority));
        }
        Ok(layers)
    }
}

fn own(place: &Place, layers: &Layers) -> Layers {
    layers
        .of_service(place.name)
        .with_default("GRPC_ADDR", format!("127.0.0.1:{}", place.port))
}

fn address(place: &Place, layers: &Layers) -> Result<SocketAddr, ConfigError> {
    Ok(own(place, layers).read::<ServerSettings>()?.grpc_addr)
}

/// Where a server that may listen everywhere is reached from here.
pub(crate) fn reached_at(address: &SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        ([127, 0, 0, 1], address.port()).into()
    } else {
        *address
    }
}

fn bootstrap_key(home: &Home, place: &Place) -> anyhow::Result<String> {
    home.password(&format!("{}.bootstrap-key", place.name))
        .with_context(|| format!("could not make the bootstrap key of {}", place.name))
}
