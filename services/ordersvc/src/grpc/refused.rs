//! Errors of use cases as statuses; what an earlier call with the same key was refused says so.

use kernel::{Change, Classify};
use order_core::{ChangeError, CheckoutError, Order, PlaceError, ports::WriteError};
use platform::grpc::replayed_refusal;
use tonic::Status;

pub(super) fn refused(error: impl Classify) -> Status {
    wire::status(&error)
}

pub(super) fn not_placed(error: PlaceError) -> Status {
    match error {
        PlaceError::Write(WriteError::Refused(refusal)) => replayed_refusal(&refusal),
        other => refused(other),
    }
}

pub(super) fn not_paid(error: CheckoutError) -> Status {
    match error {
        CheckoutError::Write(WriteError::Refused(refusal)) => replayed_refusal(&refusal),
        other => refused(other),
    }
}

pub(super) fn changed(outcome: Result<Change<Order>, ChangeError>) -> Result<Change<Order>, Status> {
    outcome.map_err(|error| match error {
        ChangeError::Write(WriteError::Refused(refusal)) => replayed_refusal(&refusal),
        other => refused(other),
    })
}
