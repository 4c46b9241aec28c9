use kernel::Caller;
use time::OffsetDateTime;
use uuid::Uuid;
use wire::Method;

use super::{BadToken, KeyRing, Scope, TokenKind};

/// Makes and reads the tokens of one call, which say where it goes on. They are bound to its method, to its caller,
/// and to everything in its request that decides which rows there are: the filter.
#[derive(Debug, Clone)]
pub struct Places<'a> {
    ring: &'a KeyRing,
    kind: TokenKind,
    method: &'static Method,
    caller: String,
    filter: Vec<u8>,
}

/// A place that a token can carry.
pub trait Place: Sized {
    /// The place in bytes.
    fn to_bytes(&self) -> Vec<u8>;
    /// The place that these bytes are of, if they are of one.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl<'a> Places<'a> {
    /// Tokens of this kind.
    pub fn new(ring: &'a KeyRing, kind: TokenKind, method: &'static Method, caller: &Caller, filter: Vec<u8>) -> Self {
        Self {
            ring,
            kind,
            method,
            caller: caller.to_string(),
            filter,
        }
    }

    /// The token of a place; none is the empty text.
    pub fn seal<P: Place>(&self, place: Option<P>) -> String {
        place.map_or_else(String::new, |place| {
            self.ring.seal(self.kind, self.scope(), &place.to_bytes())
        })
    }

    /// The place of a token; the empty text is none.
    ///
    /// # Errors
    /// The token was not given for this call.
    pub fn open<P: Place>(&self, token: &str) -> Result<Option<P>, BadToken> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = self.ring.open(self.kind, self.scope(), token)?;
        P::from_bytes(&bytes).map(Some).ok_or(BadToken::of(self.kind))
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            method: self.method.full_name(),
            caller: &self.caller,
            filter: &self.filter,
        }
    }
}

/// Microseconds since 1970 and an id.
impl Place for (OffsetDateTime, Uuid) {
    fn to_bytes(&self) -> Vec<u8> {
        let (at, id) = self;
        let micros = i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or_default();
        [micros.to_be_bytes().as_slice(), id.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (micros, id) = bytes.split_first_chunk::<8>()?;
        let nanos = i128::from(i64::from_be_bytes(*micros)) * 1_000;
        let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
        Some((at, Uuid::from_slice(id).ok()?))
    }
}

/// A number, such as a version.
impl Place for i64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self::from_be_bytes(bytes.try_into().ok()?))
    }
}

/// An epoch and an offset within it.
impl Place for (i32, i64) {
    fn to_bytes(&self) -> Vec<u8> {
        [self.0.to_be_bytes().as_slice(), &self.1.to_be_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (epoch, offset) = bytes.split_first_chunk::<4>()?;
        Some((i32::from_be_bytes(*epoch), i64::from_bytes(offset)?))
    }
}

/// What somebody else calls the place.
impl Place for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_as_they_went() {
        let at = OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(1_800_000_000_123_456);
        let place = (at, Uuid::from_u128(7));
        assert_eq!(Place::from_bytes(&place.to_bytes()), Some(place));
        assert_eq!(Place::from_bytes(&5_i64.to_bytes()), Some(5_i64));
        assert_eq!(
            Place::from_bytes(&"ch_7".to_owned().to_bytes()),
            Some("ch_7".to_owned())
        );
        for length in [0, 7, 8, 23, 25] {
            assert_eq!(<(OffsetDateTime, Uuid)>::from_bytes(&vec![1; length]), None, "{length}");
        }
        assert_eq!(Place::from_bytes(&(3, 9).to_bytes()), Some((3_i32, 9_i64)));
        assert_eq!(i64::from_bytes(&[1; 7]), None);
        assert_eq!(<(i32, i64)>::from_bytes(&[1; 11]), None);
        assert_eq!(String::from_bytes(&[0xff]), None);
    }
}
