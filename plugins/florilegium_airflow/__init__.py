"""
The Airflow surface of Florilegium: all that DAGs may import.

``assets`` joins the DAGs, ``operators`` are their steps, ``house`` the rules all of them follow,
``outcomes`` says what each kind of error means to Airflow, ``pools`` which slots a stage takes,
and ``wiring`` is the one door to the library. Work and results stay in ``etl``; Airflow carries
ids and counts.
"""
