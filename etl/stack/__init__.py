"""The local services: a Postgres of our own and Airflow's four components, without Docker."""
