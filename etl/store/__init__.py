"""The only place that speaks SQL: records in, records out."""
