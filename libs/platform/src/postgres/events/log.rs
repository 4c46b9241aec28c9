use kernel::{Classify, ErrorKind};
use sqlx::{FromRow, Row};
use uuid::Uuid;

use super::LoggedEvent;
use crate::postgres::{Pool, StoreError};

/// A place in the log. The epoch changes when the log was restored from a backup: numbers given after
/// the backup then mean other events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Which history.
    pub epoch: i32,
    /// Which event of it, counted from 1 without gaps; 0 is before the first.
    pub number: i64,
}

/// Which events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// All of them.
    All,
    /// Those of one owner.
    Owner(Uuid),
    /// Those of one aggregate.
    Aggregate(Uuid),
}

impl Filter {
    /// Whether the event is one of these.
    pub fn matches(self, event: &LoggedEvent) -> bool {
        match self {
            Filter::All => true,
            Filter::Owner(owner) => event.owner_id == Some(owner),
            Filter::Aggregate(aggregate) => event.aggregate_id == aggregate,
        }
    }
}

/// How far the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last event.
    pub position: Position,
    /// The last event that is no longer kept; 0 when all are.
    pub floor: i64,
}

impl Head {
    /// Whether the log can be read on from a position: it is of this log, and nothing after it is gone.
    pub(super) fn continues(&self, after: Position) -> bool {
        after.epoch == self.position.epoch && (self.floor..=self.position.number).contains(&after.number)
    }
}

/// Some events in their order, and the head of the log at the same moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// The events.
    pub events: Vec<LoggedEvent>,
    /// The head when they were read: fewer events than asked for are all there are up to it.
    pub head: Head,
}

/// Why events could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Events after the position are no longer kept, or it belongs to a log from before a restore.
    #[error("the position is no longer kept: start again without a resume token")]
    Expired,
    /// The database failed.
    #[error("the events could not be read")]
    Store(#[source] StoreError),
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for ReadError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Classify for ReadError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Expired => ErrorKind::OutOfRange,
            Self::Store(error) => error.kind(),
        }
    }
    fn reason(&self) -> &str {
        match self {
            Self::Expired => "RESUME_TOKEN_EXPIRED",
            Self::Store(error) => error.reason(),
        }
    }
    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Expired => None,
            Self::Store(error) => error.retry_after(),
        }
    }
}

macro_rules! slice_after {
    ($condition:literal) => {
        concat!(
            "SELECT h.epoch AS head_epoch, h.position AS head_position, h.floor AS head_floor, e.* FROM log_head h ",
            "LEFT JOIN LATERAL (SELECT position, event_id, aggregate_type, aggregate_id, aggregate_version, owner_id, ",
            "type, schema_version, occurred_at, actor, traceparent, payload FROM event_log ",
            "WHERE position > $1 AND ",
            $condition,
            " ORDER BY position LIMIT $3) e ON true ORDER BY e.position"
        )
    };
}

/// The event log of a service, read by position.
#[derive(Debug, Clone)]
pub struct EventLog {
    pool: Pool,
}

impl EventLog {
    /// The log in this database.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// How far it goes.
    ///
    /// # Errors
    /// The database failed.
    pub async fn head(&self) -> Result<Head, StoreError> {
        let row = sqlx::query("SELECT epoch, position, floor FROM log_head")
            .fetch_one(&self.pool)
            .await?;
        Ok(Head {
            position: Position {
                epoch: row.try_get("epoch")?,
                number: row.try_get("position")?,
            },
            floor: row.try_get("floor")?,
        })
    }

    /// How far the log goes, and the last event that is committed at the same moment and has no place yet.
    pub(super) async fn head_and_waiting(&self) -> Result<(Head, Option<i64>), StoreError> {
        let row = sqlx::query("SELECT epoch, position, floor, (SELECT max(id) FROM outbox) AS waiting FROM log_head")
            .fetch_one(&self.pool)
            .await?;
        let head = Head {
            position: Position {
                epoch: row.try_get("epoch")?,
                number: row.try_get("position")?,
            },
            floor: row.try_get("floor")?,
        };
        Ok((head, row.try_get("waiting")?))
    }

    /// Whether this event or an older one has no place yet.
    pub(super) async fn is_waiting(&self, last: i64) -> Result<bool, StoreError> {
        let waiting = sqlx::query_scalar("SELECT EXISTS (SELECT FROM outbox WHERE id <= $1)")
            .bind(last)
            .fetch_one(&self.pool)
            .await?;
        Ok(waiting)
    }

    /// The payloads of what happened to one aggregate before a version of it, newest first. What is committed is
    /// there at once, before it has its place in the log.
    ///
    /// # Errors
    /// The database failed.
    pub async fn history(&self, aggregate: Uuid, before: Option<i64>, limit: u32) -> Result<Vec<Vec<u8>>, StoreError> {
        // One statement sees an event either in the outbox or in the log: the sequencer moves it in one transaction.
        const HISTORY: &str = "SELECT payload FROM (
                (SELECT aggregate_version, payload FROM event_log
                 WHERE aggregate_id = $1 AND aggregate_version < $2 ORDER BY position DESC LIMIT $3)
                UNION ALL
                (SELECT aggregate_version, payload FROM outbox WHERE aggregate_id = $1 AND aggregate_version < $2)
            ) AS past ORDER BY aggregate_version DESC LIMIT $3";
        let payloads = sqlx::query_scalar(HISTORY)
            .bind(aggregate)
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        Ok(payloads)
    }

    /// The next `limit` events after a position.
    ///
    /// # Errors
    /// The position cannot be continued from, or the database failed.
    pub async fn read(&self, after: Position, filter: Filter, limit: u32) -> Result<Slice, ReadError> {
        let slice = self.slice(after.number, filter, limit).await?;
        if slice.head.continues(after) {
            Ok(slice)
        } else {
            Err(ReadError::Expired)
        }
    }

    /// As [`EventLog::read`], for a reader whose number is known to be of this log; the caller compares
    /// with the floor.
    pub(super) async fn slice(&self, after: i64, filter: Filter, limit: u32) -> Result<Slice, StoreError> {
        let (statement, subject) = match filter {
            Filter::All => (slice_after!("$2::uuid IS NULL"), None),
            Filter::Owner(owner) => (slice_after!("owner_id = $2::uuid"), Some(owner)),
            Filter::Aggregate(aggregate) => (slice_after!("aggregate_id = $2::uuid"), Some(aggregate)),
        };
        let rows = sqlx::query(statement)
            .bind(after)
            .bind(subject)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        let first = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        let head = Head {
            position: Position {
                epoch: first.try_get("head_epoch")?,
                number: first.try_get("head_position")?,
            },
            floor: first.try_get("head_floor")?,
        };
        let nothing = first.try_get::<Option<i64>, _>("position")?.is_none();
        let events = if nothing {
            Vec::new()
        } else {
            rows.iter().map(LoggedEvent::from_row).collect::<Result<_, _>>()?
        };
        Ok(Slice { events, head })
    }
}
