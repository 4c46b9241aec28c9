#!/usr/bin/env bash
# Renders every overlay, every component on the base, and the chart with the values in deploy/manifests/cases/helm, and
# compares with what is committed in deploy/manifests/golden, where `cargo test -p manifests` reads it; then lints the
# chart, runs its suites, tries values that must be refused, and holds everything against the schemas of Kubernetes.
#
#   check-manifests.sh            says what differs or is wrong
#   check-manifests.sh --write    writes the renderings and the README of the chart
set -euo pipefail
cd "$(dirname "$0")/.."

kubernetes=1.34.0
golden=deploy/manifests/golden
chart=charts/counterfoil

scripts/tools.sh kustomize helm helm-unittest kubeconform schemas
PATH=$PWD/.tools/bin:$PATH

rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT

render() {
    local path name
    for path in deploy/kustomize/base deploy/kustomize/overlays/* deploy/manifests/cases/kustomize/*; do
        kustomize build "$path" >"$rendered/${path##*/}.yaml"
    done
    for path in deploy/manifests/cases/helm/*.yaml; do
        name=${path##*/}
        helm template counterfoil "$chart" --namespace "${name%.yaml}" --kube-version "$kubernetes" --values "$path" |
            grep -v '^# Source: ' >"$rendered/helm-$name"
    done
}

if [ "${1:-}" = --write ]; then
    render
    rm -rf "$golden"
    mv "$rendered" "$golden"
    chmod 755 "$golden"
    scripts/chart-readme.sh --write
    exit
fi

failed=
fail() {
    echo "check-manifests.sh: $*" >&2
    failed=yes
}

render
diff -ru "$golden" "$rendered" || fail "the committed renderings are stale: run \`make manifests\`"
scripts/chart-readme.sh || fail "the README of the chart is stale: run \`make manifests\`"

helm lint --quiet --strict --kube-version "$kubernetes" "$chart" || fail "the chart has faults"
helm-unittest "$chart" || fail "a suite of the chart fails"
# A chart can only hold files of its own.
diff -u deploy/kustomize/components/postgres/provision.sh "$chart/files/provision.sh" ||
    fail "the two provision.sh differ: copy the first over the second"

# Values that cannot be used: a file for each, whose first line is the sentence that is expected.
for case in "$chart"/tests/refused/*.yaml; do
    expected=$(sed -n '1s/^# //p' "$case")
    said=$(helm template counterfoil "$chart" --kube-version "$kubernetes" --values "$case" 2>&1 >/dev/null) &&
        fail "$case is not refused"
    grep -qF -- "$expected" <<<"$said" || fail "$case: expected \"$expected\", got: $said"
done

# Of custom resources (Gateway API, Prometheus operator) no schema is looked for.
kubeconform -strict -summary -schema-location '.tools/schemas/{{.ResourceKind}}{{.KindSuffix}}.json' -skip \
    BackendTLSPolicy,GRPCRoute,Gateway,PodMonitor,PrometheusRule "$rendered" || fail "a manifest is against its schema"

[ -z "$failed" ]
