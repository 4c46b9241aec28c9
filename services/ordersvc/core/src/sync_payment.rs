//! Letting an order follow its payment.

use kernel::{Caller, Change, PortError};

use crate::{Order, OrderId, Ordering, Step, change::ATTEMPTS, drive::Driven, get::visible, ports::WriteError};

/// Why an order does not follow its payment.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// There is none, or it is another customer's.
    #[error("there is no such order")]
    NotFound,
    /// The order could not be read, or payments did not tell.
    #[error(transparent)]
    Port(#[from] PortError),
    /// It could not be kept.
    #[error(transparent)]
    Write(#[from] WriteError),
}

kernel::classify!(SyncError { pass Port, Write; NotFound => NotFound "ORDER_NOT_FOUND"; });

impl Ordering {
    /// Reads the payment of an order and lets the order follow: a refund that staff made, an outcome that was
    /// missed. Doing it again changes nothing.
    ///
    /// # Errors
    /// See [`SyncError`]; one is that payments do not tell yet whether the money was taken.
    pub async fn sync_payment(&self, caller: &Caller, id: OrderId) -> Result<Order, SyncError> {
        let order = self.read(caller, id).await?;
        let order = self.follow(caller, order).await?;
        if order.work().is_none_or(|work| work.step == Step::Expire) {
            return Ok(order);
        }
        let Driven { order, put_off } = self.drive(order).await?;
        // Without the capture nothing tells whether something was given back: who asked must ask again.
        if let Some(put_off) = put_off
            && order.work().is_some_and(|work| work.step == Step::Capture)
        {
            return Err(put_off.error.into());
        }
        // What was given back before the order heard of the capture.
        self.follow(caller, order).await
    }

    async fn follow(&self, caller: &Caller, mut order: Order) -> Result<Order, SyncError> {
        for _ in 0..ATTEMPTS {
            let Some(payment) = order.checkout().payment_id else {
                return Ok(order);
            };
            if let Some(summary) = self.needs.payments.find(payment).await? {
                order.follow(&summary, self.now());
            }
            if order.version() == order.kept_version() {
                return Ok(order);
            }
            let id = order.id();
            match self.save(caller, order, None).await {
                Ok(Change::Done(order) | Change::Replayed(order)) => return Ok(order),
                Err(WriteError::Stale) => order = self.read(caller, id).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(WriteError::Stale.into())
    }

    async fn read(&self, caller: &Caller, id: OrderId) -> Result<Order, SyncError> {
        visible(caller, self.needs.orders.find(id).await?).ok_or(SyncError::NotFound)
    }
}
