#!/bin/bash
# Puts secrets where programs look for them, out of addresses, arguments and logs; then starts the
# command. A password that a service is not given it does not get.
set -euo pipefail
umask 077

pgpass="$HOME/.pgpass"
: > "$pgpass"
write() { # role, password
    if [ -n "${2:-}" ]; then
        printf '*:*:*:%s:%s\n' "$1" "$2" >> "$pgpass"
    fi
}
write florilegium_owner "${OWNER_PASSWORD:-}"
write florilegium_writer "${WRITER_PASSWORD:-}"
write florilegium_analyst "${ANALYST_PASSWORD:-}"
write airflow "${AIRFLOW_DB_PASSWORD:-}"
export PGPASSFILE="$pgpass" FLORILEGIUM_DATABASE__PASSFILE="$pgpass"

if [ -n "${WEB_PASSWORD:-}" ]; then
    printf '{"admin": "%s", "reviewer": "%s", "viewer": "%s"}\n' \
        "$WEB_PASSWORD" "${WEB_REVIEWER_PASSWORD:?}" "${WEB_VIEWER_PASSWORD:?}" \
        > "$HOME/passwords.json"
    export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE="$HOME/passwords.json"
fi
unset OWNER_PASSWORD WRITER_PASSWORD ANALYST_PASSWORD AIRFLOW_DB_PASSWORD
unset WEB_PASSWORD WEB_REVIEWER_PASSWORD WEB_VIEWER_PASSWORD

exec "$@"
