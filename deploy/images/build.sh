#!/bin/sh
# Runs inside the Dockerfile, in /src:
#   build.sh              compiles every program that becomes an image
#   build.sh strip        leaves the manifests, and programs that do nothing where there is one
#   build.sh forget       forgets what was compiled of our own crates, and keeps their dependencies
#   build.sh install DIR  copies the programs
set -eu

programs() {
    for directory in services/*svc tools/certs tools/sandbox-psp tools/loadtest; do
        [ ! -f "$directory/src/main.rs" ] || echo "${directory##*/}"
    done
}

case ${1:-} in
    '')
        set --
        for program in $(programs); do set -- "$@" --package "$program"; done
        cargo build --locked --profile image --bins "$@"
        ;;
    strip)
        find . -type f ! -name Cargo.toml ! -name Cargo.lock ! -path './.cargo/*' ! -name lib.rs ! -name main.rs ! -name build.rs \
            ! -path '*/benches/*.rs' -delete
        find . -name '*.rs' | while read -r source; do
            echo 'fn main() {}' >"$source"
            touch -d @0 "$source"
        done
        ;;
    forget)
        find . -name Cargo.toml -not -path './target/*' -exec sed -n 's/^name = "\(.*\)"/\1/p' {} \; | while read -r name; do
            rm -rf "target/image/.fingerprint/$name-"*
        done
        ;;
    install)
        mkdir -p "$2"
        for program in $(programs); do cp "target/image/$program" "$2/"; done
        ;;
esac
