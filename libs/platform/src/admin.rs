//! The admin port: metrics, health and profiles over HTTP.
