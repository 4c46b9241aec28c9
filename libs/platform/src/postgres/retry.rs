//! Trying again what lost a race against others and did nothing.

use std::time::Duration;

use super::StoreError;

const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Runs `attempt` again while it fails with a serialization failure, a deadlock or a lock timeout, with
/// growing and uneven pauses, five times at most. `attempt` must be a whole transaction or one statement.
///
/// # Errors
/// The last failure, and at once any other one.
pub async fn contended<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(error) if error.is_contended() => tokio::time::sleep(jittered(pause)).await,
            other => return other,
        }
        pause *= 2;
    }
    attempt().await
}

/// Between half of the pause and all of it.
pub(crate) fn jittered(pause: Duration) -> Duration {
    let mut random = [0_u8; 1];
    // Without randomness the pause is even, which is no harm.
    let _ = aws_lc_rs::rand::fill(&mut random);
    pause / 2 + pause / 2 * u32::from(random[0]) / 255
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use kernel::KeyReused;

    use super::*;

    fn lock_timeout() -> StoreError {
        StoreError::Contended(sqlx::Error::WorkerCrashed)
    }

    #[tokio::test]
    async fn a_lost_race_is_run_again_and_not_for_ever() {
        let runs = AtomicU32::new(0);
        let second = contended(|| async {
            match runs.fetch_add(1, Ordering::Relaxed) {
                0 => Err(lock_timeout()),
                run => Ok(run),
            }
        });
        assert_eq!(second.await.unwrap(), 1);

        let runs = AtomicU32::new(0);
        let never = contended(|| async {
            runs.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(lock_timeout())
        });
        assert!(never.await.unwrap_err().is_contended());
        assert_eq!(runs.load(Ordering::Relaxed), ATTEMPTS);
    }

    #[tokio::test]
    async fn another_failure_is_told_at_once() {
        let runs = AtomicU32::new(0);
        let broken = contended(|| async {
            runs.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(StoreError::from(KeyReused))
        });
        assert!(matches!(broken.await, Err(StoreError::KeyReused(_))));
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    }
}
