//! One tiny service with all four kinds of call, and everything that may happen around it.

mod access;
mod client;
mod drain;
mod input;
mod layers;
mod service;
mod tls;
mod tokens;
