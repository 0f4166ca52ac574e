"""The road of schema revisions; the SQL is in ``sql/migrations``."""
