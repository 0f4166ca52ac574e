"""The command ``florilegium``: every stage and every question about a night, without Airflow."""
