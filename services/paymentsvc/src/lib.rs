//! Serves `payment.v1`: charges cards once, gives money back, keeps the ledger of both.
