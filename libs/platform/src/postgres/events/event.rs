use sqlx::{FromRow, Row, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Position;

/// An event that is about to be written with the state it tells of. It holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Identity of the event, for de-duplication.
    pub event_id: Uuid,
    /// `order`.
    pub aggregate_type: &'static str,
    /// Which one.
    pub aggregate_id: Uuid,
    /// Its version after this event.
    pub aggregate_version: i64,
    /// Whose it is, for those who watch their own.
    pub owner_id: Option<Uuid>,
    /// `order.created`.
    pub event_type: &'static str,
    /// Version of the payload's schema.
    pub schema_version: i32,
    /// When it happened.
    pub occurred_at: OffsetDateTime,
    /// Who did it, as [`kernel::Caller`] displays it.
    pub actor: String,
    /// The trace it happened in.
    pub traceparent: Option<String>,
    /// The event itself, protobuf.
    pub payload: Vec<u8>,
}

/// An event that has its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Where it is, in the log as it is now: what a resume token holds.
    pub position: Position,
    /// Identity of the event, for de-duplication.
    pub event_id: Uuid,
    /// `order`.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: Uuid,
    /// Its version after this event.
    pub aggregate_version: i64,
    /// Whose it is.
    pub owner_id: Option<Uuid>,
    /// `order.created`.
    pub event_type: String,
    /// Version of the payload's schema.
    pub schema_version: i32,
    /// When it happened.
    pub occurred_at: OffsetDateTime,
    /// Who did it.
    pub actor: String,
    /// The trace it happened in.
    pub traceparent: Option<String>,
    /// The event itself, protobuf.
    pub payload: Vec<u8>,
}

impl FromRow<'_, PgRow> for LoggedEvent {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            position: Position {
                epoch: row.try_get("head_epoch")?,
                number: row.try_get("position")?,
            },
            event_id: row.try_get("event_id")?,
            aggregate_type: row.try_get("aggregate_type")?,
            aggregate_id: row.try_get("aggregate_id")?,
            aggregate_version: row.try_get("aggregate_version")?,
            owner_id: row.try_get("owner_id")?,
            event_type: row.try_get("type")?,
            schema_version: row.try_get("schema_version")?,
            occurred_at: row.try_get("occurred_at")?,
            actor: row.try_get("actor")?,
            traceparent: row.try_get("traceparent")?,
            payload: row.try_get("payload")?,
        })
    }
}
