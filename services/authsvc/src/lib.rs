//! Serves auth.v1: how users and services sign in.
