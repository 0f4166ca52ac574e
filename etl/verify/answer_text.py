"""
Check a prose answer against the context it was given, sentence by sentence.

Reads:    a context and an answer, both plain text
Writes:   nothing
Gives up: never; an empty answer is grounded and says nothing
Version:  ANSWER_TEXT_VERSION
Next:     whoever asked; the command ``florilegium verify`` prints the result
"""

import re
from collections.abc import Sequence
from typing import Any

from etl.verify.answer_terms import SentenceTerms, read_terms
from etl.verify.folded_text import FoldedText, fold_text
from etl.verify.measures import Measure, read_measures
from etl.words import content_words, iter_words, stem

__all__ = ["ANSWER_TEXT_VERSION", "verify_answer"]

ANSWER_TEXT_VERSION = "answer-terms/2"

#: A sentence whose plain words the context lacks beyond this share adds something of its own,
#: even where all its names and numbers are there. One of four leaves room for paraphrase.
_MAX_NEW_WORD_RATIO = 0.25

#: Most context sentences shown as evidence of one answer sentence.
_MAX_EVIDENCE = 3

_ABSENCE = re.compile(
    r"\b(?:not|n't|no)\b[^.]{0,60}\b(?:mention|specif|given|provid|stated?|know|report|describ|"
    r"information|explicit|detail)",
    re.IGNORECASE,
)


def verify_answer(context: str, answer: str) -> dict[str, Any]:
    """
    Say of each sentence of an answer whether the context holds it.

    A sentence is supported where every URL, number and name of it stands in the context (a number
    with the unit that the sentence gives it, in any of its writings), every
    member of its enumerations does, and at most a quarter of its other words are new. Words are
    compared by stem; a spelled-out name counts where its initials stand in the context. A
    sentence that only says that the context does not tell is judged by its names, numbers and
    URLs alone.

    This compares words, not meaning: a wrong relation between words that are all there passes.

    Args:
        context: What the answerer was given.
        answer: What it said.

    Returns:
        ``{"grounded": bool, "sentences": [{"text", "supported", "evidence": [{"start", "end",
        "text"}], "unsupported_terms": [...]}]}``; ``start`` and ``end`` are character positions
        in *context* and ``text`` is exactly that slice. ``unsupported_terms`` are all terms the
        context lacks, also those few that leave a sentence supported.
    """
    source = _Source(context)
    folded = fold_text(answer)
    sentences = [
        _judge(source, _slice(answer, folded, span), folded.text[slice(*span)])
        for span in folded.sentences
    ]
    return {
        "grounded": all(sentence["supported"] for sentence in sentences),
        "sentences": sentences,
    }


class _Source:
    """The context with what the check asks of it again and again."""

    def __init__(self, context: str) -> None:
        self.raw = context
        self.folded = fold_text(context)
        self.lowered = self.folded.text.casefold()
        self.squashed = _squash(context)
        self.numbers = {_plain_number(n) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", self.lowered)}
        self.measures = {(m.number, m.unit) for m in read_measures(self.folded.text)}
        self.acronyms = set(re.findall(r"\b[A-Z]{2,6}(?=s?\b)", self.folded.text))
        self.sentence_stems = [
            _stems(self.folded.text[start:end]) for start, end in self.folded.sentences
        ]
        self.stems = set[str]().union(*self.sentence_stems)


def _judge(source: _Source, shown: str, sentence: str) -> dict[str, Any]:
    measures = read_measures(sentence)
    terms = read_terms(_without_units(sentence, measures))
    spelled = _spelled_out(sentence, source.acronyms)
    hard = [
        *(url for url in terms.urls if _squash(url) not in source.squashed),
        *(n for n in terms.numbers if _plain_number(n) not in source.numbers),
        *_unmeasured(source, measures),
        *(n for n in terms.names if not _has_name(source, n) and n.casefold() not in spelled),
    ]
    new = [
        word for word in terms.words if not _has_word(source.stems, word) and word not in spelled
    ]
    if _ABSENCE.search(sentence):
        new = []  # what the context is said to lack is no added fact
    hard += [word for word in new if _is_listed(sentence, word)]
    soft = [word for word in new if word not in hard]
    is_new = len(soft) > _MAX_NEW_WORD_RATIO * max(1, len(terms.words))
    supported = not hard and not is_new
    return {
        "text": shown,
        "supported": supported,
        "evidence": _evidence(source, terms) if supported else [],
        "unsupported_terms": [*hard, *soft],
    }


def _without_units(sentence: str, measures: Sequence[Measure]) -> str:
    """Units are judged with their numbers; as plain words their other writings would look new."""
    for measure in measures:
        number = re.match(r"[\d.,]*\d", measure.surface)
        sentence = sentence.replace(measure.surface, number[0] if number else "", 1)
    return sentence


def _unmeasured(source: _Source, measures: Sequence[Measure]) -> list[str]:
    """Numbers that the context has, but never with the unit the answer gives them."""
    return [
        m.surface
        for m in measures
        if m.number in source.numbers and (m.number, m.unit) not in source.measures
    ]


def _is_listed(sentence: str, word: str) -> bool:
    """True where a word is a member of an enumeration or the object of *with* or *using*."""
    here = re.escape(word)
    opening = r"(?:,|\band|\bor|\bwith|\busing|\bsuch as)\s+(?:the |an? )?"
    before = rf"{opening}{here}\s*(?:[,.]|$)"
    between = rf"(?:,|\busing|\bwith|\bare|\bis|\bof|\bsuch as)\s+{here}\s*(?:,|and\b|or\b)"
    return re.search(f"{before}|{between}", sentence, re.IGNORECASE) is not None


def _evidence(source: _Source, terms: SentenceTerms) -> list[dict[str, Any]]:
    """The context sentences that together hold most terms, greedily; fewest first."""
    wanted = _stems(" ".join((*terms.names, *terms.numbers, *terms.words)))
    chosen: list[int] = []
    for _ in range(_MAX_EVIDENCE):
        gains = [len(wanted & stems) for stems in source.sentence_stems]
        best = max(range(len(gains)), key=lambda i: (gains[i], -i), default=None)
        if best is None or gains[best] == 0:
            break
        chosen.append(best)
        wanted -= source.sentence_stems[best]
    return [_span(source, source.folded.sentences[i]) for i in sorted(chosen)]


def _span(source: _Source, folded_span: tuple[int, int]) -> dict[str, Any]:
    start, end = source.folded.source_span(*folded_span)
    return {"start": start, "end": end, "text": source.raw[start:end]}


def _slice(text: str, folded: FoldedText, span: tuple[int, int]) -> str:
    start, end = folded.source_span(*span)
    return text[start:end]


def _has_name(source: _Source, name: str) -> bool:
    """A name stands as a word; hyphens, plural and genitive endings are folded."""
    core = re.sub(r"(?:'s|s)$", "", name.casefold()) or name.casefold()
    flexible = r"[\s\-]?".join(re.escape(part) for part in re.split(r"[\s\-/]+", core) if part)
    if flexible and re.search(rf"(?<!\w){flexible}(?:e?s)?(?!\w)", source.lowered):
        return True
    words = content_words([name])
    is_plain = name[:1].isupper() and name[1:].islower()
    return is_plain and all(_has_word(source.stems, word) for word in words)


def _has_word(stems: set[str], word: str) -> bool:
    """The stem stands, or one that shares a long beginning (classify, classification)."""
    root = stem(word)
    if root in stems or stem(word.replace("-", "")) in stems:
        return True
    length = max(5, round(0.7 * len(root)))
    return len(root) >= length and any(other.startswith(root[:length]) for other in stems)


def _stems(text: str) -> set[str]:
    found: set[str] = set()
    for word in iter_words(text):
        found.update((stem(word), stem(word.replace("-", ""))))
        found.update(stem(part) for part in re.split(r"[+.\-]", word) if part)
    return found


def _spelled_out(sentence: str, acronyms: set[str]) -> set[str]:
    """Words of runs whose initials are an acronym of the context (three letters at least)."""
    words = re.findall(r"[A-Za-z]+", sentence)
    found: set[str] = set()
    for acronym in acronyms:
        size = len(acronym)
        for start in range(len(words) - size + 1 if size >= 3 else 0):
            run = words[start : start + size]
            if "".join(word[0] for word in run).upper() == acronym:
                found.update(word.casefold() for word in run)
    return found


def _plain_number(number: str) -> str:
    plain = number.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _squash(text: str) -> str:
    return re.sub(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]|https?://(?:www\.)?", "", text).casefold()
