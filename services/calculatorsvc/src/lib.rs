//! Serves calculator.v1: the smallest service, all four kinds of call.
