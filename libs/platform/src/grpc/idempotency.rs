//! Idempotency keys as they travel: in metadata, beside the message.

use http::HeaderMap;
use kernel::{Caller, Change, Classify, IdempotencyKey};
use prost::Message;
use tonic::{Request, Response, Status, metadata::MetadataValue};
use wire::{Idempotency, Method};

use super::{Refused, context::visible_ascii};

/// The metadata that carries a key; the second name is an alias.
pub const IDEMPOTENCY_KEY: [&str; 2] = ["idempotency-key", "x-idempotency-key"];

/// The metadata that tells an answer from an earlier call.
pub const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";

/// A keyed hash of request bytes, so that what is kept under a key tells nothing about the request.
pub trait Fingerprint: Send + Sync {
    /// The same bytes give the same hash, for as long as keys are kept.
    fn fingerprint(&self, request: &[u8]) -> [u8; 32];
}

impl<F: Fn(&[u8]) -> [u8; 32] + Send + Sync> Fingerprint for F {
    fn fingerprint(&self, request: &[u8]) -> [u8; 32] {
        self(request)
    }
}

/// The key of a call, if the caller sent one and the method keeps keys.
///
/// # Errors
/// The key is not 1 to 255 visible ASCII characters, or it is missing where the method needs one.
pub fn idempotency_key<T: Message>(
    request: &Request<T>,
    method: &Method,
    hasher: &dyn Fingerprint,
) -> Result<Option<IdempotencyKey>, Status> {
    let sent = key_of(request.metadata().as_ref(), method.idempotency).map_err(|refused| refused.status())?;
    Ok(sent.map(|key| IdempotencyKey {
        caller: request
            .extensions()
            .get::<Caller>()
            .unwrap_or(&Caller::Anonymous)
            .to_string(),
        method: method.full_name(),
        key: key.to_owned(),
        fingerprint: hasher.fingerprint(&request.get_ref().encode_to_vec()),
    }))
}

/// Answers a write, telling whether an earlier call with the same key did it.
pub fn answer<T>(change: Change<T>) -> Response<T> {
    let replayed = change.is_replayed();
    let mut response = Response::new(change.into_inner());
    if replayed {
        response
            .metadata_mut()
            .insert(IDEMPOTENCY_REPLAYED, MetadataValue::from_static("true"));
    }
    response
}

/// The status of a refusal that an earlier call with the same key was given.
pub fn replayed_refusal(refusal: &dyn Classify) -> Status {
    let mut status = wire::status(refusal);
    status
        .metadata_mut()
        .insert(IDEMPOTENCY_REPLAYED, MetadataValue::from_static("true"));
    status
}

/// The key in the metadata of a call, where its method keeps keys.
pub(crate) fn key_of(headers: &HeaderMap, rule: Idempotency) -> Result<Option<&str>, Refused> {
    const EXPECTED: Refused = Refused::BadInput {
        field: IDEMPOTENCY_KEY[0],
        expected: "must be 1 to 255 visible ASCII characters",
    };
    if matches!(rule, Idempotency::Read | Idempotency::NeverStored) {
        return Ok(None);
    }
    let sent = IDEMPOTENCY_KEY.into_iter().find_map(|name| headers.get(name));
    match sent {
        Some(value) => match value.to_str() {
            Ok(key) if visible_ascii(key, 255) => Ok(Some(key)),
            _ => Err(EXPECTED),
        },
        None if rule == Idempotency::Required => Err(Refused::BadInput {
            field: IDEMPOTENCY_KEY[0],
            expected: "must be set: this method is only safe with a key",
        }),
        None => Ok(None),
    }
}
