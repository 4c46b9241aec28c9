#!/usr/bin/env bash
# Makes a new service: scripts/new-service.sh shipping
set -euo pipefail
cd "$(dirname "$0")/.."

cargo run --quiet --package new-service -- "${1:-}"
# The lock file learns of the new crates, the new code is laid out as all code is.
cargo metadata --offline --format-version 1 >/dev/null
cargo fmt --all
