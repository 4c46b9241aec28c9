//! What opaque tokens of this service carry, and what they are bound to: the caller, and everything in the
//! request that decides which rows there are.

use api::order::v1::{ListOrderEventsRequest, ListOrdersRequest, METHODS};
use kernel::Caller;
use order_core::{
    OrderId,
    ports::{OrderCursor, Position, WatchScope},
};
use platform::tokens::{BadToken, KeyRing, Scope, TokenKind};
use prost::Message;
use time::OffsetDateTime;
use uuid::Uuid;
use wire::Method;

const LIST: &Method = Method::named(METHODS, "ListOrders");
const EVENTS: &Method = Method::named(METHODS, "ListOrderEvents");
const WATCH: &Method = Method::named(METHODS, "WatchOrders");

/// Makes and reads the tokens of one call.
#[derive(Clone)]
pub(super) struct Sealed<'a> {
    ring: &'a KeyRing,
    kind: TokenKind,
    method: &'static Method,
    caller: String,
    filter: Vec<u8>,
}

impl<'a> Sealed<'a> {
    /// Page tokens of a listing of orders.
    pub(super) fn orders(ring: &'a KeyRing, caller: &Caller, sent: &ListOrdersRequest) -> Self {
        let filter = ListOrdersRequest {
            page_size: 0,
            page_token: String::new(),
            ..sent.clone()
        };
        Self::new(ring, TokenKind::Page, LIST, caller, filter.encode_to_vec())
    }

    /// Page tokens of a history.
    pub(super) fn events(ring: &'a KeyRing, caller: &Caller, sent: &ListOrderEventsRequest) -> Self {
        let filter = sent.id.as_bytes().to_vec();
        Self::new(ring, TokenKind::Page, EVENTS, caller, filter)
    }

    /// Resume tokens of a watch.
    pub(super) fn watch(ring: &'a KeyRing, caller: &Caller, scope: WatchScope) -> Self {
        let filter = match scope {
            WatchScope::All => "all".to_owned(),
            WatchScope::Customer(id) => format!("customer {id}"),
            WatchScope::Order(id) => format!("order {id}"),
        };
        Self::new(ring, TokenKind::Resume, WATCH, caller, filter.into_bytes())
    }

    fn new(ring: &'a KeyRing, kind: TokenKind, method: &'static Method, caller: &Caller, filter: Vec<u8>) -> Self {
        Self {
            ring,
            kind,
            method,
            caller: caller.to_string(),
            filter,
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            method: self.method.full_name(),
            caller: &self.caller,
            filter: &self.filter,
        }
    }

    /// The token of a place; none is the empty text.
    pub(super) fn seal<P: Payload>(&self, place: Option<P>) -> String {
        place.map_or_else(String::new, |place| {
            self.ring.seal(self.kind, self.scope(), &place.to_bytes())
        })
    }

    /// The place of a token; the empty text is none.
    pub(super) fn open<P: Payload>(&self, token: &str) -> Result<Option<P>, BadToken> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = self.ring.open(self.kind, self.scope(), token)?;
        P::from_bytes(&bytes).map(Some).ok_or(match self.kind {
            TokenKind::Page => BadToken::Page,
            TokenKind::Resume => BadToken::Resume,
        })
    }
}

/// A place that a token can carry.
pub(super) trait Payload: Sized {
    fn to_bytes(&self) -> Vec<u8>;
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// Microseconds since 1970 and an id.
impl Payload for OrderCursor {
    fn to_bytes(&self) -> Vec<u8> {
        let micros = self.created_at.unix_timestamp_nanos() / 1_000;
        let micros = i64::try_from(micros).unwrap_or_default();
        [micros.to_be_bytes().as_slice(), self.id.as_uuid().as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (micros, id) = bytes.split_first_chunk::<8>()?;
        let nanos = i128::from(i64::from_be_bytes(*micros)) * 1_000;
        Some(Self {
            created_at: OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?,
            id: OrderId::new(Uuid::from_slice(id).ok()?),
        })
    }
}

/// The version of an event.
impl Payload for i64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self::from_be_bytes(bytes.try_into().ok()?))
    }
}

/// An epoch and an offset.
impl Payload for Position {
    fn to_bytes(&self) -> Vec<u8> {
        [self.epoch.to_be_bytes().as_slice(), &self.offset.to_be_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (epoch, offset) = bytes.split_first_chunk::<4>()?;
        Some(Self {
            epoch: i32::from_be_bytes(*epoch),
            offset: i64::from_be_bytes(offset.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use order_core::testing::user;

    use super::*;

    #[test]
    fn places_come_back_as_they_went() {
        let cursor = OrderCursor {
            created_at: OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(1_800_000_000_123_456),
            id: OrderId::new(Uuid::from_u128(7)),
        };
        assert_eq!(OrderCursor::from_bytes(&cursor.to_bytes()), Some(cursor));
        let position = Position { epoch: 3, offset: 9 };
        assert_eq!(Position::from_bytes(&position.to_bytes()), Some(position));
        assert_eq!(i64::from_bytes(&5_i64.to_bytes()), Some(5));
        assert_eq!(OrderCursor::from_bytes(&[1; 7]), None);
        assert_eq!(Position::from_bytes(&[1; 11]), None);
    }

    #[test]
    fn a_token_of_one_watch_is_no_token_of_another() {
        let ring = KeyRing::random().unwrap();
        let me = Caller::user(user(1), [], Uuid::nil());
        let position = Position { epoch: 1, offset: 9 };
        let own = Sealed::watch(&ring, &me, WatchScope::Customer(user(1)));
        let token = own.seal(Some(position));
        assert_eq!(own.open(&token), Ok(Some(position)));
        let other = Sealed::watch(&ring, &me, WatchScope::Customer(user(2)));
        assert_eq!(other.open::<Position>(&token), Err(BadToken::Resume));
        let all = Sealed::watch(&ring, &me, WatchScope::All);
        assert_eq!(all.open::<Position>(&token), Err(BadToken::Resume));
    }
}
