"""
The catalogue: one YAML file a question, and the vocabularies they share.

``questions/`` holds what is asked, ``vocabularies/`` the words an answer may take.
:mod:`etl.catalogue.load` turns both into records, :mod:`etl.catalogue.lint` says with file and
line what is wrong. To add a question, copy a file, change it, run the lint.
"""
