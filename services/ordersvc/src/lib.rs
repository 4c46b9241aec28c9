//! Serves `order.v1`: keeps orders, their history and their watchers.
