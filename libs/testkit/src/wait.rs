use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(5);

/// Waits until the condition holds.
///
/// # Panics
/// It does not within `timeout`.
#[track_caller]
pub fn wait_for(condition: impl FnMut() -> bool, timeout: Duration) -> impl Future<Output = ()> {
    let mut condition = condition;
    wait_for_async(move || std::future::ready(condition()), timeout)
}

/// Waits until a condition holds that must be asked for.
///
/// # Panics
/// It does not within `timeout`.
#[track_caller]
pub fn wait_for_async<F>(mut condition: impl FnMut() -> F, timeout: Duration) -> impl Future<Output = ()>
where
    F: Future<Output = bool>,
{
    let caller = std::panic::Location::caller();
    async move {
        let began = Instant::now();
        while !condition().await {
            assert!(began.elapsed() < timeout, "{caller}: not so within {timeout:?}");
            tokio::time::sleep(POLL).await;
        }
    }
}
