#!/usr/bin/env bash
# Installs what only `make check` needs and cargo does not bring, below .tools; does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."

buf_version=1.75.0

# `buf --version` goes to stdout in newer and to stderr in older releases.
if [ "$(.tools/node_modules/.bin/buf --version 2>&1 || true)" = "$buf_version" ]; then
    exit 0
fi
command -v npm >/dev/null || {
    echo "tools.sh: buf comes from npm, and there is no npm: install Node" >&2
    exit 1
}
mkdir -p .tools
npm install --prefix .tools --no-save --no-audit --no-fund --ignore-scripts --loglevel=error "@bufbuild/buf@$buf_version"
