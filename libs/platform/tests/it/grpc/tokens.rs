use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kernel::{Caller, Clock, Role, UserId};
use platform::auth::{AuthError, Claims, KeySource, KeySourceError, PublicKey, Verifier};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(crate) struct TestClock(Mutex<OffsetDateTime>);

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

/// Signs tokens and hands out its public key, as the auth service does.
pub(crate) struct Issuer {
    pkcs8: Vec<u8>,
    public: [u8; 32],
    pub(crate) clock: Arc<TestClock>,
    pub(crate) source: Arc<TestSource>,
}

#[derive(Default)]
pub(crate) struct TestSource {
    keys: Mutex<Vec<PublicKey>>,
    pub(crate) away: Mutex<bool>,
    pub(crate) fetches: AtomicUsize,
}

#[async_trait]
impl KeySource for TestSource {
    async fn fetch(&self) -> Result<Vec<PublicKey>, KeySourceError> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if *self.away.lock().unwrap() {
            return Err(KeySourceError("away".into()));
        }
        Ok(self.keys.lock().unwrap().clone())
    }
}

pub(crate) const ISSUER: &str = "https://issuer.test";
pub(crate) const AUDIENCE: &str = "counterfoil";
pub(crate) const USER: u128 = 7;

impl Issuer {
    pub(crate) fn new() -> Self {
        // The same key everywhere, so that a server and a test need not share the issuer.
        let seed = [7; 32];
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let public: [u8; 32] = pair.public_key().as_ref().try_into().unwrap();
        let source = Arc::new(TestSource::default());
        source.keys.lock().unwrap().push(PublicKey {
            kid: "k1".to_owned(),
            ed25519: public,
        });
        Self {
            pkcs8: pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
            public,
            clock: Arc::new(TestClock(Mutex::new(
                OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap(),
            ))),
            source,
        }
    }

    pub(crate) fn verifier(&self) -> Arc<Verifier> {
        Arc::new(Verifier::new(self.source.clone(), ISSUER, AUDIENCE, self.clock.clone()))
    }

    pub(crate) fn claims(&self) -> Claims {
        let now = self.clock.now().unix_timestamp();
        Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: Uuid::from_u128(USER).to_string(),
            iat: now,
            exp: now + 600,
            sid: Some(Uuid::from_u128(8).to_string()),
            roles: vec!["customer".to_owned()],
            permissions: Vec::new(),
        }
    }

    pub(crate) fn user(&self, roles: &[&str]) -> String {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        self.sign(&Claims { roles, ..self.claims() })
    }

    pub(crate) fn service(&self, permissions: &[&str]) -> String {
        self.sign(&Claims {
            sub: "service:ordersvc".to_owned(),
            sid: None,
            roles: Vec::new(),
            permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
            ..self.claims()
        })
    }

    pub(crate) fn sign(&self, claims: &Claims) -> String {
        self.sign_as("k1", claims)
    }

    pub(crate) fn sign_as(&self, kid: &str, claims: &Claims) -> String {
        let header = Header {
            kid: Some(kid.to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        encode(&header, claims, &EncodingKey::from_ed_der(&self.pkcs8)).unwrap()
    }
}

#[tokio::test]
async fn a_token_of_ours_names_its_caller() {
    let issuer = Issuer::new();
    let caller = issuer
        .verifier()
        .verify(&issuer.user(&["staff", "of the future"]))
        .await
        .unwrap();
    let expected = Caller::user(UserId::new(Uuid::from_u128(USER)), [Role::Staff], Uuid::from_u128(8));
    assert_eq!(caller, expected);
    let caller = issuer
        .verifier()
        .verify(&issuer.service(&["users:validate"]))
        .await
        .unwrap();
    assert_eq!(caller, Caller::service("ordersvc", ["users:validate".to_owned()]));
}

#[tokio::test]
async fn a_token_of_others_is_refused() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let claims = issuer.claims();
    let body = |claims: &Claims| {
        let token = issuer.sign(claims);
        token.split('.').nth(1).unwrap().to_owned()
    };
    // {"alg":"none","kid":"k1"}
    let none = format!("eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.{}.", body(&claims));
    let hs256 = encode(
        &Header {
            kid: Some("k1".to_owned()),
            ..Header::new(Algorithm::HS256)
        },
        &claims,
        &EncodingKey::from_secret(&issuer.public),
    )
    .unwrap();
    let without_kid = encode(
        &Header::new(Algorithm::EdDSA),
        &claims,
        &EncodingKey::from_ed_der(&issuer.pkcs8),
    )
    .unwrap();
    let mut flipped = issuer.sign(&claims).into_bytes();
    let middle = flipped.len() / 2;
    flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
    let refused = [
        none,
        hs256,
        without_kid,
        String::from_utf8(flipped).unwrap(),
        issuer.sign(&Claims {
            aud: "somebody else".to_owned(),
            ..claims.clone()
        }),
        issuer.sign(&Claims {
            iss: "somebody else".to_owned(),
            ..claims.clone()
        }),
        issuer.sign(&Claims {
            sub: "nobody".to_owned(),
            ..claims.clone()
        }),
        issuer.sign(&Claims {
            sid: None,
            ..claims.clone()
        }),
        issuer.sign(&Claims {
            sub: "service:".to_owned(),
            ..claims.clone()
        }),
        issuer.sign(&Claims {
            iat: claims.iat + 3_600,
            ..claims.clone()
        }),
        String::new(),
        "a.b.c".to_owned(),
        "x".repeat(100_000),
    ];
    for token in refused {
        let refusal = verifier.verify(&token).await;
        assert!(matches!(refusal, Err(AuthError::Invalid)), "{token}: {refusal:?}");
    }
}

#[tokio::test]
async fn a_token_passes_59_seconds_after_its_end_and_not_61() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let token = issuer.user(&["customer"]);
    issuer.clock.advance(Duration::seconds(600 + 59));
    assert!(verifier.verify(&token).await.is_ok());
    issuer.clock.advance(Duration::seconds(2));
    assert!(matches!(verifier.verify(&token).await, Err(AuthError::Expired)));
}

#[tokio::test]
async fn a_token_that_was_believed_is_refused_once_its_key_is_gone() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let token = issuer.user(&["customer"]);
    for _ in 0..2 {
        verifier.verify(&token).await.unwrap();
    }
    *issuer.source.keys.lock().unwrap() = vec![PublicKey {
        kid: "k2".to_owned(),
        ed25519: issuer.public,
    }];
    // The keys are looked at again in the background, while the old ones still serve.
    issuer.clock.advance(Duration::minutes(6));
    testkit::wait_for_async(
        || async { matches!(verifier.verify(&token).await, Err(AuthError::Invalid)) },
        std::time::Duration::from_secs(10),
    )
    .await;
}

#[tokio::test]
async fn nothing_but_the_very_token_is_taken_for_one_that_was_believed() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let token = issuer.user(&["customer"]);
    verifier.verify(&token).await.unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let staff = issuer.user(&["staff"]);
    let (other, _) = staff.rsplit_once('.').unwrap();
    for forged in [
        format!("{other}.{signature}"),
        format!("{signed}."),
        format!("{token}A"),
        format!(" {token}"),
    ] {
        let refusal = verifier.verify(&forged).await;
        assert!(matches!(refusal, Err(AuthError::Invalid)), "{forged}: {refusal:?}");
    }
}

#[tokio::test]
async fn an_unknown_key_a_thousand_times_is_one_fetch() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    verifier.verify(&issuer.user(&[])).await.unwrap();
    issuer.clock.advance(Duration::seconds(11));
    let before = issuer.source.fetches.load(Ordering::SeqCst);
    let token = issuer.sign_as("unknown", &issuer.claims());
    let refusals = futures::future::join_all((0..1_000).map(|_| verifier.verify(&token))).await;
    assert!(
        refusals
            .iter()
            .all(|refusal| matches!(refusal, Err(AuthError::Invalid)))
    );
    assert_eq!(issuer.source.fetches.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn a_new_key_is_found_after_ten_seconds() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    verifier.verify(&issuer.user(&[])).await.unwrap();
    let token = issuer.sign_as("k2", &issuer.claims());
    issuer.source.keys.lock().unwrap().push(PublicKey {
        kid: "k2".to_owned(),
        ed25519: issuer.public,
    });
    assert!(verifier.verify(&token).await.is_err());
    issuer.clock.advance(Duration::seconds(10));
    assert!(verifier.verify(&token).await.is_ok());
}

#[tokio::test]
async fn without_keys_nobody_is_called_a_liar() {
    let issuer = Issuer::new();
    *issuer.source.away.lock().unwrap() = true;
    let verifier = issuer.verifier();
    let token = issuer.user(&[]);
    assert!(matches!(
        verifier.verify(&token).await,
        Err(AuthError::KeysUnavailable(_))
    ));
    *issuer.source.away.lock().unwrap() = false;
    issuer.clock.advance(Duration::seconds(1));
    assert!(verifier.verify(&token).await.is_ok());
    *issuer.source.away.lock().unwrap() = true;
    assert!(
        verifier.verify(&token).await.is_ok(),
        "cached keys outlive their source"
    );
}
