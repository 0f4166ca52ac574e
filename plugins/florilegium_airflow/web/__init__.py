"""
The web pages inside Airflow: read answers with their proof, see how nights went, try again.

``lazy`` is what Airflow mounts; ``app`` joins the pages, ``access`` says who may do what,
``guard`` stands before all of it, ``room`` opens the library, ``layout`` writes HTML, ``inputs``
says what an address may hold. Each other module is one page.
"""
