"""
Read a licence.

Reads:    licences as sources write them: names, codes, addresses
Writes:   nothing
Gives up: never; what is not understood is unknown, and unknown may not be quoted at length
Version:  none
Next:     etl/fetch/policy.py
"""

import re

from etl.intake import Rights

__all__ = ["UNKNOWN_QUOTE_LIMIT", "rights_of", "spdx_of"]

#: Longest quote without a licence that allows more (Elsevier's text-mining terms: 200).
UNKNOWN_QUOTE_LIMIT = 200

_CC = re.compile(
    r"(?:creativecommons\.org/licenses/|\bcc[\s_-]*|creative commons[\s-]+)"
    r"(by(?:[\s_-]*(?:nc|nd|sa))*|attribution(?:[\s-]+[a-z]+)*)"
    r"(?:[/\s_-]*v?(\d\.\d))?",
    re.IGNORECASE,
)
_CC0 = re.compile(
    r"publicdomain/zero|\bcc[\s_-]?0\b|\bcc[\s_-]?zero\b|public[\s-]?domain", re.IGNORECASE
)
_TDM = re.compile(r"/tdm|tdm[_-]|text.?mining", re.IGNORECASE)
_WORDS = {"noncommercial": "nc", "noderivatives": "nd", "noderivs": "nd", "sharealike": "sa"}


def spdx_of(raw: str | None) -> str | None:
    """
    Name a licence by SPDX.

    Args:
        raw: e.g. ``cc by``, ``CC-BY-NC-ND``, ``https://creativecommons.org/licenses/by/4.0/``.

    Returns:
        e.g. ``CC-BY-4.0``; a CC licence without a version is taken as 4.0, whose terms on
        quoting are those of its predecessors. None where it is not understood.
    """
    if not raw:
        return None
    if _CC0.search(raw):
        return "CC0-1.0"
    match = _CC.search(raw)
    if match is None:
        return None
    words = re.findall(r"[a-z]+", match[1].lower().replace("non-commercial", "noncommercial"))
    parts = {_WORDS.get(word, word) for word in words}
    ending = [part for part in ("nc", "nd", "sa") if part in parts]
    return "-".join(["CC", "BY", *(part.upper() for part in ending), match[2] or "4.0"])


def rights_of(raw: str | None, *, source: str, oa_status: str = "unknown") -> Rights:
    """
    Say what may be done under a licence.

    Args:
        raw: The licence as the source writes it.
        source: Which field of which source.
        oa_status: As the source tells it.
    """
    spdx = spdx_of(raw)
    basis = "cc" if spdx else "tdm_licence" if raw and _TDM.search(raw) else "unknown"
    return Rights(
        licence_spdx=spdx,
        licence_raw=raw,
        licence_source=source,
        oa_status=oa_status,
        tdm_basis=basis,
        tdm_reserved=False,
        quote_limit=None if spdx else UNKNOWN_QUOTE_LIMIT,
    )
