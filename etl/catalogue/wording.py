"""What the wording of an entry must not hold."""

import re
import unicodedata

__all__ = ["find_example", "find_forbidden_character", "find_sql"]

#: An example in a question pulls both embedder and model towards the words of the example: the
#: study behind this catalogue got "GitHub" back from papers that never name it.
_EXAMPLE = re.compile(
    r"""
      \b e \s* \. \s* g \b            # e.g. and e. g.
    | \b eg \b \.?
    | \b i \s* \. \s* e \b
    | \b for \s+ (?: example | instance ) \b
    | \b such \s+ as \b
    | \b (?: including | namely | etc ) \b
    | \( [^)]* (?: [,;/] | \b or \b | \b and \b ) [^)]* \)   # a list in brackets
    | \[ [^\]]* [,;/] [^\]]* \]
    | \.\.\.
    """,
    re.IGNORECASE | re.VERBOSE,
)
#: Statements and the marks that smuggle them. Questions are only ever sent as parameters, so this
#: guards no door: a question that holds a statement is a mistake, or somebody tries the doors.
_SQL = re.compile(
    r"""
      \b (?: drop | truncate | alter | create ) \s+ (?: table | view | schema | database | role ) \b
    | \b insert \s+ into \b | \b delete \s+ from \b | \b union \s+ (?: all \s+ )? select \b
    | \b update \s+ [\w.]+ \s+ set \b
    | \b select \b .* \b from \b .* (?: \b where \b | ; )
    | \b select \s+ \*
    | ['"] \s* \b (?: or | and ) \b \s* ['"]? \w+ ['"]? \s* = | ; \s* -- | /\* .* \*/
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
#: Controls, surrogates and private use; bidirectional and zero-width marks hide text from readers.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_ALLOWED = frozenset("\n\t")


def find_example(text: str) -> str | None:
    """Return the first sign of an example or a list in a question's text, or None."""
    # NFKC folds full-width brackets and dots, which look the same and would slip through.
    found = _EXAMPLE.search(unicodedata.normalize("NFKC", text))
    return found.group() if found else None


def find_sql(text: str) -> str | None:
    """Return the first piece of a database statement in a question's text, or None."""
    found = _SQL.search(unicodedata.normalize("NFKC", text))
    return found.group() if found else None


def find_forbidden_character(text: str) -> str | None:
    """Return the first control, surrogate or invisible character as ``U+XXXX``, or None."""
    for character in text:
        if character not in _ALLOWED and unicodedata.category(character) in _FORBIDDEN_CATEGORIES:
            return f"U+{ord(character):04X}"
    return None
