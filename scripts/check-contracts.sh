#!/usr/bin/env bash
# Lints the contracts, checks their format, and refuses what would break those who use the ones on main.
set -euo pipefail
cd "$(dirname "$0")/.."

buf=.tools/node_modules/.bin/buf
[ -x "$buf" ] || {
    echo "check-contracts.sh: buf is missing: run scripts/tools.sh" >&2
    exit 1
}

"$buf" lint

own=()
for directory in protos/*/; do
    [ "$directory" = protos/third_party/ ] || own+=(--path "${directory%/}")
done
"$buf" format --diff --exit-code "${own[@]}"

# The state to compare with: where this branch left main, or, on main itself, the commit before.
previous_main() {
    local main head base
    head=$(git rev-parse --verify --quiet HEAD) || return 1
    for main in origin/main main; do
        if git rev-parse --verify --quiet "$main^{commit}" >/dev/null; then
            base=$(git merge-base HEAD "$main") || return 1
            [ "$base" != "$head" ] || base=$(git rev-parse --verify --quiet HEAD^) || return 1
            echo "$base"
            return
        fi
    done
    return 1
}

if base=$(previous_main) && git cat-file -e "$base:protos" 2>/dev/null; then
    "$buf" breaking --against "$(git rev-parse --path-format=absolute --git-common-dir)#format=git,ref=$base"
else
    echo "check-contracts.sh: there are no earlier contracts to compare with" >&2
fi
