"""${message}; the SQL is in sql/migrations."""

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
