use std::{ops::Deref, sync::Arc};

use futures::{FutureExt, StreamExt, TryFutureExt, future::BoxFuture, stream::BoxStream};
use sqlx::{
    Describe, Either, Error, Execute, Executor, PgPool, Postgres, SqlStr,
    postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The connections of a database, which statements use in turn.
///
/// Whoever waits in the pool itself holds what making a connection would take, fifteen kilobytes each; so statements
/// wait here, and enter it when there is one for them. Transactions enter it at once.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: PgPool,
    turns: Arc<Semaphore>,
}

impl From<PgPool> for Pool {
    fn from(inner: PgPool) -> Self {
        let most = inner.options().get_max_connections();
        Self {
            inner,
            turns: Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS))),
        }
    }
}

impl Deref for Pool {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.inner
    }
}

impl Pool {
    fn turn(&self) -> impl Future<Output = Result<OwnedSemaphorePermit, Error>> + Send + use<> {
        let (turns, patience) = (Arc::clone(&self.turns), self.inner.options().get_acquire_timeout());
        async move {
            match timeout(patience, turns.acquire_owned()).await {
                Ok(Ok(turn)) => Ok(turn),
                Ok(Err(_)) => Err(Error::PoolClosed),
                Err(_) => Err(Error::PoolTimedOut),
            }
        }
    }

    fn in_turn<'e, T>(
        &self,
        work: impl FnOnce(PgPool) -> BoxFuture<'e, Result<T, Error>> + Send + 'e,
    ) -> BoxFuture<'e, Result<T, Error>> {
        let (pool, turn) = (self.inner.clone(), self.turn());
        async move {
            let _held = turn.await?;
            work(pool).await
        }
        .boxed()
    }
}

impl<'p> Executor<'p> for &'_ Pool {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.inner.clone();
        self.turn()
            .map_ok(move |turn| {
                pool.fetch_many(query).inspect(move |_| {
                    let _held = &turn;
                })
            })
            .try_flatten_stream()
            .boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        self.in_turn(move |pool| pool.fetch_optional(query))
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'p: 'e,
    {
        self.in_turn(move |pool| pool.prepare_with(sql, parameters))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'p: 'e,
    {
        self.in_turn(move |pool| pool.describe(sql))
    }
}
