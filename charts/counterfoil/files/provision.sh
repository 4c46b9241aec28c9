#!/usr/bin/env bash
# Makes what is missing of every database in /secrets/databases and its two roles, sets their passwords, and looks again
# every half minute, so that a new service or password needs no restart. A file is named as its database and holds
# `ROLE PASSWORD` twice: the role of the server, then that of the migrator, which owns the database.
set -u
# The first process of a container ends by a signal only if it asks for it; that of this image is INT.
trap 'exit 0' INT TERM

provision() {
    local database=$1 server password migrator migrator_password
    { read -r server password && read -r migrator migrator_password; } <"/secrets/databases/$database" || {
        echo "postgres-databases: the key $database must hold two lines \`ROLE PASSWORD\`: the server's, then the migrator's" >&2
        return 1
    }
    psql --quiet --no-psqlrc --username postgres --dbname postgres --set ON_ERROR_STOP=1 \
        --set database="$database" --set server="$server" --set migrator="$migrator" \
        --set password="$password" --set migrator_password="$migrator_password" <<'SQL'
SELECT format('CREATE ROLE %I', role) FROM unnest(ARRAY[:'server', :'migrator']) role
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec
ALTER ROLE :"server" LOGIN NOSUPERUSER PASSWORD :'password';
ALTER ROLE :"migrator" LOGIN NOSUPERUSER PASSWORD :'migrator_password';
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'migrator')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"server";
SQL
}

# The server that only initialises the volume does not listen on TCP.
until pg_isready --quiet --host 127.0.0.1; do sleep 1; done
while :; do
    failed=
    for file in /secrets/databases/*; do provision "${file##*/}" || failed=yes; done
    if [ -z "$failed" ]; then touch /tmp/provisioned; fi
    sleep 30 &
    wait $!
done
