use std::sync::Arc;

use kernel::Clock;
use platform::{
    auth::{AccessTokenSettings, Verifier},
    grpc::client::{Client, ClientError, Identity, TokenSource},
};

use crate::{GrpcJwks, PeerSettings, Peers, ServiceCredential, ServiceTokens};

platform::settings! {
    /// Whom a service believes, and how it reaches others.
    pub struct IdentitySettings {
        /// Where authsvc is, whose keys verify tokens.
        pub authsvc_url: String = "AUTHSVC_URL", default "https://authsvc:50053";
        /// How it reaches them.
        pub peers: PeerSettings;
        /// What tokens say of themselves.
        pub tokens: AccessTokenSettings;
    }
}

impl IdentitySettings {
    /// Who verifies the tokens of callers: against the keys that authsvc publishes.
    ///
    /// # Errors
    /// The address or the authority cannot be used.
    pub fn verifier(&self, peers: &Peers, clock: Arc<dyn Clock>) -> Result<Arc<Verifier>, ClientError> {
        let keys = Arc::new(GrpcJwks::new(self.authsvc(peers)?));
        let AccessTokenSettings { issuer, audience } = &self.tokens;
        Ok(Arc::new(Verifier::new(keys, issuer, audience, clock)))
    }

    /// Our own tokens, as this service.
    ///
    /// # Errors
    /// The address or the authority cannot be used.
    pub fn service_tokens(
        &self,
        peers: &Peers,
        service: &'static str,
        credential: &ServiceCredential,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn TokenSource>, ClientError> {
        let credential = credential.clone();
        Ok(Arc::new(ServiceTokens::new(
            self.authsvc(peers)?,
            service,
            credential,
            clock,
        )))
    }

    fn authsvc(&self, peers: &Peers) -> Result<Client, ClientError> {
        peers.client(&self.authsvc_url, api::auth::v1::METHODS, Identity::None)
    }
}

#[cfg(test)]
mod tests {
    use platform::{config::Settings, topology};

    use super::*;

    #[test]
    fn authsvc_is_where_the_topology_has_it() {
        let variables = IdentitySettings::variables();
        let declared = variables.iter().find(|variable| variable.name == "AUTHSVC_URL");
        let default = declared.and_then(|variable| variable.default.as_deref().map(str::to_owned));
        assert_eq!(default, topology::find("authsvc").map(|place| place.url()));
    }
}
