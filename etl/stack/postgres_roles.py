"""The SQL that makes roles and databases; every statement may be repeated."""

from collections.abc import Mapping

from etl.errors import UsageError

__all__ = ["DATABASES", "END_LONG_READS", "ROLES", "SUPERUSER", "database_sql", "role_sql"]

#: Made by initdb; used to make roles, databases and extensions, by nothing else.
SUPERUSER = "postgres"

#: Roles of the stack; the comment is stored with the role.
ROLES: Mapping[str, str] = {
    "florilegium_owner": "Owns every table of florilegium; used by migrations alone.",
    "florilegium_writer": "Reads and writes rows for the stages; no DDL.",
    "florilegium_analyst": "Reads the views of the schema out; nothing else.",
    "airflow": "Owns the metadata database of Airflow; has no access to florilegium.",
}

#: What an analyst may take of the server. A session may lift the first four for itself, so the
#: grants and ``ops.end_long_reads`` hold it, not these; the last two nobody but a superuser lifts.
_ANALYST_LIMITS = (
    "SET statement_timeout = '60s'",
    "SET idle_in_transaction_session_timeout = '5min'",
    "SET default_transaction_read_only = on",
    "SET work_mem = '32MB'",
    "SET temp_file_limit = '4GB'",
    "CONNECTION LIMIT 40",
)

#: Ends what analysts have run for too long; does nothing in a database that is not migrated yet.
END_LONG_READS = """
DO $$ BEGIN
    IF to_regprocedure('ops.end_long_reads(integer)') IS NOT NULL THEN
        PERFORM ops.end_long_reads();
    END IF;
END $$
"""

#: Owner of each database.
DATABASES: Mapping[str, str] = {"airflow": "airflow", "florilegium": "florilegium_owner"}

#: Beside their owner, who may enter the databases that hold facts.
_READERS_AND_WRITERS = ("florilegium_writer", "florilegium_analyst")


def role_sql(passwords: Mapping[str, str]) -> str:
    """
    Statements that make the roles and set their passwords.

    Args:
        passwords: Password by role, of the URL-safe alphabet (nothing to escape).

    Returns:
        A psql script; it keeps passwords out of the server's log.
    """
    lines = ["SET log_statement = 'none';", "SET log_min_error_statement = 'panic';"]
    for role, comment in ROLES.items():
        lines += [
            _create_unless(f"CREATE ROLE {role}", "pg_roles", "rolname", role),
            f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;",
            f"ALTER ROLE {role} PASSWORD '{passwords[role]}';",
            f"COMMENT ON ROLE {role} IS '{comment}';",
        ]
    lines += [f"ALTER ROLE florilegium_analyst {limit};" for limit in _ANALYST_LIMITS]
    # Whoever has a role's rights may end its sessions: see ops.end_long_reads.
    lines.append("GRANT florilegium_analyst TO florilegium_writer;")
    return "\n".join(lines)


def database_sql(name: str, owner: str) -> str:
    """
    Statements that make one database and close it to all but its own roles.

    Every database but Airflow's has pgvector and lets the writer and the analyst in.

    Args:
        name: Database, a plain lower-case identifier.
        owner: Role that owns it.

    Returns:
        A psql script, to be run as superuser in the database ``postgres``.

    Raises:
        UsageError: The name would need quotes.
    """
    if not (name.isascii() and name.isidentifier() and name == name.lower()):
        raise UsageError(f"{name!r} is no plain database name: use a-z, 0-9 and _")
    lines = [
        _create_unless(f"CREATE DATABASE {name} OWNER {owner}", "pg_database", "datname", name),
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;",
    ]
    if name != "airflow":
        lines += [
            f"GRANT CONNECT ON DATABASE {name} TO {', '.join(_READERS_AND_WRITERS)};",
            f"\\connect {name}",
            "CREATE EXTENSION IF NOT EXISTS vector;",
            # A newer package may bring a newer pgvector than the one that made the database.
            "ALTER EXTENSION vector UPDATE;",
        ]
    return "\n".join(lines)


def _create_unless(create: str, catalog: str, column: str, name: str) -> str:
    r"""CREATE ROLE and CREATE DATABASE know no IF NOT EXISTS; psql's \gexec stands in."""
    return (
        f"SELECT '{create}' WHERE NOT EXISTS "  # noqa: S608 - names of this module alone
        f"(SELECT FROM pg_catalog.{catalog} WHERE {column} = '{name}')\n\\gexec"
    )
