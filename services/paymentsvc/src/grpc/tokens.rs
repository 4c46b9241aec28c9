//! What page tokens of this service carry, and what they are bound to: the caller, and everything in the request that
//! decides which rows there are.

use api::payment::v1::{ListLedgerEntriesRequest, ListPaymentsRequest, METHODS};
use kernel::Caller;
use payment_core::{
    PaymentId,
    ports::{PaymentCursor, TransferCursor},
};
use platform::tokens::{KeyRing, Places, TokenKind};
use prost::Message;
use time::OffsetDateTime;
use uuid::Uuid;
use wire::Method;

const PAYMENTS: &Method = Method::named(METHODS, "ListPayments");
const LEDGER: &Method = Method::named(METHODS, "ListLedgerEntries");
const CHARGES: &Method = Method::named(METHODS, "ListProviderCharges");

/// Of a listing of payments.
pub(super) fn payments<'a>(ring: &'a KeyRing, caller: &Caller, sent: &ListPaymentsRequest) -> Places<'a> {
    let filter = ListPaymentsRequest {
        page_size: 0,
        page_token: String::new(),
        ..sent.clone()
    };
    Places::new(ring, TokenKind::Page, PAYMENTS, caller, filter.encode_to_vec())
}

/// Of the ledger.
pub(super) fn ledger<'a>(ring: &'a KeyRing, caller: &Caller, sent: &ListLedgerEntriesRequest) -> Places<'a> {
    let filter = sent.payment_id.as_bytes().to_vec();
    Places::new(ring, TokenKind::Page, LEDGER, caller, filter)
}

/// Of the provider's books.
pub(super) fn charges<'a>(ring: &'a KeyRing, caller: &Caller) -> Places<'a> {
    Places::new(ring, TokenKind::Page, CHARGES, caller, Vec::new())
}

pub(super) fn place_of_payment(cursor: PaymentCursor) -> (OffsetDateTime, Uuid) {
    (cursor.created_at, cursor.id.as_uuid())
}

pub(super) fn payment((created_at, id): (OffsetDateTime, Uuid)) -> PaymentCursor {
    PaymentCursor {
        created_at,
        id: PaymentId::new(id),
    }
}

pub(super) fn place_of_transfer(cursor: TransferCursor) -> (OffsetDateTime, Uuid) {
    (cursor.created_at, cursor.id)
}

pub(super) fn transfer((created_at, id): (OffsetDateTime, Uuid)) -> TransferCursor {
    TransferCursor { created_at, id }
}

#[cfg(test)]
mod tests {
    use payment_core::testing::staff;
    use platform::tokens::BadToken;

    use super::*;

    #[test]
    fn a_token_is_of_use_only_where_it_was_given() {
        let ring = KeyRing::random().unwrap();
        let of_charges = charges(&ring, &staff(1));
        let token = of_charges.seal(Some("ch_7".to_owned()));
        assert_eq!(of_charges.open(&token), Ok(Some("ch_7".to_owned())));
        let of_others = charges(&ring, &staff(2));
        assert_eq!(of_others.open::<String>(&token), Err(BadToken::Page));
        let of_ledger = ledger(&ring, &staff(1), &ListLedgerEntriesRequest::default());
        assert_eq!(of_ledger.open::<String>(&token), Err(BadToken::Page));
    }
}
