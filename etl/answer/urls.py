"""
URLs and DOIs in one comparable form.

Reads:    a URL as it stands, or a sentence
Writes:   nothing
Gives up: never
Version:  part of LINK_VERSION
Next:     the reader of links
"""

import re

__all__ = ["find_urls", "host_of", "squash_url"]

_INSIDE = r"[^\s<>\"'\u201c\u201d()\[\]{}]"
#: A line break inside a URL leaves a blank: after a dot where a top-level domain and a slash
#: follow, after a slash where the rest has a slash of its own or a closing bracket behind it.
_BROKEN = rf"(?:(?<=\.) (?=(?:com|org|net|io|edu|gov)/)|(?<=/) (?={_INSIDE}+/|{_INSIDE}+\)))"
_URL = re.compile(
    rf"(?:https?://|www\.){_INSIDE}+(?:{_BROKEN}{_INSIDE}+){{0,2}}"
    r"|\b(?:doi:\s?|doi\.org/)10\.\d{4,9}/[^\s<>\"'\u201c\u201d()\[\]{},;]+"
    r"|\b(?:github|gitlab|bitbucket)\.(?:com|org)/[^\s<>\"'()\[\]{},;]+",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028\u2029\u2060\ufeff\\s]")


def find_urls(text: str) -> list[tuple[str, int, int]]:
    """
    URLs and DOIs of a sentence in order, each with where it begins and ends.

    A DOI without a resolver gets ``https://doi.org/``; closing punctuation is cut off.
    """
    return [(_complete(match[0]), *match.span()) for match in _URL.finditer(text)]


def squash_url(text: str) -> str:
    """
    Fold what differs between writings of one URL, for comparison only.

    Scheme, ``www.``, case, white space, zero-width characters, hyphen forms and closing
    punctuation are folded; ``doi:`` equals ``doi.org/``.
    """
    squashed = re.sub("[\u2010-\u2015]", "-", _INVISIBLE.sub("", text)).lower()
    squashed = re.sub(r"(?:https?://)?(?:dx\.)?doi\.org/|doi:(?=10\.)", "doi.org/", squashed)
    squashed = re.sub(r"https?://(?:www\.)?|\bwww\.", "", squashed)
    return squashed.rstrip(".,;:/)]}'\"\u201d")


def host_of(url: str) -> str:
    """The host in lower case without ``www.``; a DOI's host is ``doi.org``."""
    return squash_url(url).split("/", maxsplit=1)[0]


def _complete(raw: str) -> str:
    url = _INVISIBLE.sub("", raw).rstrip(".,;:'\"\u201d")
    if url.lower().startswith("doi:"):
        return "https://doi.org/" + url[4:].lstrip()
    if not url.lower().startswith("http"):
        return "https://" + url
    return url
