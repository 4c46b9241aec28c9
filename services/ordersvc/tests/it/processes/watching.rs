use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api::order::v1::{WatchOrdersRequest, order_event::Type};
use testkit::{postgres::TestDatabase, wait_for, wait_for_async};
use tokio::task::JoinHandle;
use tonic::{Code, Status};

use super::{PATIENCE, replica::Orders};

/// A watcher of everybody's orders that comes back with its last token whenever its stream ends.
pub(super) struct Watching {
    seen: Arc<Mutex<Seen>>,
    following: JoinHandle<()>,
}

#[derive(Default)]
pub(super) struct Seen {
    pub(super) token: String,
    /// The ids of events in the order they came.
    pub(super) events: Vec<String>,
    /// How often a stream told that it had caught up.
    pub(super) live: usize,
    /// Why calls did not become streams.
    pub(super) refusals: Vec<Status>,
    /// How streams ended.
    pub(super) ends: Vec<Status>,
}

impl Watching {
    /// Watches from now on.
    pub(super) async fn start(client: Orders) -> Self {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let following = tokio::spawn(follow(client, Arc::clone(&seen)));
        let watching = Self { seen, following };
        watching.lives(1).await;
        watching
    }

    /// Returns when so many of its streams have caught up.
    pub(super) async fn lives(&self, streams: usize) {
        wait_for(|| self.seen().live >= streams, PATIENCE).await;
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It saw exactly the log: each event once, in its order.
    pub(super) async fn assert_saw_the_log(&self, database: &TestDatabase) {
        let mut connection = database.superuser().await.unwrap();
        let logged: Vec<String> = sqlx::query_scalar("SELECT event_id::text FROM event_log ORDER BY position")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        wait_for(|| self.seen().events.len() >= logged.len(), PATIENCE).await;
        let seen = self.seen();
        let distinct: HashSet<&String> = seen.events.iter().collect();
        assert_eq!(distinct.len(), seen.events.len(), "an event came twice");
        assert!(
            seen.events == logged,
            "{} events, {} logged",
            seen.events.len(),
            logged.len()
        );
        for told in seen.refusals.iter().chain(&seen.ends) {
            assert_eq!(told.code(), Code::Unavailable, "{told:?}");
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.following.abort();
    }
}

async fn follow(client: Orders, seen: Arc<Mutex<Seen>>) {
    let seen = || seen.lock().unwrap_or_else(PoisonError::into_inner);
    wait_for_async(
        || async {
            let resume_token = seen().token.clone();
            let request = WatchOrdersRequest {
                resume_token,
                ..WatchOrdersRequest::default()
            };
            let mut stream = match client.clone().watch_orders(request).await {
                Ok(answer) => answer.into_inner(),
                Err(status) => {
                    seen().refusals.push(status);
                    return false;
                }
            };
            loop {
                match stream.message().await {
                    Ok(Some(answer)) => {
                        let event = answer.event.unwrap();
                        let mut seen = seen();
                        if event.r#type() == Type::Live {
                            seen.live += 1;
                        } else {
                            seen.events.push(event.event_id.clone());
                        }
                        seen.token = event.resume_token;
                    }
                    Ok(None) => {
                        seen().ends.push(Status::unknown("a watch ended without a reason"));
                        return false;
                    }
                    Err(status) => {
                        seen().ends.push(status);
                        return false;
                    }
                }
            }
        },
        // Until it is dropped.
        PATIENCE * 10,
    )
    .await;
}
