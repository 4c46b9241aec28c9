//! The domain of DOMAINsvc, in a few sentences: its words, its states, what always holds.
//!
//! A text that was echoed is trimmed, composed (NFC), without control characters and 1 to 200 characters
//! long.

pub mod echo;
