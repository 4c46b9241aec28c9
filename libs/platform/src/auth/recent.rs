use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use jsonwebtoken::DecodingKey;

use super::Claims;

/// Tokens of one generation; there are two.
const GENERATION: usize = 512;

/// A token whose signature, issuer and audience were found right.
#[derive(Clone)]
pub(super) struct Verified {
    pub(super) claims: Arc<Claims>,
    pub(super) kid: String,
    pub(super) key: Arc<DecodingKey>,
}

/// Tokens that were verified a while ago: a signature costs more than all else that a small call does, and a
/// caller sends the same token until it expires.
///
/// What holds for a moment only is not kept: whoever finds a token here still looks at the time, and whether
/// its key is one of ours. A token is found by all of its text; only verified ones are here, so nobody without
/// one can push others out.
#[derive(Default)]
pub(super) struct Recent(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<Box<str>, Verified>,
    old: HashMap<Box<str>, Verified>,
}

impl Recent {
    /// What was found out about the token, if it was seen lately.
    pub(super) fn find(&self, token: &str) -> Option<Verified> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = generations.young.get(token) {
            return Some(found.clone());
        }
        let (token, found) = generations.old.remove_entry(token)?;
        generations.keep(token, found.clone());
        Some(found)
    }

    /// Remembers what was found out; in the place of those that were asked for longest ago.
    pub(super) fn keep(&self, token: &str, verified: Verified) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.keep(token.into(), verified);
    }
}

impl Generations {
    fn keep(&mut self, token: Box<str>, verified: Verified) {
        if self.young.len() == GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(token, verified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(number: usize) -> Verified {
        Verified {
            claims: Arc::new(Claims {
                iss: String::new(),
                aud: String::new(),
                sub: number.to_string(),
                iat: 0,
                exp: 0,
                sid: None,
                roles: Vec::new(),
                permissions: Vec::new(),
            }),
            kid: "k1".to_owned(),
            key: Arc::new(DecodingKey::from_secret(b"of no use")),
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_goes() {
        let recent = Recent::default();
        recent.keep("asked for", verified(0));
        recent.keep("forgotten", verified(1));
        for number in 0..10 * GENERATION {
            recent.keep(&number.to_string(), verified(number));
            assert_eq!(recent.find("asked for").unwrap().claims.sub, "0");
        }
        assert!(recent.find("forgotten").is_none());
        let Generations { young, old } = &*recent.0.lock().unwrap();
        assert!(young.len() <= GENERATION && old.len() <= GENERATION);
    }
}
