use std::time::Duration;

use kernel::{Classify, ErrorKind, KeyReused};
use sqlx::error::DatabaseError;

const RETRY_AFTER: Duration = Duration::from_millis(200);
/// Wrong password or no such role, no such database.
const NOT_LET_IN: [&str; 2] = ["28", "3D"];

/// What Postgres could not do, as callers must understand it. Repositories turn a [`Conflict`] on a
/// constraint they know into an outcome of the domain and pass everything else on.
///
/// [`Conflict`]: StoreError::Conflict
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, is starting, or gave no connection in time.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// A constraint forbids the rows: another row has the value, or a row they point to is missing.
    #[error("the rows conflict with what is stored")]
    Conflict {
        /// The constraint's name.
        constraint: String,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// Others write the same rows; trying again helps.
    #[error("too many changes at the same time")]
    Contended(#[source] sqlx::Error),
    /// The database took longer than a statement may.
    #[error("the database took too long")]
    TimedOut(#[source] sqlx::Error),
    /// The idempotency key came before with another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// A statement or a row that is wrong: a bug of ours.
    #[error("the database refused a statement")]
    Bug(#[source] sqlx::Error),
}

impl StoreError {
    /// The constraint that forbade the rows.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Conflict { constraint, .. } => Some(constraint),
            _ => None,
        }
    }

    /// The statement did nothing and may well succeed when it is sent again.
    pub const fn is_contended(&self) -> bool {
        matches!(self, Self::Contended(_))
    }

    /// A stored value that does not decode.
    pub fn undecodable(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Bug(sqlx::Error::Decode(Box::new(error)))
    }
}

/// The one mapping of SQLSTATE.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(database) = &error else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
                _ => Self::Bug(error),
            };
        };
        let code = database.code().unwrap_or_default().into_owned();
        match code.as_str() {
            // unique, foreign key, check, exclusion
            "23505" | "23503" | "23514" | "23P01" => Self::Conflict {
                constraint: database.constraint().unwrap_or_default().to_owned(),
                source: error,
            },
            // serialization failure, deadlock, lock_timeout
            "40001" | "40P01" | "55P03" => Self::Contended(error),
            // statement_timeout
            "57014" => Self::TimedOut(error),
            // read only: a standby that is about to be, or was, the primary
            "25006" => Self::Unavailable(error),
            // connection, resources, operator intervention, system, idle in transaction
            _ if is_of(&code, &["08", "53", "57", "58"]) || code == "25P03" => Self::Unavailable(error),
            _ if is_of(&code, &NOT_LET_IN) => Self::Unavailable(error),
            _ => Self::Bug(error),
        }
    }
}

/// The database is there, and does not let us in.
pub(crate) fn is_shut_out(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| is_of(&code, &NOT_LET_IN))
}

fn is_of(code: &str, classes: &[&str]) -> bool {
    classes.iter().any(|class| code.starts_with(class))
}

impl Classify for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(_) | Self::Contended(_) => ErrorKind::Unavailable,
            Self::TimedOut(_) => ErrorKind::DeadlineExceeded,
            Self::KeyReused(error) => error.kind(),
            Self::Conflict { .. } | Self::Bug(_) => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Unavailable(_) => "DATABASE_UNAVAILABLE",
            Self::Contended(_) => "CONTENDED",
            Self::TimedOut(_) => "DEADLINE_EXCEEDED",
            Self::KeyReused(error) => error.reason(),
            Self::Conflict { .. } | Self::Bug(_) => "INTERNAL",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Unavailable(_) | Self::Contended(_)).then_some(RETRY_AFTER)
    }
}
