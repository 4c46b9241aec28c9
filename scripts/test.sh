#!/usr/bin/env bash
# Runs every test, those on a real Postgres included. Arguments go to `cargo test`; none means the workspace.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- --workspace
# Built before a server waits for it.
cargo test --no-run "$@"
# The campaign plays with programs of other packages, which a test of the workspace has built.
case " $* " in
*" campaign "*) cargo test --no-run --package ordersvc --package paymentsvc --package sandbox-psp ;;
esac
cargo run --quiet --package with-postgres -- cargo test "$@" -- --include-ignored
