use std::marker::PhantomData;

use kernel::Violation;
use prost::Message;
use tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use crate::{Field, Validate, status_of_invalid_input};

/// Protobuf that answers bad input with the contract's code.
///
/// tonic's own codec answers INTERNAL for bytes that do not decode; this one answers INVALID_ARGUMENT,
/// and holds every decoded message against the rules of its contract, so that no handler ever sees one
/// that breaks them.
#[derive(Debug, Clone)]
pub struct ValidatingCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for ValidatingCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for ValidatingCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Validate + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ValidatingDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        ValidatingDecoder(PhantomData)
    }
}

/// Nearly every message fits; what does not lets the buffer grow. tonic's default of 8 KiB for each direction
/// of each call is most of the memory of a server with many calls.
const BUFFER_BYTES: usize = 1_024;
/// Messages of a stream that are ready are sent together up to this size, as tonic does by default.
const SENT_TOGETHER_BYTES: usize = 32 * 1_024;

/// Encodes messages.
#[derive(Debug, Clone)]
pub struct ProstEncoder<T>(PhantomData<T>);

impl<T: Message> Encoder for ProstEncoder<T> {
    type Item = T;
    type Error = Status;

    fn encode(&mut self, item: T, buf: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buf)
            .map_err(|_| Status::internal("a response does not fit its buffer"))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFER_BYTES, SENT_TOGETHER_BYTES)
    }
}

/// Decodes and validates messages.
#[derive(Debug, Clone)]
pub struct ValidatingDecoder<U>(PhantomData<U>);

impl<U: Message + Validate + Default> Decoder for ValidatingDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buf: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let message = U::decode(buf).map_err(|error| {
            status_of_invalid_input(&[Violation::new("", format!("the message does not decode: {error}"))])
        })?;
        let mut found = Vec::new();
        message.validate(&Field::Root, &mut found);
        if found.is_empty() {
            Ok(Some(message))
        } else {
            Err(status_of_invalid_input(&found))
        }
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFER_BYTES, SENT_TOGETHER_BYTES)
    }
}
