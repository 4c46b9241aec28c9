//! Placing an order.

use kernel::{
    Caller, Change, Classify, ErrorKind, IdempotencyKey, InvalidInput, Kept, NotAllowed, PortError, UserId, Violation,
};

use crate::{
    Order, OrderDraft, OrderId, Ordering,
    ports::{NewOrder, WriteError},
};

/// An order to place.
#[derive(Debug, Clone, Default)]
pub struct PlaceOrder {
    /// Whose it is; left out, the caller's own. Staff and services order for somebody and must say for whom.
    pub customer_id: Option<UserId>,
    /// What it is made of.
    pub draft: OrderDraft,
}

/// Why no order was placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A customer orders for somebody else, or nobody is signed in.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The order breaks rules.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// There is no such customer, or not any more.
    #[error("the customer is no valid user")]
    UserInvalid,
    /// Whether the customer exists could not be found out.
    #[error(transparent)]
    Users(PortError),
    /// It could not be kept.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Classify for PlaceError {
    fn kind(&self) -> ErrorKind {
        match self {
            PlaceError::NotAllowed(error) => error.kind(),
            PlaceError::Invalid(error) => error.kind(),
            PlaceError::UserInvalid => ErrorKind::InvalidInput,
            PlaceError::Users(error) => error.kind(),
            PlaceError::Write(error) => error.kind(),
        }
    }
    fn reason(&self) -> &str {
        match self {
            PlaceError::NotAllowed(error) => error.reason(),
            PlaceError::Invalid(error) => error.reason(),
            PlaceError::UserInvalid => "USER_INVALID",
            PlaceError::Users(error) => error.reason(),
            PlaceError::Write(error) => error.reason(),
        }
    }
    fn violations(&self) -> Vec<Violation> {
        match self {
            PlaceError::Invalid(error) => error.violations(),
            PlaceError::UserInvalid => vec![Violation::new("customer_id", "must be an active user")],
            PlaceError::NotAllowed(_) | PlaceError::Users(_) | PlaceError::Write(_) => Vec::new(),
        }
    }
    fn metadata(&self) -> Vec<(String, String)> {
        match self {
            PlaceError::Users(error) => error.metadata(),
            PlaceError::Write(error) => error.metadata(),
            PlaceError::NotAllowed(_) | PlaceError::Invalid(_) | PlaceError::UserInvalid => Vec::new(),
        }
    }
    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            PlaceError::Users(error) => error.retry_after(),
            PlaceError::Write(error) => error.retry_after(),
            PlaceError::NotAllowed(_) | PlaceError::Invalid(_) | PlaceError::UserInvalid => None,
        }
    }
}

impl Ordering {
    /// Places an order, PENDING.
    ///
    /// # Errors
    /// See [`PlaceError`]; nothing is left behind then.
    pub async fn place(
        &self,
        caller: &Caller,
        input: PlaceOrder,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Order>, PlaceError> {
        let customer = caller.subject(input.customer_id)?;
        let id = OrderId::new(self.ids.next());
        // A missing customer is told together with everything else that is wrong.
        let placed = Order::place(
            id,
            customer.unwrap_or(UserId::new(uuid::Uuid::nil())),
            input.draft,
            self.clock.now(),
        );
        let Some(customer) = customer else {
            let mut found = vec![Violation::new("customer_id", "must be set: whose order is it")];
            found.extend(placed.err().map(|invalid| invalid.0).unwrap_or_default());
            return Err(InvalidInput(found).into());
        };
        let mut order = placed?;
        // A caller's own token is proof enough.
        if caller.user_id() != Some(customer) {
            if let Some(kept) = self.kept(key.as_ref()).await? {
                return Ok(kept);
            }
            if !self.users.is_valid(customer).await.map_err(PlaceError::Users)? {
                return Err(PlaceError::UserInvalid);
            }
        }
        let events = self.recorded(caller, order.take_events());
        Ok(self.orders.insert(NewOrder { order, events }, key).await?)
    }

    /// An answer that was given must not depend on whether users can be asked again.
    async fn kept(&self, key: Option<&IdempotencyKey>) -> Result<Option<Change<Order>>, WriteError> {
        let Some(key) = key else { return Ok(None) };
        match self.orders.find_kept(key).await? {
            Some(Kept::Answer(order)) => Ok(Some(Change::Replayed(order))),
            Some(Kept::Refusal(refusal)) => Err(WriteError::Refused(refusal)),
            None => Ok(None),
        }
    }
}
