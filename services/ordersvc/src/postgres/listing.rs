//! Listings of orders: each kind gets a statement of its own, whose plan reads no more rows than it answers.

use kernel::PageSize;
use order_core::{
    CheckoutState,
    ports::{OrderCursor, OrderFilter},
};
use sqlx::{Postgres, QueryBuilder};

use super::row::order_columns;

/// The orders of a page and one more, which tells whether another page follows.
pub(super) fn page(filter: &OrderFilter, after: Option<OrderCursor>, size: PageSize) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(concat!("SELECT ", order_columns!()));
    conditions(&mut query, filter, after, size);
    query
}

fn conditions(query: &mut QueryBuilder<Postgres>, filter: &OrderFilter, after: Option<OrderCursor>, size: PageSize) {
    // Orders that nobody tried to pay have no checkout, and of one customer there are few orders to begin with.
    let has_checkout = filter.checkout_state.is_some_and(|state| state != CheckoutState::None);
    let is_by_checkout = has_checkout && filter.customer_id.is_none();
    let (placed, id) = if is_by_checkout {
        query.push(" FROM checkouts c JOIN orders o ON o.id = c.order_id");
        ("c.order_created_at", "c.order_id")
    } else {
        query.push(" FROM orders o LEFT JOIN checkouts c ON c.order_id = o.id");
        ("o.created_at", "o.id")
    };
    query.push(" LEFT JOIN order_addresses a ON a.order_id = o.id WHERE true");
    if let Some(customer) = filter.customer_id {
        query.push(" AND o.customer_id = ").push_bind(customer.as_uuid());
    }
    match filter.status {
        // Status and checkout go together. A planner that takes them for independent expects next to no rows and sorts
        // all there are, so it is not told what this condition is about.
        Some(status) if is_by_checkout => {
            query
                .push(" AND CASE WHEN o.status = ")
                .push_bind(status.as_str())
                .push(" THEN true ELSE false END");
        }
        Some(status) => {
            query.push(" AND o.status = ").push_bind(status.as_str());
        }
        None => {}
    }
    match filter.checkout_state {
        Some(CheckoutState::None) => {
            query.push(" AND NOT EXISTS (SELECT FROM checkouts t WHERE t.order_id = o.id AND t.state <> 'NONE')");
        }
        Some(state) => {
            query.push(" AND c.state = ").push_bind(state.as_str());
        }
        None => {}
    }
    if let Some(from) = filter.created_after {
        query.push(" AND ").push(placed).push(" >= ").push_bind(from);
    }
    if let Some(until) = filter.created_before {
        query.push(" AND ").push(placed).push(" < ").push_bind(until);
    }
    if !filter.include_archived {
        query.push(" AND NOT o.archived");
    }
    if let Some(after) = after {
        query.push(" AND (").push(placed).push(", ").push(id).push(") < (");
        query
            .push_bind(after.created_at)
            .push(", ")
            .push_bind(after.id.as_uuid())
            .push(")");
    }
    query
        .push(" ORDER BY ")
        .push(placed)
        .push(" DESC, ")
        .push(id)
        .push(" DESC LIMIT ")
        .push_bind(i64::from(size.get()) + 1);
}

#[cfg(test)]
mod tests;
