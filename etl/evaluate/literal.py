"""How often the passages of a question hold the words that only its answer has."""

import re
from collections.abc import Mapping, Sequence

from etl.chunk.prefix import embedded_text
from etl.embed.bisect import embed_texts
from etl.evaluate.figures import Figure
from etl.journey import Ports, Reading, embed_questions
from etl.records.chunk import ChunkSet, Passage
from etl.records.question import Question
from etl.retrieve.memory_index import MemoryIndex

__all__ = ["LITERAL_SIGNS", "measure_literal"]

#: What a chunk that answers one of six questions spells, whatever the paper.
LITERAL_SIGNS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(sign, re.IGNORECASE)
    for name, sign in {
        "CQ10": r"\b(?:github|gitlab|bitbucket)\b",
        "CQ11": r"\b(?:zenodo|dryad|figshare|pangaea|osf\.io|kaggle)\b",
        "CQ19": r"\b(?:tensorflow|pytorch|keras|caffe2?|darknet|detectron2?|matlab|theano)\b",
        "CQ20": r"\b(?:gpus?|nvidia|geforce|tesla|titan|rtx|gtx)\b",
        "CQ04": r"\baugment(?:ed|ation|ations|ing)\b",
        "CQ15": r"\b(?:adam|sgd|stochastic gradient|rmsprop|adagrad|adadelta)\b",
    }.items()
}

#: Passages looked at: a context of eight chunks, as the anchor was measured.
_TOP = 8


def measure_literal(
    readings: Mapping[str, Reading], questions: Sequence[Question], ports: Ports
) -> Figure:
    """
    Count the questions of :data:`LITERAL_SIGNS` whose first eight passages spell their sign.

    Only pairs of paper and question count where any chunk of the paper does, as only they can be
    found. A question that is not asked itself is searched for like the others.

    Args:
        readings: File name to reading; one without chunks is left out.
        questions: The built-in catalogue.
        ports: Embedder and the settings of retrieval.
    """
    asked = [question for question in questions if question.question_id in LITERAL_SIGNS]
    vectors = embed_questions(asked, ports)
    hits, misses = 0, []
    for name, reading in readings.items():
        chunk_set = reading.chunk_set
        if chunk_set is None:
            continue
        texts = [embedded_text(chunk.prefix, chunk.text) for chunk in chunk_set.chunks]
        chunks = embed_texts(ports.embedder, texts)
        index = MemoryIndex(reading.document, chunk_set, chunks, ports.retrieve)
        found = index.search(chunk_set.chunk_set_id, asked, vectors, k=_TOP)
        for question, passages in zip(asked, found, strict=True):
            sign = LITERAL_SIGNS[question.question_id]
            if not any(sign.search(chunk.text) for chunk in chunk_set.chunks):
                continue
            if _spells(sign, chunk_set, passages):
                hits += 1
            else:
                misses.append(f"{name}: {question.question_id}")
    return Figure(
        measure="gold papers: literal evidence in 8 passages",
        anchor="0.63 (4)",
        hits=hits,
        total=hits + len(misses),
        bar=0.90,
        misses=tuple(misses),
    )


def _spells(sign: re.Pattern[str], chunk_set: ChunkSet, passages: Sequence[Passage]) -> bool:
    return any(sign.search(chunk_set.chunks[passage.chunk_index].text) for passage in passages)
