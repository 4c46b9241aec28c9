use std::{fmt, str::FromStr, time::Duration};

use kernel::{PortError, Secret, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::ports::RefreshChain;

kernel::typed_id!(
    /// A session: one family of refresh tokens.
    SessionId
);

/// Names the key that the secrets of a session are derived with. All of its life it is the same one, so
/// that any of its tokens is recognised after keys were rotated; only when that key was taken away does
/// the session go on with the newest, and its tokens before that are strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainKey(String);

impl ChainKey {
    /// The key of this name.
    pub fn new(name: String) -> Self {
        Self(name)
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A refresh token: which session, which one of its family, and the secret that proves it. Every secret
/// is derived from the one before, so any token of a family is recognised although only a digest of the
/// newest is kept, and a token that is sent twice gets the same successor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    pub(crate) session: SessionId,
    pub(crate) generation: u32,
    pub(crate) secret: Secret<[u8; 32]>,
}

/// Text that is no refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token")]
pub struct BadRefreshToken;

impl RefreshToken {
    /// The text that travels.
    pub fn expose(&self) -> String {
        use fmt::Write as _;
        let mut text = format!("rt1.{}.{}.", self.session.as_uuid().as_simple(), self.generation);
        for byte in self.secret.expose() {
            let _infallible = write!(text, "{byte:02x}");
        }
        text
    }
}

impl FromStr for RefreshToken {
    type Err = BadRefreshToken;
    fn from_str(text: &str) -> Result<Self, BadRefreshToken> {
        let mut parts = text.split('.');
        let (Some("rt1"), Some(session), Some(generation), Some(hex), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadRefreshToken);
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if session.len() != 32 || hex.len() != 64 || !digits(hex) || !generation.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadRefreshToken);
        }
        let mut secret = [0; 32];
        for (index, byte) in secret.iter_mut().enumerate() {
            let pair = hex.get(index * 2..index * 2 + 2).ok_or(BadRefreshToken)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadRefreshToken)?;
        }
        Ok(Self {
            session: SessionId::new(Uuid::try_parse(session).map_err(|_| BadRefreshToken)?),
            generation: generation.parse().map_err(|_| BadRefreshToken)?,
            secret: Secret::new(secret),
        })
    }
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Identity; access tokens carry it.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// How many times it was refreshed.
    pub generation: u32,
    /// Digest of the newest refresh token's secret.
    pub digest: [u8; 32],
    /// What its secrets are derived with.
    pub chain_key: ChainKey,
    /// When the newest was issued.
    pub rotated_at: OffsetDateTime,
    /// When it started.
    pub created_at: OffsetDateTime,
    /// When it ends by itself.
    pub expires_at: OffsetDateTime,
    /// When it was ended, if it was.
    pub ended_at: Option<OffsetDateTime>,
}

/// A session. It only ever goes forward: a write is conditional on the generation read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    record: SessionRecord,
    stored_generation: u32,
}

/// What to do with a refresh token that was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// It is the newest: the session went forward, store it and give this one.
    Rotated(RefreshToken),
    /// It was the newest a moment ago: give its successor again.
    Repeated(RefreshToken),
    /// It was used before, and not just now: somebody else may hold it. End the session.
    Reused,
    /// It was never issued.
    Forged,
    /// The session was ended.
    Ended,
    /// The session is over.
    Expired,
}

impl Session {
    /// More generations than a session can have in its life; bounds the work that a forged token causes.
    const GENERATIONS: u32 = 20_000;

    pub(crate) fn start(
        id: SessionId,
        user_id: UserId,
        lifetime: Duration,
        at: OffsetDateTime,
        chain: &dyn RefreshChain,
    ) -> Result<(Self, RefreshToken), PortError> {
        let secret = chain.first()?;
        let record = SessionRecord {
            id,
            user_id,
            generation: 0,
            digest: chain.digest(&secret),
            chain_key: chain.newest(),
            rotated_at: at,
            created_at: at,
            expires_at: at + lifetime,
            ended_at: None,
        };
        let token = RefreshToken {
            session: id,
            generation: 0,
            secret: Secret::new(secret),
        };
        Ok((Self::restore(record), token))
    }

    /// A session as storage has it.
    pub fn restore(record: SessionRecord) -> Self {
        Self {
            stored_generation: record.generation,
            record,
        }
    }

    /// Runs at that time.
    pub fn is_running(&self, now: OffsetDateTime) -> bool {
        self.record.ended_at.is_none() && now < self.record.expires_at
    }

    pub(crate) fn present(
        &mut self,
        token: &RefreshToken,
        grace: Duration,
        now: OffsetDateTime,
        chain: &dyn RefreshChain,
    ) -> Presented {
        if self.record.ended_at.is_some() {
            return Presented::Ended;
        }
        if now >= self.record.expires_at {
            return Presented::Expired;
        }
        let newest = self.record.generation;
        let Some(behind) = newest
            .checked_sub(token.generation)
            .filter(|behind| *behind <= Self::GENERATIONS)
        else {
            return Presented::Forged;
        };
        let mut secret = *token.secret.expose();
        for _ in 0..behind {
            match chain.next(&self.record.chain_key, &secret) {
                Some(next) => secret = next,
                None => return Presented::Forged,
            }
        }
        if chain.digest(&secret) != self.record.digest {
            return Presented::Forged;
        }
        match behind {
            0 if newest >= Self::GENERATIONS => Presented::Expired,
            0 => {
                let Some(secret) = self.successor(&secret, chain) else {
                    return Presented::Forged;
                };
                self.record.generation = newest + 1;
                self.record.digest = chain.digest(&secret);
                self.record.rotated_at = now;
                Presented::Rotated(self.token(secret))
            }
            1 if now - self.record.rotated_at <= grace => Presented::Repeated(self.token(secret)),
            _ => Presented::Reused,
        }
    }

    fn successor(&mut self, secret: &[u8; 32], chain: &dyn RefreshChain) -> Option<[u8; 32]> {
        chain.next(&self.record.chain_key, secret).or_else(|| {
            self.record.chain_key = chain.newest();
            chain.next(&self.record.chain_key, secret)
        })
    }

    fn token(&self, secret: [u8; 32]) -> RefreshToken {
        RefreshToken {
            session: self.record.id,
            generation: self.record.generation,
            secret: Secret::new(secret),
        }
    }

    /// Everything about it.
    pub fn record(&self) -> &SessionRecord {
        &self.record
    }
    /// The generation storage had when this was read.
    pub fn stored_generation(&self) -> u32 {
        self.stored_generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds one; enough to see who follows whom.
    struct Counting;
    impl RefreshChain for Counting {
        fn first(&self) -> Result<[u8; 32], PortError> {
            Ok([1; 32])
        }
        fn newest(&self) -> ChainKey {
            ChainKey::new("counting".to_owned())
        }
        fn next(&self, _: &ChainKey, secret: &[u8; 32]) -> Option<[u8; 32]> {
            Some(secret.map(|byte| byte.wrapping_add(1)))
        }
        fn digest(&self, secret: &[u8; 32]) -> [u8; 32] {
            secret.map(|byte| !byte)
        }
    }

    const GRACE: Duration = Duration::from_secs(10);

    fn at(millis: u64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    fn started() -> (Session, RefreshToken) {
        let id = SessionId::new(Uuid::from_u128(1));
        Session::start(
            id,
            UserId::new(Uuid::from_u128(2)),
            Duration::from_secs(3600),
            at(0),
            &Counting,
        )
        .unwrap()
    }

    fn rotate(session: &mut Session, token: &RefreshToken, now: u64) -> RefreshToken {
        match session.present(token, GRACE, at(now), &Counting) {
            Presented::Rotated(next) => next,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn within_the_grace_the_same_token_gets_the_same_successor_and_later_it_is_reuse() {
        let (mut session, first) = started();
        let second = rotate(&mut session, &first, 1_000);
        for now in [1_000, 5_000, 11_000] {
            let repeated = session.present(&first, GRACE, at(now), &Counting);
            assert_eq!(repeated, Presented::Repeated(second.clone()), "{now}");
        }
        assert_eq!(session.present(&first, GRACE, at(11_001), &Counting), Presented::Reused);
    }

    #[test]
    fn once_the_successor_is_used_its_predecessor_is_reuse_even_within_the_grace() {
        let (mut session, first) = started();
        let second = rotate(&mut session, &first, 1_000);
        rotate(&mut session, &second, 1_001);
        assert_eq!(session.present(&first, GRACE, at(1_002), &Counting), Presented::Reused);
    }

    #[test]
    fn a_token_that_was_never_issued_ends_nothing() {
        let (mut session, first) = started();
        for (generation, secret) in [(0, [9; 32]), (1, [2; 32]), (u32::MAX, [1; 32])] {
            let forged = RefreshToken {
                generation,
                secret: Secret::new(secret),
                ..first.clone()
            };
            assert_eq!(session.present(&forged, GRACE, at(1), &Counting), Presented::Forged);
        }
        rotate(&mut session, &first, 2);
    }

    #[test]
    fn a_session_ends_by_itself() {
        let (mut session, first) = started();
        assert_eq!(
            session.present(&first, GRACE, at(3_600_000), &Counting),
            Presented::Expired
        );
        rotate(&mut session, &first, 3_599_999);
    }

    #[test]
    fn a_token_travels_as_text_and_never_shows_itself() {
        let (_, token) = started();
        assert_eq!(token.expose().parse(), Ok(token.clone()));
        assert!(!format!("{token:?}").contains("0101"));
        for bad in ["", "rt1", "rt1.a.b.c", "rt2.00.0.00", "rt1.é.0.0", &token.expose()[1..]] {
            assert_eq!(bad.parse::<RefreshToken>(), Err(BadRefreshToken), "{bad}");
        }
        let text = token.expose();
        let multibyte = format!("{}é", &text[..text.len() - 2]);
        assert_eq!(multibyte.parse::<RefreshToken>(), Err(BadRefreshToken));
        assert!(format!("{}0", token.expose()).parse::<RefreshToken>().is_err());
    }
}
