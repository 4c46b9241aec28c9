use api::auth::v1::{GetJwksRequest, Jwk, auth_service_client::AuthServiceClient};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::{
    auth::{KeySource, KeySourceError, PublicKey},
    grpc::client::Client,
};

/// The keys that authsvc publishes.
#[derive(Debug, Clone)]
pub struct GrpcJwks {
    auth: AuthServiceClient<Client>,
}

impl GrpcJwks {
    /// Asks authsvc over this client; the RPC is PUBLIC, so the client needs no identity. The client's
    /// own time limit bounds a fetch.
    pub fn new(client: Client) -> Self {
        Self {
            auth: AuthServiceClient::new(client),
        }
    }
}

#[async_trait]
impl KeySource for GrpcJwks {
    async fn fetch(&self) -> Result<Vec<PublicKey>, KeySourceError> {
        let answered = self.auth.clone().get_jwks(GetJwksRequest {}).await;
        let keys = answered
            .map_err(|status| KeySourceError(Box::new(status)))?
            .into_inner()
            .keys;
        Ok(keys.into_iter().filter_map(public_key).collect())
    }
}

/// A key of another kind is left out: it verifies nothing that we accept.
fn public_key(key: Jwk) -> Option<PublicKey> {
    if key.kty != "OKP" || key.crv != "Ed25519" {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(&key.x).ok()?;
    Some(PublicKey {
        kid: key.kid,
        ed25519: bytes.try_into().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ed25519_keys_of_the_right_length_are_taken() {
        let good = Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: URL_SAFE_NO_PAD.encode([7; 32]),
            kid: "a".to_owned(),
            alg: "EdDSA".to_owned(),
            r#use: "sig".to_owned(),
        };
        let taken = public_key(good.clone()).unwrap();
        assert_eq!((taken.kid.as_str(), taken.ed25519), ("a", [7; 32]));
        let short = URL_SAFE_NO_PAD.encode([7; 31]);
        for bad in [
            Jwk {
                kty: "RSA".to_owned(),
                ..good.clone()
            },
            Jwk {
                crv: "X25519".to_owned(),
                ..good.clone()
            },
            Jwk {
                x: short,
                ..good.clone()
            },
            Jwk {
                x: "no base64!".to_owned(),
                ..good
            },
        ] {
            assert_eq!(public_key(bad), None);
        }
    }
}
