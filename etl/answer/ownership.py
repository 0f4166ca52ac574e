"""
Tell what authors offer as their own from what they used of others.

Reads:    a sentence, the place of a link or host in it, and its section
Writes:   nothing
Gives up: never
Version:  part of LINK_VERSION
Next:     the readers of links and hosts
"""

import re

from etl.answer.guards import is_hypothetical
from etl.answer.urls import squash_url

__all__ = ["is_own", "is_own_citation", "offers_something"]

#: Words by which authors hand something over; alone they make a link their own.
_HANDED_OVER = re.compile(
    r"\b(?:deposited|archived|uploaded|open.?sourced|released|(?:is|are|was|were|be|been|made)"
    r" (?:\w+ly )?(?:available|accessible|published|shared|hosted|stored)"
    r"|available (?:at|from|on|in|online|via|through|under|here|for download)"
    r"|open source code)\b",
    re.IGNORECASE,
)
#: Words that may hand over something of the authors' or point to something of others'.
_OFFERED = re.compile(
    r"\b(?:available|accessible|provided|found|accessed|downloaded|repositor(?:y|ies)"
    r"|visit|see)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:our|we|this (?:study|work|paper|project|article)|the (?:source )?code|the scripts?"
    r"|(?:source|trained|all) (?:code|models?|data|scripts)|data (?:set )?(?:that )?support"
    r"|supplementary|code availability|data availability)\b",
    re.IGNORECASE,
)
#: Words that tie a link to somebody else.
_OTHERS = re.compile(
    r"\b(?:downloaded from|obtained from|retrieved from|taken from|acquired from|provided by"
    r"|developed by|accessed (?:on|in)|last accessed|et al\.|annotation tool|adapted from"
    r"|modified from|forked from|based on|implementation of|using the|implemented (?:in|with|using)"
    r"|(?:discussed|described|proposed|introduced|presented|published) (?:in|by)\s+"
    r"(?:BIBREF\d+|\[|\("
    r"|[A-Z][\w-]+ (?:et al|and [A-Z]|\())"
    r"|their (?:own )?(?:source )?(?:program|code|data|dataset|software|implementation|repository"
    r"|model|scripts?|images|tool)"
    r"|(?:software|tool|library|package|toolbox|plugin|framework)s? (?:called|named))\b",
    re.IGNORECASE,
)
#: ``using AudioTagger (available at …``: a named thing that was used, not offered.
_USED = re.compile(
    r"\b(?:[Uu]sing|[Ww]ith|[Vv]ia|[Uu]sed|[Uu]se)\s+(?:the\s+)?[A-Z][\w\-]*[^.;]{0,40}$"
)
#: Accounts that publish tools and models for everybody; a link there is not the paper's own.
_TOOL_ACCOUNT = re.compile(
    r"^github\.com/(?:tensorflow|pytorch|keras-team|facebookresearch|google|google-research|openai"
    r"|ultralytics|alexeyab|pjreddie|huggingface|open-mmlab|matterport|tzutalin|heartexlabs"
    r"|scikit-learn|opencv|nvidia|microsoft|apache|bvlc|caffe2|theano|dmlc|fastai|albumentations-team"
    r"|aleju|qubvel|wkentaro|labelmeai|rwightman|lutzroeder|wandb)(?:/|$)"
)
_AVAILABILITY_KINDS = frozenset({"data_availability", "code_availability"})

#: From this sum of signs on something counts as the paper's own.
_OWN_FROM = 2
#: From this sum something cited does, whoever its authors are: handed over where authors do so.
_CITED_OWN_FROM = 4


def is_own(text: str, start: int, section_kind: str, *, url: str = "") -> bool:
    """
    Weigh the signs that a link or host is the paper's own.

    An availability section or a handing-over counts 2, an offering word 1, a first person 1;
    words that tie it to others -2, the account of a public tool -4; 2 are enough.

    Args:
        text: The sentence.
        start: Where the link or the host's name begins.
        section_kind: Normalised role of its section.
        url: The link, where there is one.
    """
    return _signs(text, start, section_kind, url) >= _OWN_FROM


def offers_something(text: str, section_kind: str) -> bool:
    """False where no word and no section says that anything can be had: the quick look."""
    if section_kind in _AVAILABILITY_KINDS:
        return True
    return bool(_HANDED_OVER.search(text) or _OFFERED.search(text))


def is_own_citation(text: str, start: int, end: int, section_kind: str, *, is_author: bool) -> bool:
    """
    Weigh whether what a sentence offers by citing an entry of the reference list is its own.

    Cited are mostly other people's things: so the entry's first author must be one of the paper's,
    or the sentence hand it over in an availability section. Names in the citation itself are no
    sign for either.

    Args:
        text: The sentence.
        start: Where the citation begins.
        end: Where it ends.
        section_kind: Normalised role of its section.
        is_author: The entry's first author wrote this paper too.
    """
    without = f"{text[:start]}{text[end:]}"
    return _signs(without, start, section_kind, "") >= (_OWN_FROM if is_author else _CITED_OWN_FROM)


def _signs(text: str, start: int, section_kind: str, url: str) -> int:
    if is_hypothetical(text):
        return 0
    signs = 2 * (section_kind in _AVAILABILITY_KINDS)
    signs += 2 if _HANDED_OVER.search(text) else bool(_OFFERED.search(text))
    signs += bool(_OWN.search(text))
    signs -= 2 * bool(_OTHERS.search(text) or _USED.search(text[:start]))
    return signs - 4 * bool(_TOOL_ACCOUNT.match(squash_url(url)))
