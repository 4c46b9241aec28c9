//! What page tokens of this service carry, and what they are bound to: the caller, and everything in the request that
//! decides which rows there are.

use api::payment::v1::{ListLedgerEntriesRequest, ListPaymentsRequest, METHODS};
use kernel::Caller;
use payment_core::{
    PaymentId,
    ports::{PaymentCursor, TransferCursor},
};
use platform::tokens::{BadToken, KeyRing, Scope, TokenKind};
use prost::Message;
use time::OffsetDateTime;
use uuid::Uuid;
use wire::Method;

const PAYMENTS: &Method = Method::named(METHODS, "ListPayments");
const LEDGER: &Method = Method::named(METHODS, "ListLedgerEntries");
const CHARGES: &Method = Method::named(METHODS, "ListProviderCharges");

/// Makes and reads the page tokens of one call.
pub(super) struct Pages<'a> {
    ring: &'a KeyRing,
    method: &'static Method,
    caller: String,
    filter: Vec<u8>,
}

impl<'a> Pages<'a> {
    /// Of a listing of payments.
    pub(super) fn payments(ring: &'a KeyRing, caller: &Caller, sent: &ListPaymentsRequest) -> Self {
        let filter = ListPaymentsRequest {
            page_size: 0,
            page_token: String::new(),
            ..sent.clone()
        };
        Self::new(ring, PAYMENTS, caller, filter.encode_to_vec())
    }

    /// Of the ledger.
    pub(super) fn ledger(ring: &'a KeyRing, caller: &Caller, sent: &ListLedgerEntriesRequest) -> Self {
        Self::new(ring, LEDGER, caller, sent.payment_id.as_bytes().to_vec())
    }

    /// Of the provider's books.
    pub(super) fn charges(ring: &'a KeyRing, caller: &Caller) -> Self {
        Self::new(ring, CHARGES, caller, Vec::new())
    }

    fn new(ring: &'a KeyRing, method: &'static Method, caller: &Caller, filter: Vec<u8>) -> Self {
        Self {
            ring,
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
    pub(super) fn seal<P: Place>(&self, place: Option<P>) -> String {
        place.map_or_else(String::new, |place| {
            self.ring.seal(TokenKind::Page, self.scope(), &place.to_bytes())
        })
    }

    /// The place of a token; the empty text is none.
    pub(super) fn open<P: Place>(&self, token: &str) -> Result<Option<P>, BadToken> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = self.ring.open(TokenKind::Page, self.scope(), token)?;
        P::from_bytes(&bytes).map(Some).ok_or(BadToken::Page)
    }
}

/// A place that a token can carry.
pub(super) trait Place: Sized {
    fn to_bytes(&self) -> Vec<u8>;
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// Microseconds since 1970 and an id.
fn instant_and_id(at: OffsetDateTime, id: Uuid) -> Vec<u8> {
    let micros = i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or_default();
    [micros.to_be_bytes().as_slice(), id.as_bytes()].concat()
}

fn parts(bytes: &[u8]) -> Option<(OffsetDateTime, Uuid)> {
    let (micros, id) = bytes.split_first_chunk::<8>()?;
    let nanos = i128::from(i64::from_be_bytes(*micros)) * 1_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
    Some((at, Uuid::from_slice(id).ok()?))
}

impl Place for PaymentCursor {
    fn to_bytes(&self) -> Vec<u8> {
        instant_and_id(self.created_at, self.id.as_uuid())
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (created_at, id) = parts(bytes)?;
        Some(Self {
            created_at,
            id: PaymentId::new(id),
        })
    }
}

impl Place for TransferCursor {
    fn to_bytes(&self) -> Vec<u8> {
        instant_and_id(self.created_at, self.id)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (created_at, id) = parts(bytes)?;
        Some(Self { created_at, id })
    }
}

/// What the provider calls a place on its books.
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
    use payment_core::testing::staff;

    use super::*;

    #[test]
    fn places_come_back_as_they_went() {
        let created_at = OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(1_800_000_000_123_456);
        let payment = PaymentCursor {
            created_at,
            id: PaymentId::new(Uuid::from_u128(7)),
        };
        assert_eq!(PaymentCursor::from_bytes(&payment.to_bytes()), Some(payment));
        let transfer = TransferCursor {
            created_at,
            id: Uuid::from_u128(7),
        };
        assert_eq!(TransferCursor::from_bytes(&transfer.to_bytes()), Some(transfer));
        assert_eq!(TransferCursor::from_bytes(&[1; 7]), None);
        assert_eq!(PaymentCursor::from_bytes(&[1; 25]), None);
    }

    #[test]
    fn a_token_is_of_use_only_where_it_was_given() {
        let ring = KeyRing::random().unwrap();
        let charges = Pages::charges(&ring, &staff(1));
        let token = charges.seal(Some("ch_7".to_owned()));
        assert_eq!(charges.open(&token), Ok(Some("ch_7".to_owned())));
        let others = Pages::charges(&ring, &staff(2));
        assert_eq!(others.open::<String>(&token), Err(BadToken::Page));
        let ledger = Pages::ledger(&ring, &staff(1), &ListLedgerEntriesRequest::default());
        assert_eq!(ledger.open::<String>(&token), Err(BadToken::Page));
    }
}
