"""
Decide whether questions about deep learning apply to a paper at all.

Reads:    the indexed zones of a document and the question's ``applicable_if``
Writes:   nothing
Gives up: never
Version:  APPLICABILITY_VERSION, part of the extractive answerer's fingerprint
Next:     the extractive answerer
"""

import re
from collections.abc import Sequence

from etl.answer.guards import is_hypothetical
from etl.records.ballot import CellState
from etl.records.document import Document, DocumentStatus, Zone
from etl.records.question import Question
from etl.words import find_terms

__all__ = [
    "APPLICABILITY_VERSION",
    "closed_questions",
    "count_deep_learning_terms",
    "is_gated",
]

APPLICABILITY_VERSION = "deep-learning-terms/2"

#: One of these stands in any paper that trains or applies a deep network. Plain ``neural
#: network`` is among them, ``machine learning`` is not: random forests have it too. Acronyms
#: with another life in biology (GPT, GAN, MLP, BERT) are left out; such papers spell them out.
_TERMS = (
    "deep learning",
    "deep-learned",
    "neural network",
    "neural net",
    "deep network",
    "convolutional",
    "CNN",
    "LSTM",
    "ConvNet",
    "autoencoder",
    "auto-encoder",
    "transformer model",
    "vision transformer",
    "language model",
    "LLM",
    "generative adversarial",
    "YOLO",
    "ResNet",
    "Inception v3",
    "MobileNet",
    "EfficientNet",
    "DenseNet",
    "AlexNet",
    "U-Net",
    "R-CNN",
    "TensorFlow",
    "PyTorch",
    "Keras",
    "backpropagation",
    "back-propagation",
    "transfer learning",
    "deep reinforcement",
    "self-supervised",
)
#: Sections that tell of others, of wishes or of persons.
_TELLING_KINDS = frozenset(
    {"introduction", "discussion", "conclusion", "ethics", "funding", "acknowledgements"}
    | {"conflicts", "contributions"}
)
_READ_ZONES = frozenset({Zone.FRONT, Zone.ABSTRACT, Zone.BODY, Zone.BACK})


def is_gated(applicable_if: object) -> bool:
    """True where the catalogue asks the question only of papers that use deep learning."""
    return "uses_dl" in str(applicable_if or "")


def count_deep_learning_terms(document: Document) -> int:
    """
    Number of blocks that tell of deep learning in the paper itself.

    References, running heads and hidden text never count. An introduction, a discussion or a
    list of contributions tells of others or of wishes, so they count only where the paper has
    no other body; a sentence about possible work never does.
    """
    blocks = [block for block in document.blocks if block.zone in _READ_ZONES]
    told = [b for b in blocks if document.sections[b.section_index].kind not in _TELLING_KINDS]
    has_own_body = any(block.zone is Zone.BODY for block in told)
    return sum(_tells(block.text) for block in (told if has_own_body else blocks))


def _tells(text: str) -> bool:
    """True where a sentence that is no wish holds a term; a block without one is cut cheaply."""
    if not any(find_terms(text, term) for term in _TERMS):
        return False
    sentences = re.split(r"(?<=[.!?])\s+", text)
    return any(
        not is_hypothetical(sentence) and any(find_terms(sentence, term) for term in _TERMS)
        for sentence in sentences
    )


def closed_questions(
    document: Document, questions: Sequence[Question]
) -> list[tuple[CellState, str] | None]:
    """
    The questions that end before any sentence is read.

    Returns:
        One entry a question: its state and reason, or None where it is to be read.
    """
    if document.status is DocumentStatus.UNREADABLE:
        code = document.outcome.code.value if document.outcome else "unreadable"
        return [(CellState.UNREADABLE, code)] * len(questions)
    gated = [is_gated(question.spec.get("applicable_if")) for question in questions]
    if not any(gated) or count_deep_learning_terms(document) > 0:
        return [None] * len(questions)
    reason = "no deep-learning term stands in the paper"
    return [(CellState.NOT_APPLICABLE, reason) if closed else None for closed in gated]
