//! Going on with checkouts that nobody drives: after a crash, after an answer that did not come, when an
//! order expires.

use kernel::PortError;

use crate::{
    Ordering,
    drive::PutOff,
    ports::{Due, Unfinished},
};

impl Ordering {
    /// Takes up to `limit` checkouts that are due, each for [`Ordering::resume`].
    ///
    /// # Errors
    /// The store failed.
    pub async fn take_due(&self, limit: u32) -> Result<Vec<Due>, PortError> {
        self.needs
            .checkouts
            .take_due(self.now(), self.policy.lease, limit)
            .await
    }

    /// Drives a checkout to its end, or until an answer is missing: then it tells why, and the checkout is
    /// due again later. What somebody else went on with since it was taken is left to them.
    ///
    /// # Errors
    /// The store failed; the checkout is due again when the lease is over.
    pub async fn resume(&self, due: Due) -> Result<Option<PutOff>, PortError> {
        match self.needs.orders.find(due.order_id).await? {
            Some(order) if order.due().is_some_and(|now| now.is_same_work(&due)) => {
                Ok(self.drive(order).await?.put_off)
            }
            _ => Ok(None),
        }
    }

    /// How many checkouts are unfinished.
    ///
    /// # Errors
    /// The store failed.
    pub async fn count_checkouts(&self) -> Result<Vec<(Unfinished, u64)>, PortError> {
        self.needs.checkouts.count_unfinished().await
    }
}
