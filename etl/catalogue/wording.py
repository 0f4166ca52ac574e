"""What the wording of an entry must not hold."""

import re
import unicodedata

__all__ = ["find_example", "find_forbidden_character"]

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
#: Controls, surrogates and private use; bidirectional and zero-width marks hide text from readers.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_ALLOWED = frozenset("\n\t")


def find_example(text: str) -> str | None:
    """Return the first sign of an example or a list in a question's text, or None."""
    # NFKC folds full-width brackets and dots, which look the same and would slip through.
    found = _EXAMPLE.search(unicodedata.normalize("NFKC", text))
    return found.group() if found else None


def find_forbidden_character(text: str) -> str | None:
    """Return the first control, surrogate or invisible character as ``U+XXXX``, or None."""
    for character in text:
        if character not in _ALLOWED and unicodedata.category(character) in _FORBIDDEN_CATEGORIES:
            return f"U+{ord(character):04X}"
    return None
