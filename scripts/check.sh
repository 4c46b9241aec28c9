#!/usr/bin/env bash
# Every check, in the order of what fails fastest. All run, and the end names those that failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

scripts/tools.sh || exit 1

failed=()
check() {
    local name=$1
    shift
    printf '\n== %s\n' "$name"
    "$@" || failed+=("$name")
}

scripts=(.ci/run)
while IFS= read -r script; do scripts+=("$script"); done < <(git ls-files '*.sh')

check format cargo fmt --all -- --check
check scripts .tools/bin/shellcheck "${scripts[@]}"
check contracts scripts/check-contracts.sh
check manifests scripts/check-manifests.sh
check dependencies .tools/bin/cargo-deny --offline --log-level error check bans licenses sources
check freshness cargo run --quiet --package contractgen -- --check
check lints cargo clippy --quiet --workspace --all-targets --keep-going -- -D warnings
check rules cargo test --quiet --package repo-checks

if [ ${#failed[@]} -gt 0 ]; then
    printf '\nfailed: %s\n' "${failed[*]}"
    exit 1
fi
printf '\nall checks passed\n'
