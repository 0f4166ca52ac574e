#!/bin/bash
# Roles and databases; generated from etl/stack/postgres_roles.py.
set -euo pipefail
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" <<SQL
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SELECT 'CREATE ROLE florilegium_owner' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'florilegium_owner')
\gexec
ALTER ROLE florilegium_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
ALTER ROLE florilegium_owner PASSWORD '${OWNER_PASSWORD:?}';
COMMENT ON ROLE florilegium_owner IS 'Owns every table of florilegium; used by migrations alone.';
SELECT 'CREATE ROLE florilegium_writer' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'florilegium_writer')
\gexec
ALTER ROLE florilegium_writer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
ALTER ROLE florilegium_writer PASSWORD '${WRITER_PASSWORD:?}';
COMMENT ON ROLE florilegium_writer IS 'Reads and writes rows for the stages; no DDL.';
SELECT 'CREATE ROLE florilegium_analyst' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'florilegium_analyst')
\gexec
ALTER ROLE florilegium_analyst LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
ALTER ROLE florilegium_analyst PASSWORD '${ANALYST_PASSWORD:?}';
COMMENT ON ROLE florilegium_analyst IS 'Reads the views of the schema out; nothing else.';
SELECT 'CREATE ROLE airflow' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'airflow')
\gexec
ALTER ROLE airflow LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
ALTER ROLE airflow PASSWORD '${AIRFLOW_DB_PASSWORD:?}';
COMMENT ON ROLE airflow IS 'Owns the metadata database of Airflow; has no access to florilegium.';
ALTER ROLE florilegium_analyst SET statement_timeout = '60s';
ALTER ROLE florilegium_analyst SET idle_in_transaction_session_timeout = '5min';
ALTER ROLE florilegium_analyst SET default_transaction_read_only = on;
ALTER ROLE florilegium_analyst SET temp_file_limit = '4GB';
ALTER ROLE florilegium_analyst CONNECTION LIMIT 40;
GRANT florilegium_analyst TO florilegium_writer;
SELECT 'CREATE DATABASE airflow OWNER airflow' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = 'airflow')
\gexec
REVOKE ALL ON DATABASE airflow FROM PUBLIC;
SELECT 'CREATE DATABASE florilegium OWNER florilegium_owner' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = 'florilegium')
\gexec
REVOKE ALL ON DATABASE florilegium FROM PUBLIC;
GRANT CONNECT ON DATABASE florilegium TO florilegium_writer, florilegium_analyst;
\connect florilegium
CREATE EXTENSION IF NOT EXISTS vector;
ALTER EXTENSION vector UPDATE;
SQL
