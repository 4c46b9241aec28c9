#!/usr/bin/env bash
# The README of the chart: charts/counterfoil/about.md, and a table of every value with the comment above it.
#
#   chart-readme.sh            says whether it is fresh
#   chart-readme.sh --write    writes it
set -euo pipefail
cd "$(dirname "$0")/../charts/counterfoil"

table() {
    printf '## Values\n\n| value | default | |\n|---|---|---|\n'
    # Three levels of keys are told; what lies below `services` is told by the table in its comment.
    awk '
        function row(path, value, text) {
            if (value == "" && text == "") return
            sub(/ $/, "", text)
            printf "| `%s` | %s | %s |\n", path, (value == "" ? "" : "`" value "`"), text
        }
        /^# \|/ { keys = keys substr($0, 3) "\n"; next }
        /^ *# ?/ { sub(/^ *# ?/, ""); text = (text == "" ? "" : text " ") $0; next }
        /^[a-zA-Z]+:/ {
            top = $0; sub(/:.*/, "", top); value = $0; sub(/^[a-zA-Z]+: */, "", value)
            skip = (top == "services")
            row(top, value, text); text = ""; next
        }
        /^  [a-zA-Z_]+:/ && !skip {
            key = $1; sub(/:$/, "", key); value = $0; sub(/^ *[a-zA-Z_]+: */, "", value)
            row(top "." key, value, text); text = ""; next
        }
        /^    [a-zA-Z]+:/ && !skip {
            deeper = $1; sub(/:$/, "", deeper); value = $0; sub(/^ *[a-zA-Z]+: */, "", value)
            row(top "." key "." deeper, value, text); text = ""; next
        }
        { if ($0 !~ /^ *$/) text = "" }
        END { printf "\n%s", keys }
    ' values.yaml
}

fresh() {
    cat about.md
    echo
    table
}

if [ "${1:-}" = --write ]; then
    fresh >README.md
else
    diff -u README.md <(fresh)
fi
