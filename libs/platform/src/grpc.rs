//! Serving and calling gRPC.
