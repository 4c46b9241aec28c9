use kernel::{IdempotencyKey, Kept};
use sqlx::{Arguments, Encode, PgConnection, Postgres, Type, error::BoxDynError, postgres::PgArguments};

use super::{Pool, StoreError, events::NewEvent, idempotency, retry};

mod together;

pub use together::{Insert, Inserts, WriteTogether};

/// One change as one statement: the rows of the service, their events, the caller's key.
///
/// The service writes a common table expression named `saved` that returns the row it wrote, or none when
/// its condition did not hold; [`write_statement!`](crate::write_statement) adds the key and the events,
/// both only when something was saved. Own parameters start at `$18`.
///
/// ```no_run
/// # use kernel::{IdempotencyKey, Kept};
/// # use platform::postgres::{StoreError, Write, Written, events::NewEvent};
/// # async fn example(pool: &platform::postgres::Pool, id: uuid::Uuid, key: Option<&IdempotencyKey>, answer: Vec<u8>,
/// #     events: &[NewEvent]) -> Result<(), StoreError> {
/// const RENAME: &str = platform::write_statement!(
///     "saved AS (UPDATE things SET name = $19, version = version + 1
///                WHERE id = $18 AND version = $20 RETURNING id)"
/// );
/// let answer = Kept::Answer(answer);
/// let written = Write::new(RENAME, key, &answer, events).bind(id).bind("new name").bind(3_i64).run(pool).await?;
/// match written {
///     Written::Saved => { /* Change::Done */ }
///     Written::NotSaved => { /* the version is another one */ }
///     Written::Kept(kept) => { /* Change::Replayed(decode(answer)) or the refusal */ }
/// }
/// # Ok(()) }
/// ```
///
/// A keyed write that failed on any unique constraint asks first whether the key is kept: of two equal
/// calls at the same time the second may meet the first's row before its key.
#[derive(Debug)]
pub struct Write<'a> {
    statement: &'static str,
    key: Option<&'a IdempotencyKey>,
    arguments: Result<PgArguments, BoxDynError>,
}

/// What became of a [`Write`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Rows, events and key are committed.
    Saved,
    /// The condition did not hold; nothing was written, the key is free.
    NotSaved,
    /// An earlier call with the key was answered so; nothing was written.
    Kept(Kept<Vec<u8>>),
}

impl<'a> Write<'a> {
    /// A statement of [`write_statement!`](crate::write_statement) with the key of the call, what to keep under
    /// it (the answer, or the refusal that the change comes to), and the events in the order they happened.
    pub fn new(
        statement: &'static str,
        key: Option<&'a IdempotencyKey>,
        answer: &Kept<Vec<u8>>,
        events: &[NewEvent],
    ) -> Self {
        Self {
            statement,
            key,
            arguments: platform_arguments(key, answer, events),
        }
    }

    /// The next own parameter; the first is `$18`.
    #[must_use]
    pub fn bind<'t, T>(mut self, value: T) -> Self
    where
        T: Encode<'t, Postgres> + Type<Postgres> + 't,
    {
        if let Ok(arguments) = &mut self.arguments
            && let Err(error) = arguments.add(value)
        {
            self.arguments = Err(error);
        }
        self
    }

    /// Runs the statement in one round trip; another one reads what is kept when it was not saved and the
    /// call has a key. A deadlock is tried again.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`]; [`StoreError::Conflict`] on a constraint of the service; others as usual.
    pub async fn run(self, pool: &Pool) -> Result<Written, StoreError> {
        let arguments = self
            .arguments
            .map_err(|error| StoreError::Bug(sqlx::Error::Encode(error)))?;
        let saved = retry::contended(|| async {
            sqlx::query_scalar_with::<_, bool, _>(self.statement, arguments.clone())
                .fetch_one(pool)
                .await
                .map_err(StoreError::from)
        })
        .await;
        match (saved, self.key) {
            (Ok(true), _) => Ok(Written::Saved),
            (Ok(false), None) => Ok(Written::NotSaved),
            (Ok(false), Some(key)) => {
                let kept = idempotency::find(pool, key).await?;
                Ok(kept.map_or(Written::NotSaved, Written::Kept))
            }
            (Err(conflict @ StoreError::Conflict { .. }), Some(key)) => match idempotency::find(pool, key).await? {
                Some(kept) => Ok(Written::Kept(kept)),
                // The key expired between the two statements: as if the call had come a moment later.
                None if conflict.constraint() == Some("idempotency_keys_pkey") => Err(match conflict {
                    StoreError::Conflict { source, .. } => StoreError::Contended(source),
                    other => other,
                }),
                None => Err(conflict),
            },
            (Err(error), _) => Err(error),
        }
    }
}

/// In a transaction that read and locked before what the statement rests on.
impl Write<'_> {
    /// Runs the statement and answers whether something was saved. A key that is known already is a
    /// [`StoreError::Conflict`] on `idempotency_keys_pkey`.
    ///
    /// # Errors
    /// As the database says; the transaction is over then.
    pub async fn run_within(self, transaction: &mut PgConnection) -> Result<bool, StoreError> {
        let arguments = self
            .arguments
            .map_err(|error| StoreError::Bug(sqlx::Error::Encode(error)))?;
        sqlx::query_scalar_with(self.statement, arguments)
            .fetch_one(transaction)
            .await
            .map_err(StoreError::from)
    }
}

fn platform_arguments(
    key: Option<&IdempotencyKey>,
    answer: &Kept<Vec<u8>>,
    events: &[NewEvent],
) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    arguments.add(key.map(|key| key.caller.as_str()))?;
    arguments.add(key.map(|key| key.method))?;
    arguments.add(key.map(|key| key.key.as_str()))?;
    arguments.add(key.map(|key| key.fingerprint.as_slice()))?;
    let (refused, bytes) = idempotency::stored(answer)?;
    arguments.add(bytes.as_ref())?;
    arguments.add(refused)?;
    add_events(&mut arguments, events.iter())?;
    Ok(arguments)
}

fn add_events<'e>(
    arguments: &mut PgArguments,
    events: impl Iterator<Item = &'e NewEvent> + Clone,
) -> Result<(), BoxDynError> {
    arguments.add(column(events.clone(), |event| event.event_id))?;
    arguments.add(column(events.clone(), |event| event.aggregate_type))?;
    arguments.add(column(events.clone(), |event| event.aggregate_id))?;
    arguments.add(column(events.clone(), |event| event.aggregate_version))?;
    arguments.add(column(events.clone(), |event| event.owner_id))?;
    arguments.add(column(events.clone(), |event| event.event_type))?;
    arguments.add(column(events.clone(), |event| event.schema_version))?;
    arguments.add(column(events.clone(), |event| event.occurred_at))?;
    arguments.add(column(events.clone(), |event| event.actor.as_str()))?;
    arguments.add(column(events.clone(), |event| event.traceparent.as_deref()))?;
    arguments.add(column(events, |event| event.payload.as_slice()))
}

fn column<R, T>(rows: impl Iterator<Item = R>, of: impl FnMut(R) -> T) -> Vec<T> {
    rows.map(of).collect()
}

/// The text of a [`Write`](crate::postgres::Write): the service's common table expressions, one of them
/// named `saved`, with the key and the events added. Own parameters start at `$18`.
///
/// `kept` and `emitted` look at `saved`, so they run after it: a row is locked before its event gets its
/// place in the outbox, which therefore has the events of one aggregate in the order of its versions.
#[macro_export]
macro_rules! write_statement {
    ($($own:expr),+ $(,)?) => {
        concat!(
            "WITH ",
            $($own,)+
            ", kept AS (INSERT INTO idempotency_keys (caller, method, key, fingerprint, answer, refused) ",
            "SELECT $1::text, $2::text, $3::text, $4::bytea, $5::bytea, $6::boolean ",
            "WHERE $3 IS NOT NULL AND EXISTS (SELECT FROM saved)), ",
            $crate::emitted!("EXISTS (SELECT FROM saved)"),
            " SELECT EXISTS (SELECT FROM saved)"
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! emitted {
    ($condition:literal) => {
        concat!(
            "emitted AS (INSERT INTO outbox (event_id, aggregate_type, aggregate_id, aggregate_version, owner_id, ",
            "type, schema_version, occurred_at, actor, traceparent, payload) ",
            "SELECT e.event_id, e.aggregate_type, e.aggregate_id, e.aggregate_version, e.owner_id, e.type, ",
            "e.schema_version, e.occurred_at, e.actor, e.traceparent, e.payload ",
            "FROM unnest($7::uuid[], $8::text[], $9::uuid[], $10::bigint[], $11::uuid[], $12::text[], $13::integer[], ",
            "$14::timestamptz[], $15::text[], $16::text[], $17::bytea[]) WITH ORDINALITY AS e (event_id, ",
            "aggregate_type, aggregate_id, aggregate_version, owner_id, type, schema_version, occurred_at, actor, ",
            "traceparent, payload, place) WHERE ",
            $condition,
            " ORDER BY e.place)"
        )
    };
}
