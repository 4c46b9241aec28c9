//! What the databases say is still on its way.

use std::{collections::HashSet, sync::Arc, time::Duration};

use sqlx::{Connection, PgConnection, Row};
use tokio::time::timeout;

use crate::{recovery::Recoveries, stage::Urls};

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A database that does not answer in so long is away.
const LIMIT: Duration = Duration::from_secs(2);

const CHECKOUTS: &str = "
    SELECT 'order ' || order_id || ' ' || attempt || ' ' || step AS item
    FROM checkouts WHERE step IN ('AUTHORIZE', 'CAPTURE', 'RELEASE')";

const OPERATIONS: &str = "
    SELECT 'payment ' || payment_id || ' ' || kind || ' ' || id AS item
    FROM payment_operations WHERE status = 'PENDING'";

/// An event that waits for its place, and followers of the log that have not come to its end. Where they are is
/// part of the name: who comes on is not stuck.
const UNTOLD: &str = "
    SELECT 'event ' || min(id) || ' without a place' AS item FROM outbox HAVING count(*) > 0
    UNION ALL
    SELECT 'follower ' || name || ' at ' || event_cursors.position FROM event_cursors, log_head
    WHERE event_cursors.position < log_head.position";

/// Looks at both databases. Connections are kept, and made anew when the server was away.
pub(crate) struct Looking {
    urls: Urls,
    open: Option<(PgConnection, PgConnection)>,
}

impl Looking {
    pub(crate) const fn new(urls: Urls) -> Self {
        Self { urls, open: None }
    }

    /// What is undecided now; nothing when that cannot be known.
    pub(crate) async fn look(&mut self) -> Option<HashSet<String>> {
        self.ask(async |orders, payments| {
            let mut items = HashSet::new();
            for (connection, question) in [(orders, CHECKOUTS), (payments, OPERATIONS)] {
                for question in [question, UNTOLD] {
                    for row in sqlx::query(question).fetch_all(&mut *connection).await? {
                        items.insert(row.try_get("item")?);
                    }
                }
            }
            Ok(items)
        })
        .await
    }

    async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&mut PgConnection, &mut PgConnection) -> sqlx::Result<T>,
    ) -> Option<T> {
        let asking = async {
            let (mut orders, mut payments) = match self.open.take() {
                Some(open) => open,
                None => (
                    PgConnection::connect(&self.urls.orders_db).await?,
                    PgConnection::connect(&self.urls.payments_db).await?,
                ),
            };
            let answer = question(&mut orders, &mut payments).await?;
            self.open = Some((orders, payments));
            Ok::<_, sqlx::Error>(answer)
        };
        timeout(LIMIT, asking).await.ok()?.ok()
    }
}

/// Looks again and again, and tells what it saw.
pub(crate) async fn observe(urls: Urls, recoveries: Arc<Recoveries>) {
    let mut looking = Looking::new(urls);
    loop {
        let asked = recoveries.now();
        if let Some(items) = looking.look().await {
            recoveries.seen(items, asked);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
