"""Give an address its one canonical form, and say by that form what it leads to."""

import re
from urllib.parse import unquote

__all__ = ["REPOSITORY_HOSTS", "canonical_url", "host_of", "is_archive_doi", "link_kind"]

#: Hosts of code, and archives that register what authors deposit; the list follows re3data's
#: general-purpose repositories and the code hosts that Software Heritage harvests.
REPOSITORY_HOSTS = (
    *("github.com", "github.io", "gitlab.com", "bitbucket.org", "codeberg.org", "sourceforge.net"),
    *("codeocean.com", "huggingface.co", "kaggle.com", "softwareheritage.org", "zenodo.org"),
    *("figshare.com", "datadryad.org", "osf.io", "pangaea.de", "dataverse.org", "mendeley.com"),
    *("ieee-dataport.org", "openml.org", "lila.science", "archive.org", "gbif.org", "ebi.ac.uk"),
    *("ncbi.nlm.nih.gov", "movebank.org", "morphosource.org", "dataverse.harvard.edu"),
)
#: ``git.…`` and ``gitlab.…`` servers of institutes.
_GIT_HOST = re.compile(r"(?:git|gitlab)\.")
_PARTS = re.compile(r"([a-z]+)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_DEFAULT_PORT = {"http": ":80", "https": ":443", "ftp": ":21"}
_DOI_HOSTS = frozenset({"doi.org", "dx.doi.org", "www.doi.org"})
_DOI = re.compile(r"10\.\d{4,9}/\S+")
#: DOI prefixes of archives: figshare, Zenodo, Dryad, PANGAEA, OSF, GBIF, Mendeley, Dataverse,
#: IEEE DataPort, Edinburgh DataShare, Code Ocean.
_ARCHIVES = (
    *("6084/", "5281/zenodo", "5061/dryad", "1594/pangaea", "17605/osf", "15468/", "17632/"),
    *("7910/", "21227/", "7488/", "24433/"),
)
_CLOSING = ".,;:!?'\u2019\u2026*/"


def canonical_url(url: str) -> str:
    """
    Write an address in the one form by which two of the same are seen to be the same.

    Args:
        url: With a scheme; may hold blanks where a line was broken.

    Returns:
        Scheme and host in lower case, without blanks, user, default port, closing punctuation or
        slash; a DOI as ``https://doi.org/10.…`` in lower case. Case counts in any other path.
    """
    address = "".join(url.split()).rstrip(_CLOSING)
    parts = _PARTS.fullmatch(address)
    if parts is None:
        return address
    scheme, place, path = parts[1].lower(), parts[2].lower().rpartition("@")[2], parts[3]
    place = place.removesuffix(_DEFAULT_PORT.get(scheme, ":"))
    if place in _DOI_HOSTS:
        doi = _DOI.fullmatch(unquote(path.lstrip("/")).lower().rstrip(_CLOSING))
        if doi:
            return f"https://doi.org/{doi[0]}"
    return f"{scheme}://{place}{path}"


def host_of(canonical: str) -> str:
    """The host of a canonical address without ``www.``; empty where it has none."""
    parts = _PARTS.fullmatch(canonical)
    return parts[2].partition(":")[0].removeprefix("www.") if parts else ""


def is_archive_doi(canonical: str) -> bool:
    """True for a DOI that an archive of code and records gave."""
    return canonical.startswith(tuple(f"https://doi.org/10.{prefix}" for prefix in _ARCHIVES))


def link_kind(canonical: str) -> str:
    """
    What a canonical address leads to.

    Returns:
        A value of ``etl.records.document.LinkKind``: ``doi``, ``repository`` or ``other``.
    """
    host = host_of(canonical)
    if canonical.startswith("https://doi.org/10."):
        return "doi"
    known = any(host == name or host.endswith(f".{name}") for name in REPOSITORY_HOSTS)
    return "repository" if known or _GIT_HOST.match(host) else "other"
