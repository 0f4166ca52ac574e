"""
Find sentences that read like instructions to a language model.

The rules (``suspicion.yaml``, twenty languages) look for a call to disregard what was said, for a
command how to answer, for a model spoken to, and for the marks of chat templates. They flag and
never delete: a visible sentence stays readable, but no answer may rest on it alone, and every
answer of its paper must stay the same without it. Headings carry no answer, so a suspect one is
not shown. Papers *about* prompts are flagged too; that costs second requests.

No proof of safety: what protects is that ids, quotes and values are checked against the source.
After Greshake et al. (arXiv 2302.12173), Hines et al. (arXiv 2403.14720), and the planted prompts
that were found in preprints in 2025.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from etl.records.document import Document

__all__ = ["SUSPICION_VERSION", "find_suspects", "is_instruction", "with_neighbours"]

#: Raise it with each change of the rules.
SUSPICION_VERSION = "instruction-phrases/1"

_RULES_FILE = Path(__file__).with_name("suspicion.yaml")
#: Soft hyphen, zero-width and bidirectional marks, tag characters: they hide words from rules.
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    #: A text that holds none of these, lower-cased, meets no pattern: forty searches are saved.
    triggers: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]


@cache
def _rules() -> _Rules:
    raw = yaml.safe_load(_RULES_FILE.read_text(encoding="utf-8"))
    named = {"YES": raw["verdicts"], "MODEL": raw["models"]}
    rules = [rule for language in raw["rules"].values() for rule in language]
    for name, pattern in named.items():
        rules = [rule.replace(name, pattern) for rule in rules]
    return _Rules(
        triggers=tuple(trigger for row in raw["triggers"] for trigger in row),
        patterns=tuple(re.compile(rule, re.IGNORECASE) for rule in rules),
    )


def is_instruction(text: str) -> bool:
    """True where a text reads like an instruction to a model."""
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    plain = " ".join(folded.split())
    rules, lower = _rules(), plain.lower()
    if not any(map(lower.__contains__, rules.triggers)):
        return False
    return any(pattern.search(plain) for pattern in rules.patterns)


def find_suspects(document: Document, sentence_indices: Iterable[int]) -> frozenset[int]:
    """
    The suspect ones among some sentences.

    A sentence counts by itself, or together with the one before it in the same block, so that
    an instruction does not pass by being cut in two.
    """
    suspects: set[int] = set()
    before: int | None = None
    for index in sorted(sentence_indices):
        sentence = document.sentences[index]
        text = document.text_of(sentence)
        if is_instruction(text):
            suspects.add(index)
        elif before is not None and before == index - 1 and before not in suspects:
            last = document.sentences[before]
            is_one_block = last.block_index == sentence.block_index
            if is_one_block and is_instruction(f"{document.text_of(last)} {text}"):
                suspects |= {before, index}
        before = index
    return frozenset(suspects)


def with_neighbours(document: Document, suspects: Iterable[int]) -> frozenset[int]:
    """The suspects and the sentences right before and after them in their blocks."""
    return frozenset(
        near
        for index in suspects
        for near in (index - 1, index, index + 1)
        if 0 <= near < len(document.sentences)
        and document.sentences[near].block_index == document.sentences[index].block_index
    )
