//! Placing an order.

use kernel::{
    Caller, Change, Classify, ErrorKind, IdempotencyKey, InvalidInput, Kept, NotAllowed, PortError, UserId, Violation,
};

use crate::{
    Order, OrderDraft, OrderId, Ordering, StartRefused,
    order::checked_payment_method,
    ports::{NewOrder, WriteError},
};

/// An order to place.
#[derive(Debug, Clone, Default)]
pub struct PlaceOrder {
    /// Whose it is; left out, the caller's own. Staff and services order for somebody and must say for whom.
    pub customer_id: Option<UserId>,
    /// What it is made of.
    pub draft: OrderDraft,
    /// What to pay with at once; empty when it is paid for later.
    pub payment_method: String,
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

impl PlaceError {
    fn cause(&self) -> Option<&dyn Classify> {
        match self {
            PlaceError::NotAllowed(error) => Some(error),
            PlaceError::Invalid(error) => Some(error),
            PlaceError::UserInvalid => None,
            PlaceError::Users(error) => Some(error),
            PlaceError::Write(error) => Some(error),
        }
    }
}

impl Classify for PlaceError {
    fn kind(&self) -> ErrorKind {
        self.cause().map_or(ErrorKind::InvalidInput, Classify::kind)
    }
    fn reason(&self) -> &str {
        self.cause().map_or("USER_INVALID", Classify::reason)
    }
    fn violations(&self) -> Vec<Violation> {
        match self.cause() {
            Some(cause) => cause.violations(),
            None => vec![Violation::new("customer_id", "must be an active user")],
        }
    }
    fn metadata(&self) -> Vec<(String, String)> {
        self.cause().map(Classify::metadata).unwrap_or_default()
    }
    fn retry_after(&self) -> Option<std::time::Duration> {
        self.cause().and_then(Classify::retry_after)
    }
}

impl Ordering {
    /// Places an order, PENDING. With a payment method it is being paid for when this returns.
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
        let id = OrderId::new(self.needs.ids.next());
        // A missing customer is told together with everything else that is wrong.
        let placed = self.new_order(id, customer.unwrap_or(UserId::new(uuid::Uuid::nil())), input);
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
            if !self.needs.users.is_valid(customer).await.map_err(PlaceError::Users)? {
                return Err(PlaceError::UserInvalid);
            }
        }
        order.hold_work(self.now() + self.policy.lease);
        let events = self.recorded(caller, order.take_events());
        let placed = self.needs.orders.insert(NewOrder { order, events }, key).await?;
        if let Change::Done(order) = &placed {
            self.go_on(order);
        }
        Ok(placed)
    }

    fn new_order(&self, id: OrderId, customer: UserId, input: PlaceOrder) -> Result<Order, InvalidInput> {
        let now = self.now();
        if input.payment_method.is_empty() {
            let expires_at = self.policy.unpaid_expires_after.map(|after| now + after);
            return Order::place_until(id, customer, input.draft, expires_at, now);
        }
        let placed = Order::place(id, customer, input.draft, now);
        let mut order = placed.map_err(|mut invalid| {
            let also = checked_payment_method(&input.payment_method).err();
            invalid.0.extend(also.into_iter().flat_map(|also| also.0));
            invalid
        })?;
        match order.start_checkout(&input.payment_method, None, now) {
            Err(StartRefused::Invalid(invalid)) => Err(invalid),
            _ => Ok(order),
        }
    }

    /// An answer that was given must not depend on whether users can be asked again.
    async fn kept(&self, key: Option<&IdempotencyKey>) -> Result<Option<Change<Order>>, WriteError> {
        let Some(key) = key else { return Ok(None) };
        match self.needs.orders.find_kept(key).await? {
            Some(Kept::Answer(order)) => Ok(Some(Change::Replayed(order))),
            Some(Kept::Refusal(refusal)) => Err(WriteError::Refused(refusal)),
            None => Ok(None),
        }
    }
}
