#!/usr/bin/env bash
# Makes the Secrets that an installation needs and does not have yet, with random values and a certificate authority of
# its own. What exists is left alone, so it may be run again, and for a service that was added later.
#
#   deploy/secrets.sh NAMESPACE                            databases on the bundled server `postgres`
#   DATABASE_SERVER=db.example.com:5432 deploy/secrets.sh  … elsewhere: prints the roles to make there
#   RENEW_CERTIFICATES=yes deploy/secrets.sh NAMESPACE     new certificates by the same authority; pods read them by themselves
#
# KUBECONTEXT names the cluster; else it is kubectl's current one.
set -euo pipefail
cd "$(dirname "$0")/kustomize/base"

namespace=${1:?which namespace? usage: deploy/secrets.sh NAMESPACE}
server=${DATABASE_SERVER:-postgres:5432}
kubectl=(kubectl ${KUBECONTEXT:+--context "$KUBECONTEXT"} --namespace "$namespace")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077

have() { "${kubectl[@]}" get secret "$1" >/dev/null 2>&1; }
read_key() { "${kubectl[@]}" get secret "$1" --output "go-template={{index .data \"$2\" | base64decode}}"; }
create() {
    local name=$1
    shift
    "${kubectl[@]}" create secret generic "$name" "$@" >/dev/null
    echo "made Secret $name"
}
apply() {
    local name=$1
    shift
    "${kubectl[@]}" create secret generic "$name" --dry-run=client --output yaml "$@" |
        "${kubectl[@]}" apply --server-side --force-conflicts --filename - >/dev/null
    echo "made Secret $name"
}
random_key() { openssl rand -base64 32; }
random_password() { openssl rand -hex 24; }

services=()
for directory in */; do services+=("${directory%/}"); done
database_of() { sed -n 's/^    counterfoil.dev\/database: //p' "$1/deployment.yaml"; }
mounts() { grep -q "secretName: $1-$2\$" "$1/deployment.yaml"; }
wants() { grep -q "value: /secrets/keys/$2\$" "$1/deployment.yaml"; }

# Certificates: an authority, and one certificate for each service, for its names in and outside of the namespace.
if have counterfoil-authority; then
    read_key counterfoil-authority tls.crt >"$work/ca.crt"
    read_key counterfoil-authority tls.key >"$work/ca.key"
else
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=counterfoil $namespace" \
        -keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null
    create counterfoil-authority --type kubernetes.io/tls --from-file "tls.crt=$work/ca.crt" --from-file "tls.key=$work/ca.key"
fi
for service in "${services[@]}"; do
    if have "$service-tls"; then
        [ -n "${RENEW_CERTIFICATES:-}" ] || continue
    fi
    names="DNS:$service"
    for host in "$service" "$service-headless"; do
        names+=",DNS:$host.$namespace,DNS:$host.$namespace.svc,DNS:$host.$namespace.svc.cluster.local"
    done
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$service" -keyout "$work/tls.key" 2>/dev/null |
        openssl x509 -req -CA "$work/ca.crt" -CAkey "$work/ca.key" -days 365 -out "$work/tls.crt" 2>/dev/null -extfile <(
            printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=%s,DNS:localhost\n' "$names"
        )
    apply "$service-tls" --type kubernetes.io/tls --from-file "$work/tls.crt" --from-file "$work/tls.key" --from-file "$work/ca.crt"
done

# Keys: each service gets lists of its own.
for service in "${services[@]}"; do
    mounts "$service" keys || continue
    have "$service-keys" && continue
    files=()
    for key in token-keys card-fingerprint-keys master-keys; do
        wants "$service" "$key" || continue
        random_key >"$work/$key"
        files+=(--from-file "$work/$key")
    done
    create "$service-keys" "${files[@]}"
done

# Databases: two roles each.
changed=
roles=()
for service in "${services[@]}"; do
    database=$(database_of "$service")
    [ -n "$database" ] || continue
    if ! have "$service-database" || ! have "$service-migrator"; then
        apply "$service-database" --from-literal "url=postgres://$service:$(random_password)@$server/$database"
        apply "$service-migrator" --from-literal "url=postgres://${service}_migrator:$(random_password)@$server/$database"
        changed=yes
    fi
    password_of() { read_key "$1" url | sed 's|^postgres://[^:]*:\([^@]*\)@.*|\1|'; }
    printf '%s %s\n%s_migrator %s\n' "$service" "$(password_of "$service-database")" "$service" \
        "$(password_of "$service-migrator")" >"$work/$database"
    roles+=(--from-file "$work/$database")
done
if [ -n "${DATABASE_SERVER:-}" ]; then
    [ -z "$changed" ] || echo "make these roles and databases at $server: the passwords are in the Secrets <service>-database and <service>-migrator"
else
    have postgres || create postgres --from-literal "password=$(random_password)"
    [ -z "$changed" ] || apply postgres-databases "${roles[@]}"
fi
