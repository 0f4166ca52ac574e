"""
Judge whether a paper's text can be trusted; the thresholds of the gate.

Stop words tell language from cipher: among 20 papers, 19 readable ones had 0.215 to 0.310 of
their words on the English list and the one with a broken font 0.009 (parsing.md section 3.1).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from etl.errors import OutcomeCode
from etl.parse.draft import Draft

__all__ = ["ENGLISH_STOPWORDS", "Verdict", "judge", "stopword_ratio"]

#: Below this share of stop words, in every language we know, running text is cipher. A page of
#: tables or names has fewer stop words than prose, so the bar stands far below 0.215.
MIN_STOPWORD_RATIO = 0.06
#: Shares are trusted from this many words on.
MIN_WORDS_FOR_RATIO = 60
#: A paper of one page has about 300 words; below 80 only a cover or a fragment is here.
MIN_BODY_WORDS = 80
#: A PDF that holds an abstract of this length and no more is a conference abstract (those of the
#: Biodiversity Information Science and Standards journal have 180 to 900 words).
MIN_LONE_ABSTRACT_WORDS = 150
#: PDF pages with pictures and fewer letters than this on average are scans with a stamp.
MIN_LETTERS_PER_PAGE = 25
#: The language shows in so many words.
_LANGUAGE_WORDS = 5000
#: Above this share of glyphs without a Unicode value the text layer is garbled.
MAX_UNMAPPED_RATIO = 0.2
#: Above this share of words with letters of several alphabets no language is written; genuine
#: text has such words only in formulas ("μg", counted as one alphabet here).
MAX_MIXED_RATIO = 0.2

_STOPWORDS = {
    "en": (
        "the of and to in a is that for it as was with be by on not he his but at are this have "
        "from or had an they which one you were all their there been if more when will would who "
        "so no we our can has than these its also between other such using used each both into "
        "may only most some two during after over through while where how out about"
    ),
    "de": (
        "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es "
        "an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen "
        "so zum war haben nur oder aber vor zur bis mehr durch man sein wurde wurden"
    ),
    "fr": (
        "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il "
        "sont la avec son aux ont cette ou leur nous ces mais on comme entre été deux même"
    ),
    "es": (
        "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus "
        "le ha este sí porque esta entre cuando muy sin sobre también fue son dos"
    ),
    "pt": (
        "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao "
        "ele das tem à seu sua ou ser quando muito há nos já está também só pelo pela até entre"
    ),
    "it": (
        "di e il la che in un a per è una sono con non del si da le dei al come più o della nel "
        "alla ma anche i delle dal gli ha questo tra degli nella stato"
    ),
    "nl": (
        "de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij of "
        "uit nog naar door over ze zich hij worden deze wordt werd tot"
    ),
}
_SETS = {language: frozenset(words.split()) for language, words in _STOPWORDS.items()}
ENGLISH_STOPWORDS = _SETS["en"]
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
#: Alphabets that stand together in one word of genuine text, by the first word of their names.
_ALLIED_SCRIPTS = frozenset({"LATIN", "GREEK", "MICRO", "MODIFIER", "FULLWIDTH"})
_JAPANESE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HALFWIDTH"})
_PROSE = frozenset({"paragraph", "list_item", "caption"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate found; *code* is None where questions may be asked."""

    code: OutcomeCode | None
    detail: str
    text_layer: str
    stopword_ratio: float
    language: str


def stopword_ratio(texts: Iterable[str], language: str = "en") -> float:
    """Share of words that are stop words of a language, 0 for no word."""
    words = [word for text in texts for word in _WORD.findall(text)]
    return _stopword_shares(words, (language,))[language]


def judge(draft: Draft) -> Verdict:
    """
    Pass or refuse a draft.

    Args:
        draft: As a reader gave it; ``counts`` may hold ``unmapped_ratio`` and ``image_pages``.

    Returns:
        NO_TEXT_LAYER, GARBLED_TEXT, ABSTRACT_ONLY or TOO_LITTLE_TEXT with its figures in the
        detail, or no code. The order tells the cause nearest to the root.
    """
    read = [block for block in draft.blocks if block.zone not in {"noise", "hidden"}]
    runs = {id(block): _WORD.findall(block.text) for block in draft.blocks}
    prose = [block for block in read if block.kind in _PROSE] or read
    words = [word for block in prose for word in runs[id(block)]]
    language, best = _language(words)
    english = round(_stopword_shares(words, ("en",))["en"], 4)

    def refuse(code: OutcomeCode | None, detail: str, layer: str) -> Verdict:
        return Verdict(
            code=code,
            detail=detail,
            text_layer=layer,
            stopword_ratio=english,
            language=language,
        )

    letters = sum(len(word) for block in read for word in runs[id(block)])
    pictured = float(draft.counts.get("image_pages", 0)) > 0
    # A page set upside down or in the margin is poor, but it has a text layer.
    aside = any(runs[id(block)] for block in draft.blocks if block.zone == "noise")
    bare = (letters == 0 and not aside) or (
        pictured and letters < MIN_LETTERS_PER_PAGE * len(draft.pages)
    )
    if draft.pages and bare:
        detail = f"{letters} letters on {len(draft.pages)} pages"
        return refuse(OutcomeCode.NO_TEXT_LAYER, detail, "none")
    garbled = _garbled(draft, words, best)
    if garbled:
        return refuse(OutcomeCode.GARBLED_TEXT, garbled, "garbled")
    code, detail = _amount(draft, runs)
    return refuse(code, detail, draft.text_layer)


def _garbled(draft: Draft, words: list[str], best: float) -> str:
    """Why the text is cipher, or an empty text."""
    unmapped = float(draft.counts.get("unmapped_ratio", 0.0))
    if unmapped > MAX_UNMAPPED_RATIO:
        return f"{unmapped:.0%} of the glyphs have no Unicode value"
    if len(words) < MIN_WORDS_FOR_RATIO or best >= MIN_STOPWORD_RATIO:
        return ""
    letters = sum(map(len, words))
    latin = sum(len(run) for word in words for run in _LATIN.findall(word))
    if latin >= 0.5 * letters:
        return f"{best:.3f} of the words are stop words, at least {MIN_STOPWORD_RATIO} in prose"
    mixed = sum(map(_is_mixed, words)) / len(words)
    if mixed > MAX_MIXED_RATIO:
        return f"{mixed:.0%} of the words mix the letters of several alphabets"
    return ""


def _is_mixed(word: str) -> bool:
    if word.isascii():
        return False
    scripts = {unicodedata.name(letter, "UNNAMED").split()[0] for letter in word}
    return len(scripts) > 1 and not (scripts <= _ALLIED_SCRIPTS or scripts <= _JAPANESE)


def _amount(draft: Draft, runs: Mapping[int, list[str]]) -> tuple[OutcomeCode | None, str]:
    body = [b for b in draft.blocks if b.zone in {"body", "back"} and b.kind in _PROSE]
    abstract = [b for b in draft.blocks if b.zone == "abstract" and b.kind in _PROSE]
    body_words = sum(len(runs[id(block)]) for block in body)
    abstract_words = sum(len(runs[id(block)]) for block in abstract)
    main_words = sum(len(runs[id(block)]) for block in body if block.zone == "body")
    # Characters stand for words where a script writes none apart.
    characters = sum(len(word) for block in body for word in runs[id(block)])
    if draft.pages and abstract_words >= MIN_LONE_ABSTRACT_WORDS:
        # A PDF is a publication, no record of one: conference abstracts are all there is.
        return None, ""
    if body_words >= MIN_BODY_WORDS or characters >= 5 * MIN_BODY_WORDS:
        if main_words == 0 and abstract_words > 0:
            return OutcomeCode.ABSTRACT_ONLY, f"abstract of {abstract_words} words, no body"
        return None, ""
    if abstract_words >= 20 and abstract_words > body_words:
        return OutcomeCode.ABSTRACT_ONLY, f"abstract of {abstract_words} words, no body"
    total = body_words + abstract_words
    return OutcomeCode.TOO_LITTLE_TEXT, f"{total} words, at least {MIN_BODY_WORDS} in a paper"


def _language(words: Sequence[str]) -> tuple[str, float]:
    """The language with the largest share of stop words, and that share."""
    if not words:
        return "unknown", 0.0
    shares = _stopword_shares(words[:_LANGUAGE_WORDS], _SETS)
    best = max(shares, key=lambda language: (shares[language], language == "en"))
    return (best if shares[best] >= MIN_STOPWORD_RATIO else "unknown"), shares[best]


def _stopword_shares(words: Sequence[str], languages: Iterable[str]) -> dict[str, float]:
    counts = Counter(map(str.lower, words))
    total = max(1, len(words))
    return {
        language: sum(counts[word] for word in _SETS[language]) / total for language in languages
    }
