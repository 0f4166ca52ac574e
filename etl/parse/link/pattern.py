"""Find URLs and DOIs in running text; the one pattern for both."""

import re

__all__ = ["doi_in", "find_urls", "urls_in"]

#: The form Crossref recommends for matching modern DOIs, wide enough for older ones.
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>{}|\\^`\u201c\u201d]+)", re.IGNORECASE)
_URL = re.compile(
    r"(?:(?:https?|ftp)://|\bwww\.(?=[\w-]+\.))[^\s\"<>{}|\\^`\u201c\u201d\u00bb]+", re.IGNORECASE
)
_TRAILING = ".,;:!?'\u2019\u2026*"
_PAIRS = {")": "(", "]": "["}


def doi_in(text: str) -> str | None:
    """The first DOI of a text in lower case, without the punctuation that follows it."""
    match = _DOI.search(text)
    return _trimmed(match[1]).lower() if match else None


def urls_in(text: str) -> list[str]:
    """All addresses of a text in order, as :func:`find_urls` gives them."""
    return [url for _, url in find_urls(text)]


def find_urls(text: str) -> list[tuple[int, str]]:
    """
    Each URL of a text with where it begins, and bare DOIs as ``https://doi.org`` addresses.

    Punctuation that closes the sentence or bracket around an address is not part of it.
    """
    if "10." not in text and "://" not in text and "www." not in text.lower():
        return []
    found: list[tuple[int, str]] = []
    covered: list[tuple[int, int]] = []
    for match in _URL.finditer(text):
        url = _trimmed(match[0])
        covered.append((match.start(), match.start() + len(url)))
        if len(url) > len("http://x"):
            found.append((match.start(), url if "://" in url else f"http://{url}"))
    found.extend(
        (match.start(), f"https://doi.org/{_trimmed(match[1]).lower()}")
        for match in _DOI.finditer(text)
        if not any(start <= match.start() < end for start, end in covered)
    )
    return sorted(found)


def _trimmed(address: str) -> str:
    while address and (
        address[-1] in _TRAILING
        or (
            address[-1] in _PAIRS
            and address.count(address[-1]) > address.count(_PAIRS[address[-1]])
        )
    ):
        address = address[:-1]
    return address
