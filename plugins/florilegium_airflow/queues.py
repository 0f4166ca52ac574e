"""
The queues that tasks wait in, for executors with workers on several machines (Celery).

A worker is started for the queues its machine is made for: ``airflow celery worker --queues
gpu``. LocalExecutor knows no queues and takes everything. A queue that no worker listens to keeps
its tasks waiting without a word, so the three names are all there are.
"""

__all__ = ["DEFAULT_QUEUE", "STAGE_QUEUES"]

#: Planning, gates, deciding, publishing: a processor and the database.
DEFAULT_QUEUE = "cpu"

#: Stage of the journey → the queue its batches wait in.
STAGE_QUEUES = {
    # The only one that needs a way to the internet.
    "fetch": "fetch",
    "parse": DEFAULT_QUEUE,
    # The embedding model, and the way to the language models.
    "embed": "gpu",
    "answer": "gpu",
    "decide": DEFAULT_QUEUE,
}
