//! Opaque page and resume tokens, and fingerprints of requests.
//!
//! A token is `version | key id | payload | tag` in URL-safe base64. The tag (HMAC-SHA256) also covers
//! what the token is for, the method, the filter and the caller, so that a token is of use only where it
//! was given. Keys are a list ([`KeyRing`]): the first one signs, all of them verify, so they rotate.

mod places;

use std::fmt;

use aws_lc_rs::{constant_time, digest, hmac, rand};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use kernel::{Classify, ErrorKind};

pub use self::places::{Place, Places};
use crate::config::Value;

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const TAG: usize = 16;
const SHORTEST_KEY: usize = 32;
/// Nothing we give is near this; what is longer is not worth decoding.
const LONGEST_TOKEN: usize = 512;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// The next page of a listing.
    Page,
    /// Where to go on watching.
    Resume,
}

/// Where a token is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    /// Full method name: `order.v1.OrderService/ListOrders`.
    pub method: &'a str,
    /// The caller, as [`kernel::Caller`] displays it.
    pub caller: &'a str,
    /// The filter of the request in bytes that are equal when the filter is.
    pub filter: &'a [u8],
}

/// A token that we did not give to this caller for this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// A page token.
    #[error("the page token is not one that was given for this request")]
    Page,
    /// A resume token.
    #[error("the resume token is not one that was given for this request")]
    Resume,
}

impl BadToken {
    const fn of(kind: TokenKind) -> Self {
        match kind {
            TokenKind::Page => Self::Page,
            TokenKind::Resume => Self::Resume,
        }
    }
}

impl Classify for BadToken {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
    fn reason(&self) -> &str {
        match self {
            BadToken::Page => "BAD_PAGE_TOKEN",
            BadToken::Resume => "BAD_RESUME_TOKEN",
        }
    }
}

/// Why a list of keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    /// There is none.
    #[error("expected at least one key, one base64 line each")]
    None,
    /// A line is no key.
    #[error("line {0}: expected at least {SHORTEST_KEY} bytes in base64")]
    Line(usize),
    /// The machine has no randomness.
    #[error("the system gave no random bytes")]
    NoRandomness,
}

/// The keys of tokens: the first one signs, all verify.
#[derive(Clone)]
pub struct KeyRing {
    signing: Key,
    older: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: [u8; KEY_ID],
    hmac: hmac::Key,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", 1 + self.older.len())
    }
}

impl Key {
    fn new(secret: &[u8]) -> Self {
        let digest = digest::digest(&digest::SHA256, secret);
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest.as_ref()[..KEY_ID]);
        Self {
            id,
            hmac: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }
}

impl KeyRing {
    /// Reads the content of `TOKEN_KEYS_FILE`: one key a line, base64, at least 32 bytes; empty lines and
    /// lines that begin with `#` are passed over. To rotate, put a new line first; take old lines out
    /// when tokens and idempotency keys made with them are no longer used. Where several processes share
    /// the keys, let all of them know the new one first: `old`, `new`, `old`, each a line.
    ///
    /// # Errors
    /// A line is no key, or there is none.
    pub fn parse(content: &str) -> Result<Self, BadKeys> {
        let mut keys = Vec::new();
        for (index, line) in content.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let secret = STANDARD.decode(line).map_err(|_| BadKeys::Line(index + 1))?;
            if secret.len() < SHORTEST_KEY {
                return Err(BadKeys::Line(index + 1));
            }
            keys.push(Key::new(&secret));
        }
        let mut keys = keys.into_iter();
        Ok(Self {
            signing: keys.next().ok_or(BadKeys::None)?,
            older: keys.collect(),
        })
    }

    /// A ring with one key that nobody else knows: tokens end with the process.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn random() -> Result<Self, BadKeys> {
        let mut secret = [0; SHORTEST_KEY];
        rand::fill(&mut secret).map_err(|_| BadKeys::NoRandomness)?;
        Ok(Self {
            signing: Key::new(&secret),
            older: Vec::new(),
        })
    }

    fn oldest(&self) -> &Key {
        self.older.last().unwrap_or(&self.signing)
    }

    /// Makes a token that carries `payload`, which anybody can read and nobody can change.
    pub fn seal(&self, kind: TokenKind, scope: Scope<'_>, payload: &[u8]) -> String {
        let mut token = Vec::with_capacity(1 + KEY_ID + payload.len() + TAG);
        token.push(VERSION);
        token.extend_from_slice(&self.signing.id);
        token.extend_from_slice(payload);
        token.extend_from_slice(&tag(&self.signing, kind, scope, payload));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The payload of a token that was made for the same kind and scope.
    ///
    /// # Errors
    /// It was not.
    pub fn open(&self, kind: TokenKind, scope: Scope<'_>, token: &str) -> Result<Vec<u8>, BadToken> {
        self.payload(kind, scope, token).ok_or(BadToken::of(kind))
    }

    /// What tells whether two values are the same, and nothing else of them to whoever does not have the key: made
    /// with the first key, whose id it begins with. Marks of different keys or purposes do not compare.
    pub fn mark(&self, purpose: &str, value: &[u8]) -> String {
        let mac = mac(&self.signing, &[b"mark", purpose.as_bytes(), value]);
        URL_SAFE_NO_PAD.encode([self.signing.id.as_slice(), mac.as_ref()].concat())
    }

    fn payload(&self, kind: TokenKind, scope: Scope<'_>, token: &str) -> Option<Vec<u8>> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID>()?;
        let (payload, given) = rest.split_last_chunk::<TAG>()?;
        if *version != VERSION {
            return None;
        }
        let key = std::iter::once(&self.signing)
            .chain(&self.older)
            .find(|key| key.id == *id)?;
        let expected = tag(key, kind, scope, payload);
        constant_time::verify_slices_are_equal(&expected, given).ok()?;
        Some(payload.to_vec())
    }
}

/// As a setting (`TOKEN_KEYS`, `TOKEN_KEYS_FILE`).
impl Value for KeyRing {
    const EXPECTED: &'static str = "keys of at least 32 bytes in base64, one a line, the one that signs first";
    const SECRET: bool = true;
    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

fn tag(key: &Key, kind: TokenKind, scope: Scope<'_>, payload: &[u8]) -> [u8; TAG] {
    let purpose: &[u8] = match kind {
        TokenKind::Page => b"page token",
        TokenKind::Resume => b"resume token",
    };
    let mac = mac(
        key,
        &[
            purpose,
            &[VERSION],
            scope.method.as_bytes(),
            scope.caller.as_bytes(),
            scope.filter,
            payload,
        ],
    );
    let mut tag = [0; TAG];
    tag.copy_from_slice(&mac.as_ref()[..TAG]);
    tag
}

/// Each part with its length before it, so that no two lists of parts read the same.
fn mac(key: &Key, parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&key.hmac);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.sign()
}

/// Fingerprints requests, so that a key that comes again with another request is recognised and what is
/// kept tells nothing of the request.
///
/// It uses the oldest key of the ring: a new key in front changes no fingerprint. Taking the oldest out
/// does, for the keys of that day; so take it out a day after nothing else needs it.
#[derive(Debug, Clone)]
pub struct RequestHasher {
    ring: KeyRing,
}

impl RequestHasher {
    /// A hasher with the keys of tokens.
    pub const fn new(ring: KeyRing) -> Self {
        Self { ring }
    }

    /// The fingerprint of a request: equal for equal bytes to the same method.
    pub fn fingerprint(&self, method: &str, request: &[u8]) -> [u8; 32] {
        let mac = mac(self.ring.oldest(), &[b"request", method.as_bytes(), request]);
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(mac.as_ref());
        fingerprint
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    use super::*;

    const SCOPE: Scope<'_> = Scope {
        method: "order.v1.OrderService/ListOrders",
        caller: "user:1",
        filter: b"status=1",
    };

    fn line(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    fn ring(bytes: &[u8]) -> KeyRing {
        let lines: Vec<String> = bytes.iter().map(|byte| line(*byte)).collect();
        KeyRing::parse(&lines.join("\n")).unwrap()
    }

    #[test]
    fn a_token_opens_only_where_it_was_given() {
        let ring = ring(&[1]);
        let token = ring.seal(TokenKind::Page, SCOPE, b"cursor");
        assert_eq!(ring.open(TokenKind::Page, SCOPE, &token).as_deref(), Ok(&b"cursor"[..]));
        assert_eq!(ring.open(TokenKind::Resume, SCOPE, &token), Err(BadToken::Resume));
        for foreign in [
            Scope {
                method: "order.v1.OrderService/ListOrderEvents",
                ..SCOPE
            },
            Scope {
                caller: "user:2",
                ..SCOPE
            },
            Scope {
                filter: b"status=2",
                ..SCOPE
            },
            Scope {
                caller: "user:1s",
                filter: b"tatus=1",
                ..SCOPE
            },
        ] {
            assert_eq!(
                ring.open(TokenKind::Page, foreign, &token),
                Err(BadToken::Page),
                "{foreign:?}"
            );
        }
    }

    #[test]
    fn keys_rotate() {
        let old = ring(&[1]);
        let rotated = ring(&[2, 1]);
        let token = old.seal(TokenKind::Resume, SCOPE, b"7");
        assert!(rotated.open(TokenKind::Resume, SCOPE, &token).is_ok());
        let fresh = rotated.seal(TokenKind::Resume, SCOPE, b"7");
        assert_eq!(old.open(TokenKind::Resume, SCOPE, &fresh), Err(BadToken::Resume));
        assert!(ring(&[2]).open(TokenKind::Resume, SCOPE, &fresh).is_ok());
        let fingerprint = RequestHasher::new(old).fingerprint("m", b"request");
        assert_eq!(RequestHasher::new(rotated).fingerprint("m", b"request"), fingerprint);
    }

    #[test]
    fn while_keys_rotate_pods_of_two_steps_take_what_the_others_give() {
        let steps = [ring(&[1]), ring(&[1, 2, 1]), ring(&[2, 1])];
        for pair in steps.windows(2) {
            for (gives, takes) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
                let token = gives.seal(TokenKind::Page, SCOPE, b"cursor");
                assert!(
                    takes.open(TokenKind::Page, SCOPE, &token).is_ok(),
                    "{gives:?} {takes:?}"
                );
                let fingerprint = |ring: &KeyRing| RequestHasher::new(ring.clone()).fingerprint("m", b"request");
                assert_eq!(fingerprint(gives), fingerprint(takes));
            }
        }
        let token = steps[2].seal(TokenKind::Page, SCOPE, b"cursor");
        assert!(ring(&[2]).open(TokenKind::Page, SCOPE, &token).is_ok());
    }

    #[test]
    fn fingerprints_tell_requests_and_methods_apart() {
        let hasher = RequestHasher::new(ring(&[1]));
        let one = hasher.fingerprint("m", b"ab");
        assert_eq!(hasher.fingerprint("m", b"ab"), one);
        assert_ne!(hasher.fingerprint("m", b"ac"), one);
        assert_ne!(hasher.fingerprint("ma", b"b"), one);
    }

    #[test]
    fn marks_tell_values_apart_and_only_those_of_one_key_and_purpose_compare() {
        let (old, rotated) = (ring(&[1]), ring(&[2, 1]));
        assert_eq!(old.mark("card", b"4242"), old.mark("card", b"4242"));
        assert_ne!(old.mark("card", b"4242"), old.mark("card", b"4243"));
        assert_ne!(old.mark("card", b"4242"), old.mark("iban", b"4242"));
        assert_ne!(old.mark("card", b"4242"), rotated.mark("card", b"4242"));
        assert_eq!(rotated.mark("card", b"4242"), ring(&[2]).mark("card", b"4242"));
    }

    #[test]
    fn bad_keys_are_named_by_their_line() {
        assert_eq!(KeyRing::parse("# none\n\n").unwrap_err(), BadKeys::None);
        assert_eq!(
            KeyRing::parse(&format!("{}\nshort", line(1))).unwrap_err(),
            BadKeys::Line(2)
        );
        assert_eq!(format!("{:?}", ring(&[1, 2])), "KeyRing(2 keys)");
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_noticed(payload in prop::collection::vec(any::<u8>(), 0..64), place in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let ring = ring(&[1]);
            let token = ring.seal(TokenKind::Page, SCOPE, &payload);
            let mut bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
            let place = place.index(bytes.len());
            bytes[place] ^= 1_u8 << bit;
            let forged = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(ring.open(TokenKind::Page, SCOPE, &forged), Err(BadToken::Page));
        }

        #[test]
        fn anything_else_is_no_token(text in ".{0,700}") {
            prop_assert_eq!(ring(&[1]).open(TokenKind::Resume, SCOPE, &text), Err(BadToken::Resume));
        }

        #[test]
        fn random_bytes_are_no_token(bytes in prop::collection::vec(any::<u8>(), 0..128)) {
            let text = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(ring(&[1]).open(TokenKind::Page, SCOPE, &text), Err(BadToken::Page));
        }
    }
}
