use std::{collections::HashSet, sync::Arc};

use futures::FutureExt;
use kernel::{IdempotencyKey, Kept};
use sqlx::{Arguments, Encode, Postgres, Type, error::BoxDynError, postgres::PgArguments};
use uuid::Uuid;

use super::{Write, Written, add_events, column};
use crate::postgres::{
    Pool, StoreError,
    events::NewEvent,
    gather::{Answer, Gather},
    idempotency,
};

/// A new row with its events and the key of its call, which [`Inserts`] writes alone or with others.
pub trait Insert: Send + Sync + Sized + 'static {
    /// The id of the row, and of the aggregate that its events tell of.
    fn id(&self) -> Uuid;

    /// The key of the call.
    fn key(&self) -> Option<&IdempotencyKey>;

    /// What happened, oldest first.
    fn events(&self) -> &[NewEvent];

    /// What is kept under the key.
    fn answer(&self) -> Kept<Vec<u8>>;

    /// This one as a statement.
    ///
    /// # Errors
    /// A value that cannot be stored.
    fn alone(&self) -> Result<Write<'_>, StoreError>;

    /// All of these as one statement, which does for each what it does alone.
    ///
    /// # Errors
    /// A value that cannot be stored; each is tried alone then.
    fn together(all: &[&Self]) -> Result<WriteTogether, StoreError>;
}

/// Writes new rows, many in one statement when many come at the same time.
///
/// A row is written in the first round that begins after it came, at once when fewer than two are under way. What does
/// not go together goes alone after all, so that nobody pays for another's input: a row whose key is known, or comes
/// twice in a round, or that the database refuses.
#[derive(Debug)]
pub struct Inserts<I>(Gather<I, Result<Written, Arc<StoreError>>>);

impl<I: Insert> Inserts<I> {
    /// Writes into this database.
    pub fn new(pool: Pool) -> Self {
        Self(Gather::new(move |inserts| {
            let pool = pool.clone();
            async move { write(&pool, inserts).await }.boxed()
        }))
    }

    /// Writes the row, or answers what is kept under its key.
    ///
    /// # Errors
    /// As [`Write::run`]. A database that is away is one failure for all who went together.
    pub async fn insert(&self, insert: I) -> Result<Written, Arc<StoreError>> {
        self.0
            .ask(insert)
            .await
            .unwrap_or_else(|_| Err(Arc::new(StoreError::Bug(sqlx::Error::WorkerCrashed))))
    }
}

async fn write<I: Insert>(pool: &Pool, inserts: Vec<I>) -> Vec<Answer<Result<Written, Arc<StoreError>>>> {
    if let [only] = &inserts[..] {
        return vec![Answer::Now(alone(pool, only).await)];
    }
    let saved = match run_together(pool, &company(&inserts)).await {
        Ok(saved) => saved,
        // They may be written: only the callers can tell, by asking again with their keys.
        Err(away @ StoreError::Unavailable(_)) => {
            let away = Arc::new(away);
            return inserts.iter().map(|_| Answer::Now(Err(Arc::clone(&away)))).collect();
        }
        Err(error) => {
            metrics::counter!("db_inserts_apart_total").increment(1);
            tracing::info!(error = %kernel::Chain(&error), "rows that came together are written alone");
            HashSet::new()
        }
    };
    let answer = |insert: I| {
        if saved.contains(&insert.id()) {
            return Answer::Now(Ok(Written::Saved));
        }
        let pool = pool.clone();
        Answer::Later(async move { alone(&pool, &insert).await }.boxed())
    };
    inserts.into_iter().map(answer).collect()
}

async fn alone<I: Insert>(pool: &Pool, insert: &I) -> Result<Written, Arc<StoreError>> {
    let write = insert.alone().map_err(Arc::new)?;
    write.run(pool).await.map_err(Arc::new)
}

/// One insert for each key. Their order is that of the keys, so that rounds that wait for each other's keys wait in
/// one direction.
fn company<I: Insert>(inserts: &[I]) -> Vec<&I> {
    fn order<I: Insert>(insert: &I) -> Option<(&str, &str, &str)> {
        insert.key().map(|key| (&*key.caller, key.method, &*key.key))
    }
    let mut company: Vec<&I> = inserts.iter().collect();
    company.sort_by(|one, other| order(*one).cmp(&order(*other)));
    company.dedup_by(|one, other| one.key().is_some() && order(*one) == order(*other));
    company
}

async fn run_together<I: Insert>(pool: &Pool, all: &[&I]) -> Result<HashSet<Uuid>, StoreError> {
    let WriteTogether { statement, arguments } = I::together(all)?;
    let arguments = arguments.map_err(|error| StoreError::Bug(sqlx::Error::Encode(error)))?;
    let saved = sqlx::query_scalar_with(statement, arguments).fetch_all(pool).await?;
    Ok(saved.into_iter().collect())
}

/// Several inserts as one statement.
#[derive(Debug)]
pub struct WriteTogether {
    statement: &'static str,
    arguments: Result<PgArguments, BoxDynError>,
}

impl WriteTogether {
    /// A statement of [`write_together!`](crate::write_together).
    pub fn new<I: Insert>(statement: &'static str, all: &[&I]) -> Self {
        Self {
            statement,
            arguments: arguments(all),
        }
    }

    /// The next own parameter, a value of each insert; the first is `$18`.
    #[must_use]
    pub fn bind<T>(mut self, values: Vec<T>) -> Self
    where
        Vec<T>: for<'t> Encode<'t, Postgres> + Type<Postgres>,
    {
        if let Ok(arguments) = &mut self.arguments
            && let Err(error) = arguments.add(values)
        {
            self.arguments = Err(error);
        }
        self
    }
}

fn arguments<I: Insert>(all: &[&I]) -> Result<PgArguments, BoxDynError> {
    let answers: Vec<_> = all.iter().map(|insert| insert.answer()).collect();
    let stored = answers.iter().map(idempotency::stored).collect::<Result<Vec<_>, _>>()?;
    let keys = all.iter().map(|insert| insert.key());
    let mut arguments = PgArguments::default();
    arguments.add(column(keys.clone(), |key| Some(key?.caller.as_str())))?;
    arguments.add(column(keys.clone(), |key| Some(key?.method)))?;
    arguments.add(column(keys.clone(), |key| Some(key?.key.as_str())))?;
    arguments.add(column(keys, |key| Some(key?.fingerprint.as_slice())))?;
    arguments.add(column(stored.iter(), |(_, bytes)| bytes.as_ref()))?;
    arguments.add(column(stored.iter(), |(refused, _)| *refused))?;
    add_events(&mut arguments, all.iter().flat_map(|insert| insert.events()))?;
    Ok(arguments)
}

/// The text of a [`WriteTogether`](crate::postgres::WriteTogether): the service's common table expressions with the
/// keys before them and the events after.
///
/// One of them is named `saved` and returns the `id` of each row it wrote. It reads `unnest(..) AS n (..)` of `$1`, `$2`
/// and `$3` as `caller`, `method` and `key` and of the service's own arrays from `$18`, and takes the rows
/// `WHERE `[`unkept!`](crate::unkept). A key that another statement has but has not committed is waited for.
///
/// Keys are taken before rows here, so the rows MUST NOT wait for those of others: no unique constraint but that of
/// an id which was made for them.
#[macro_export]
macro_rules! write_together {
    ($($own:expr),+ $(,)?) => {
        concat!(
            "WITH kept AS (INSERT INTO idempotency_keys (caller, method, key, fingerprint, answer, refused) ",
            "SELECT k.caller, k.method, k.key, k.fingerprint, k.answer, k.refused ",
            "FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::boolean[]) ",
            "AS k (caller, method, key, fingerprint, answer, refused) WHERE k.key IS NOT NULL ",
            "ON CONFLICT DO NOTHING RETURNING caller, method, key), ",
            $($own,)+
            ", ",
            $crate::emitted!("e.aggregate_id IN (SELECT id FROM saved)"),
            " SELECT id FROM saved"
        )
    };
}

/// Of the rows `n` of a [`write_together!`](crate::write_together): those without a key, and those whose key is new.
#[macro_export]
macro_rules! unkept {
    () => {
        "(n.key IS NULL OR (n.caller, n.method, n.key) IN (SELECT caller, method, key FROM kept))"
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(Uuid, Option<IdempotencyKey>);

    impl Insert for Row {
        fn id(&self) -> Uuid {
            self.0
        }

        fn key(&self) -> Option<&IdempotencyKey> {
            self.1.as_ref()
        }

        fn events(&self) -> &[NewEvent] {
            &[]
        }

        fn answer(&self) -> Kept<Vec<u8>> {
            Kept::Answer(Vec::new())
        }

        fn alone(&self) -> Result<Write<'_>, StoreError> {
            Ok(Write::new("", self.key(), &self.answer(), &[]))
        }

        fn together(all: &[&Self]) -> Result<WriteTogether, StoreError> {
            Ok(WriteTogether::new("", all))
        }
    }

    #[test]
    fn keys_are_taken_in_one_order_and_once() {
        let keyed = |caller: &str, key: &str| IdempotencyKey {
            caller: caller.to_owned(),
            method: "thing.v1.ThingService/CreateThing",
            key: key.to_owned(),
            fingerprint: [0; 32],
        };
        let keys = [
            Some(keyed("b", "1")),
            Some(keyed("a", "2")),
            None,
            Some(keyed("a", "1")),
            Some(keyed("b", "1")),
            None,
        ];
        let rows: Vec<Row> = keys.into_iter().map(|key| Row(Uuid::nil(), key)).collect();
        let taken: Vec<Option<(&str, &str)>> = company(&rows)
            .into_iter()
            .map(|row| row.key().map(|key| (&*key.caller, &*key.key)))
            .collect();
        let expected = [None, None, Some(("a", "1")), Some(("a", "2")), Some(("b", "1"))];
        assert_eq!(taken, expected);
    }
}
