//! Generates libs/api and the reference pages from protos/.

fn main() {}
