use std::{
    collections::VecDeque,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{
    FutureExt, StreamExt, TryFutureExt, TryStreamExt,
    future::{BoxFuture, try_join_all},
    stream::{self, BoxStream},
};
use sqlx::{
    Connection, Describe, Either, Error, Execute, Executor, PgConnection, PgPool, Postgres, SqlStr,
    pool::PoolConnection,
    postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

/// Connections idle for longer are asked whether they still live; busier ones tell by failing.
pub(super) const ASKED_WHEN_IDLE_FOR: Duration = Duration::from_secs(5);
/// So often a busy connection goes back to sqlx's pool, which replaces those that are too old.
const BACK_AFTER: Duration = Duration::from_mins(1);

/// The connections of a database, which statements use in turn.
///
/// sqlx's pool makes them, counts them and replaces them. Two things cost too much in it and are done here. Whoever
/// waits in it holds what making a connection would take, fifteen kilobytes each: callers wait here. And it asks every
/// connection that comes back whether it still lives, one more round trip for every statement: one whose work
/// went well stays here for the next caller.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: PgPool,
    turns: Arc<Semaphore>,
    spare: Arc<Spare>,
}

/// A connection that nobody else uses. Unless it is [released](Held::release), sqlx's pool asks it whether it still
/// lives before somebody else gets it.
#[derive(Debug)]
pub struct Held {
    lent: Lent,
    spare: Arc<Spare>,
    // Ends last: whoever is next finds the connection.
    turn: OwnedSemaphorePermit,
}

/// A connection of sqlx's pool.
#[derive(Debug)]
struct Lent {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

/// Connections at rest and since when, the one used last at the back; none any more once the pool is closed.
#[derive(Debug)]
struct Spare(Mutex<Option<VecDeque<(Lent, Instant)>>>);

/// A connection that is asked whether it lives. If no answer comes it is closed without another word, for which
/// nobody would wait.
struct Asked(Option<Lent>);

impl From<PgPool> for Pool {
    fn from(inner: PgPool) -> Self {
        let most = inner.options().get_max_connections();
        Self {
            inner,
            turns: Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS))),
            spare: Arc::new(Spare(Mutex::new(Some(VecDeque::new())))),
        }
    }
}

impl Pool {
    /// A connection, as soon as there is one.
    ///
    /// # Errors
    /// There was none in time, or the database is away.
    pub async fn acquire(&self) -> Result<Held, Error> {
        let patience = self.inner.options().get_acquire_timeout();
        let held = timeout(patience, self.acquire_in_turn()).await;
        held.unwrap_or(Err(Error::PoolTimedOut))
    }

    async fn acquire_in_turn(&self) -> Result<Held, Error> {
        let turns = Arc::clone(&self.turns);
        let turn = turns.acquire_owned().await.map_err(|_| Error::PoolClosed)?;
        let lent = match self.spare.living().await {
            Some(lent) => lent,
            None => Lent {
                connection: self.inner.acquire().await?,
                since: Instant::now(),
            },
        };
        Ok(Held {
            lent,
            spare: Arc::clone(&self.spare),
            turn,
        })
    }

    /// Opens so many connections that stay open, so that the first callers find them.
    pub(super) async fn warm_up(&self) -> Result<(), Error> {
        let kept_open = self.inner.options().get_min_connections();
        let held = try_join_all((0..kept_open).map(|_| self.acquire())).await?;
        held.into_iter().for_each(Held::release);
        Ok(())
    }

    /// How many connections there are.
    pub fn size(&self) -> u32 {
        self.inner.size()
    }

    /// How many connections nobody uses.
    pub fn num_idle(&self) -> usize {
        self.inner.num_idle() + self.spare.count()
    }

    /// How many connections there may be.
    pub fn max_connections(&self) -> u32 {
        self.inner.options().get_max_connections()
    }

    /// Waits for what is running and closes every connection; nobody gets one after this.
    pub async fn close(&self) {
        self.turns.close();
        self.spare.close();
        self.inner.close().await;
    }
}

impl Held {
    /// Gives it to the next caller as it is: what was done with it went well and is over.
    pub fn release(self) {
        let Self { lent, spare, turn } = self;
        if lent.since.elapsed() < BACK_AFTER {
            spare.put(lent);
        }
        drop(turn);
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.lent.connection
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.lent.connection
    }
}

impl Spare {
    fn lock(&self) -> MutexGuard<'_, Option<VecDeque<(Lent, Instant)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) -> usize {
        self.lock().as_ref().map_or(0, VecDeque::len)
    }

    /// The one used last, for as long as there is one that lives.
    async fn living(&self) -> Option<Lent> {
        loop {
            let (lent, since) = self.lock().as_mut()?.pop_back()?;
            if since.elapsed() <= ASKED_WHEN_IDLE_FOR {
                return Some(lent);
            }
            if let Some(lent) = Asked(Some(lent)).answered().await {
                return Some(lent);
            }
        }
    }

    /// Takes it in. Those that lay here for long go back to sqlx's pool, which closes what nobody needs.
    fn put(&self, lent: Lent) {
        let mut long_unused = Vec::new();
        if let Some(resting) = self.lock().as_mut() {
            resting.push_back((lent, Instant::now()));
            while let Some((unused, _)) = resting.pop_front_if(|(_, since)| since.elapsed() > ASKED_WHEN_IDLE_FOR) {
                long_unused.push(unused);
            }
        }
    }

    fn close(&self) {
        let resting = self.lock().take();
        drop(resting);
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        // To go back to sqlx's pool takes a runtime; where there is none, the process ends.
        if Handle::try_current().is_err() {
            std::mem::forget(self.lock().take());
        }
    }
}

impl Asked {
    async fn answered(mut self) -> Option<Lent> {
        self.0.as_mut()?.connection.ping().await.ok()?;
        self.0.take()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(lent) = self.0.take() {
            drop(lent.connection.detach());
        }
    }
}

impl<'p> Executor<'p> for &'_ Pool {
    type Database = Postgres;

    /// Everything is read before the first row is given out, so that nobody holds a connection who looks at rows.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.clone();
        async move {
            let mut held = pool.acquire().await?;
            let answers: Vec<_> = held.fetch_many(query).try_collect().await?;
            held.release();
            Ok(stream::iter(answers).map(Ok))
        }
        .try_flatten_stream()
        .boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.clone();
        async move {
            let mut held = pool.acquire().await?;
            let row = held.fetch_optional(query).await?;
            held.release();
            Ok(row)
        }
        .boxed()
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        async move { pool.acquire().await?.prepare_with(sql, parameters).await }.boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        async move { pool.acquire().await?.describe(sql).await }.boxed()
    }
}
