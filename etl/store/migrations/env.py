"""Alembic's entry: it always gets an open connection from :func:`etl.store.migrate.migrate`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
