//! What opaque tokens of this service carry, and what they are bound to: the caller, and everything in the
//! request that decides which rows there are.

use api::order::v1::{ListOrderEventsRequest, ListOrdersRequest, METHODS};
use kernel::Caller;
use order_core::{
    OrderId,
    ports::{OrderCursor, Position, WatchScope},
};
use platform::tokens::{KeyRing, Places, TokenKind};
use prost::Message;
use time::OffsetDateTime;
use uuid::Uuid;
use wire::Method;

const LIST: &Method = Method::named(METHODS, "ListOrders");
const EVENTS: &Method = Method::named(METHODS, "ListOrderEvents");
const WATCH: &Method = Method::named(METHODS, "WatchOrders");

/// Page tokens of a listing of orders.
pub(super) fn orders<'a>(ring: &'a KeyRing, caller: &Caller, sent: &ListOrdersRequest) -> Places<'a> {
    let filter = ListOrdersRequest {
        page_size: 0,
        page_token: String::new(),
        ..sent.clone()
    };
    Places::new(ring, TokenKind::Page, LIST, caller, filter.encode_to_vec())
}

/// Page tokens of a history.
pub(super) fn events<'a>(ring: &'a KeyRing, caller: &Caller, sent: &ListOrderEventsRequest) -> Places<'a> {
    let filter = sent.id.as_bytes().to_vec();
    Places::new(ring, TokenKind::Page, EVENTS, caller, filter)
}

/// Resume tokens of a watch.
pub(super) fn watch<'a>(ring: &'a KeyRing, caller: &Caller, scope: WatchScope) -> Places<'a> {
    let filter = match scope {
        WatchScope::All => "all".to_owned(),
        WatchScope::Customer(id) => format!("customer {id}"),
        WatchScope::Order(id) => format!("order {id}"),
    };
    Places::new(ring, TokenKind::Resume, WATCH, caller, filter.into_bytes())
}

pub(super) fn place_of_cursor(cursor: OrderCursor) -> (OffsetDateTime, Uuid) {
    (cursor.created_at, cursor.id.as_uuid())
}

pub(super) fn cursor((created_at, id): (OffsetDateTime, Uuid)) -> OrderCursor {
    OrderCursor {
        created_at,
        id: OrderId::new(id),
    }
}

pub(super) fn place_of_position(position: Position) -> (i32, i64) {
    (position.epoch, position.offset)
}

pub(super) fn position((epoch, offset): (i32, i64)) -> Position {
    Position { epoch, offset }
}

#[cfg(test)]
mod tests {
    use order_core::testing::user;
    use platform::tokens::BadToken;

    use super::*;

    #[test]
    fn a_token_of_one_watch_is_no_token_of_another() {
        let ring = KeyRing::random().unwrap();
        let me = Caller::user(user(1), [], Uuid::nil());
        let place = (1, 9);
        let own = watch(&ring, &me, WatchScope::Customer(user(1)));
        let token = own.seal(Some(place));
        assert_eq!(own.open(&token), Ok(Some(place)));
        let other = watch(&ring, &me, WatchScope::Customer(user(2)));
        assert_eq!(other.open::<(i32, i64)>(&token), Err(BadToken::Resume));
        let all = watch(&ring, &me, WatchScope::All);
        assert_eq!(all.open::<(i32, i64)>(&token), Err(BadToken::Resume));
    }
}
