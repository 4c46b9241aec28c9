//! Idempotency keys: what was answered under a key is answered again, and nothing is done twice.
//!
//! A key is a row that is written by the same statement as its effect ([`Write`](super::Write)), after
//! the effect and only when there was one. The unique index is the judge:
//! - two calls with one key at the same time: the second waits at the index until the first ends. The
//!   first committed: the second fails there, its own effect is undone with it, and it answers what the
//!   first kept. The first was rolled back or its connection killed: the second goes on.
//! - a conditional write that matched nothing writes no key, so nothing has to be taken back.
//!
//! Rows are locked before keys by every statement, so keys add no deadlock; only new rows that are written together
//! ([`Inserts`](super::Inserts)) come after their keys, and wait for no other row. Refusals that change nothing are kept
//! with [`keep`]. What another request is kept under the same key is [`StoreError::KeyReused`]. Rows older than
//! the retention are deleted in batches by [`expire`]; until then a key answers.
//!
//! To read an aggregate and what is kept under the key of the call in one statement, join the table and
//! hand the row to [`kept_of_row`]:
//!
//! ```sql
//! SELECT t.id, t.name, k.fingerprint AS kept_fingerprint, k.refused AS kept_refused, k.answer AS kept_answer
//! FROM (VALUES (1)) AS one (row)
//! LEFT JOIN things t ON t.id = $1
//! LEFT JOIN idempotency_keys k ON k.caller = $2 AND k.method = $3 AND k.key = $4
//! ```

use std::{borrow::Cow, time::Duration};

use kernel::{ErrorKind, IdempotencyKey, Kept, KeyReused, Refusal};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Row, postgres::PgRow};

use super::{Pool, StoreError};

/// What is kept under a key.
///
/// # Errors
/// [`StoreError::KeyReused`] when it is kept for another request.
pub async fn find(pool: &Pool, key: &IdempotencyKey) -> Result<Option<Kept<Vec<u8>>>, StoreError> {
    let row = sqlx::query(
        "SELECT fingerprint AS kept_fingerprint, refused AS kept_refused, answer AS kept_answer
         FROM idempotency_keys WHERE caller = $1 AND method = $2 AND key = $3",
    )
    .bind(&key.caller)
    .bind(key.method)
    .bind(&key.key)
    .fetch_optional(pool)
    .await?;
    match row {
        Some(row) => kept_of_row(&row, key),
        None => Ok(None),
    }
}

/// What a row with the columns `kept_fingerprint`, `kept_refused` and `kept_answer` says is kept.
///
/// # Errors
/// [`StoreError::KeyReused`] when it is kept for another request.
pub fn kept_of_row(row: &PgRow, key: &IdempotencyKey) -> Result<Option<Kept<Vec<u8>>>, StoreError> {
    let Some(fingerprint) = row.try_get::<Option<&[u8]>, _>("kept_fingerprint")? else {
        return Ok(None);
    };
    if fingerprint != key.fingerprint {
        return Err(KeyReused.into());
    }
    let answer: Vec<u8> = row.try_get("kept_answer")?;
    if row.try_get("kept_refused")? {
        let refusal: StoredRefusal = serde_json::from_slice(&answer).map_err(StoreError::undecodable)?;
        Ok(Some(Kept::Refusal(refusal.into())))
    } else {
        Ok(Some(Kept::Answer(answer)))
    }
}

/// Keeps an answer that changed nothing: a refusal, or that there was nothing left to do. The first one
/// kept wins; what was kept before is answered, `None` when this one is kept.
///
/// # Errors
/// [`StoreError::KeyReused`] when the key is kept for another request.
pub async fn keep(
    pool: &Pool,
    key: &IdempotencyKey,
    answer: &Kept<Vec<u8>>,
) -> Result<Option<Kept<Vec<u8>>>, StoreError> {
    const KEEP: &str = "INSERT INTO idempotency_keys (caller, method, key, fingerprint, refused, answer)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    if keep_by(pool, KEEP, key, answer).await? {
        Ok(None)
    } else {
        find(pool, key).await
    }
}

/// The same by a statement of the service's own, which may ask for more than that the key is new: `$1` to `$6` are
/// caller, method, key, fingerprint, refused and answer. Answers whether it is kept.
///
/// # Errors
/// As the database says.
pub async fn keep_by(
    pool: &Pool,
    statement: &'static str,
    key: &IdempotencyKey,
    answer: &Kept<Vec<u8>>,
) -> Result<bool, StoreError> {
    let (refused, bytes) = stored(answer).map_err(StoreError::undecodable)?;
    let kept = sqlx::query(statement)
        .bind(&key.caller)
        .bind(key.method)
        .bind(&key.key)
        .bind(key.fingerprint.as_slice())
        .bind(refused)
        .bind(bytes.as_ref())
        .execute(pool)
        .await?;
    Ok(kept.rows_affected() == 1)
}

/// What the columns `refused` and `answer` hold of it, for a statement that keeps it under another key than that
/// of its own call.
///
/// # Errors
/// A refusal that JSON cannot hold, which there is none of.
pub fn stored(kept: &Kept<Vec<u8>>) -> Result<(bool, Cow<'_, [u8]>), serde_json::Error> {
    Ok(match kept {
        Kept::Answer(bytes) => (false, Cow::Borrowed(bytes)),
        Kept::Refusal(refusal) => (true, Cow::Owned(serde_json::to_vec(&StoredRefusal::from(refusal))?)),
    })
}

/// Deletes keys that are older than the retention, `batch` rows at a time, so that no statement holds
/// many locks. Answers how many.
///
/// # Errors
/// The database failed; what was deleted stays deleted.
pub async fn expire(pool: &PgPool, retention: Duration, batch: i64) -> Result<u64, StoreError> {
    let mut expired = 0;
    loop {
        let deleted = sqlx::query(
            "DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY (
                 SELECT ctid FROM idempotency_keys WHERE kept_at < now() - make_interval(secs => $1)
                 ORDER BY kept_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        )
        .bind(retention.as_secs_f64())
        .bind(batch)
        .execute(pool)
        .await?
        .rows_affected();
        expired += deleted;
        if deleted < u64::try_from(batch).unwrap_or(u64::MAX) {
            return Ok(expired);
        }
    }
}

#[derive(Serialize, Deserialize)]
struct StoredRefusal {
    kind: StoredKind,
    reason: String,
    message: String,
    metadata: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredKind {
    AlreadyExists,
    WrongState,
}

impl From<&Refusal> for StoredRefusal {
    fn from(refusal: &Refusal) -> Self {
        Self {
            kind: match refusal.kind {
                ErrorKind::AlreadyExists => StoredKind::AlreadyExists,
                _ => StoredKind::WrongState,
            },
            reason: refusal.reason.clone(),
            message: refusal.message.clone(),
            metadata: refusal.metadata.clone(),
        }
    }
}

impl From<StoredRefusal> for Refusal {
    fn from(stored: StoredRefusal) -> Self {
        Self {
            kind: match stored.kind {
                StoredKind::AlreadyExists => ErrorKind::AlreadyExists,
                StoredKind::WrongState => ErrorKind::WrongState,
            },
            reason: stored.reason,
            message: stored.message,
            metadata: stored.metadata,
        }
    }
}
