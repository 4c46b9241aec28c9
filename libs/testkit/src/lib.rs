//! What tests share: time, identity, databases, waiting.
