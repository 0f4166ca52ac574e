"""
What an answer of a GROBID server means: its status map (parsing.md section 2.1).

A server says most of what it knows in the body, as ``[STATUS] message``, also under HTTP 200
(GROBID issue 905); so a body is believed to be TEI only when it looks like TEI.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Ending", "Reply", "reply_of"]


class Ending(StrEnum):
    """How one call ended."""

    #: A TEI document came; whether it is well formed is not known yet.
    TEI = "tei"
    #: The server found nothing to say (204, or 200 without a byte).
    EMPTY = "empty"
    #: The PDF has no text layer; final.
    NO_TEXT_LAYER = "no_text_layer"
    #: The PDF, or what became of it, is above a limit of the server; final.
    TOO_LARGE = "too_large"
    #: The TEI is larger than we take.
    ANSWER_TOO_LARGE = "answer_too_large"
    #: The server could not use the PDF; in bursts a sign of overload (GROBID issue 1110).
    BAD_INPUT = "bad_input"
    #: The server gave up on the PDF after its own limit.
    SERVER_TIMEOUT = "server_timeout"
    #: The server's PDF converter failed.
    CONVERSION_FAILED = "conversion_failed"
    #: The server failed, it says not on what.
    SERVER_ERROR = "server_error"
    #: Success, but with something that is no TEI.
    NOT_TEI = "not_tei"
    #: No engine was free.
    BUSY = "busy"
    #: Nothing listens at the address.
    REFUSED = "refused"
    #: No answer in time.
    NO_ANSWER = "no_answer"
    #: The connection ended before the answer did.
    DROPPED = "dropped"
    #: Something answers that is no GROBID, or not at this address.
    WRONG_ADDRESS = "wrong_address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The end of one call; *body* holds TEI exactly when the ending says so."""

    ending: Ending
    #: HTTP status or name of the fault, and the server's own status word; no text of the paper.
    detail: str
    body: bytes = b""


_BY_WORD = {
    "BAD_INPUT_DATA": Ending.BAD_INPUT,
    "NO_BLOCKS": Ending.NO_TEXT_LAYER,
    "TOO_MANY_BLOCKS": Ending.TOO_LARGE,
    "TOO_MANY_TOKENS": Ending.TOO_LARGE,
    "TIMEOUT": Ending.SERVER_TIMEOUT,
    "PDFALTO_CONVERSION_FAILURE": Ending.CONVERSION_FAILED,
    # The name before GROBID 0.8.
    "PDF2XML_CONVERSION_FAILURE": Ending.CONVERSION_FAILED,
    "TAGGING_ERROR": Ending.SERVER_ERROR,
    "PARSING_ERROR": Ending.SERVER_ERROR,
    "GENERAL": Ending.SERVER_ERROR,
}
_BY_STATUS = {
    204: Ending.EMPTY,
    400: Ending.BAD_INPUT,
    408: Ending.NO_ANSWER,
    409: Ending.BAD_INPUT,
    413: Ending.TOO_LARGE,
    429: Ending.BUSY,
    502: Ending.BUSY,
    503: Ending.BUSY,
    504: Ending.NO_ANSWER,
}
#: ``[STATUS] message`` as the servlet writes it, ``"type": "STATUS"`` as the JSON mapper does.
_WORD = re.compile(rb'^\W*\[([A-Z0-9_]{4,40})\]|"(?:type|status)"\s*:\s*"([A-Z0-9_]{4,40})"')
_TEI_ROOT = re.compile(rb"<(?:\w+:)?TEI[\s>]")
#: A prologue with a DOCTYPE and comments is far shorter.
_HEAD_BYTES = 4096
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def reply_of(status: int, body: bytes) -> Reply:
    """
    Classify one complete answer.

    Args:
        status: HTTP status.
        body: All bytes of it, decoded from no transfer or content encoding.

    Returns:
        The reply; a TEI body is UTF-8 where its bytes allow that, whatever the headers or the
        XML declaration say, because GROBID writes nothing else.
    """
    word = _status_word(body[:_HEAD_BYTES])
    detail = f"HTTP {status} {word}".rstrip()
    if word in _BY_WORD and not _TEI_ROOT.search(body[:_HEAD_BYTES]):
        return Reply(ending=_BY_WORD[word], detail=detail)
    if status == 200:
        return _success(body, detail)
    if status in _BY_STATUS:
        return Reply(ending=_BY_STATUS[status], detail=detail)
    ending = Ending.SERVER_ERROR if status >= 500 else Ending.WRONG_ADDRESS
    return Reply(ending=ending, detail=detail)


def _status_word(head: bytes) -> str:
    found = _WORD.search(head)
    return (found[1] or found[2]).decode("ascii") if found else ""


def _success(body: bytes, detail: str) -> Reply:
    if not body.strip():
        return Reply(ending=Ending.EMPTY, detail=f"{detail} without a body")
    if not _TEI_ROOT.search(body[:_HEAD_BYTES]):
        return Reply(ending=Ending.NOT_TEI, detail=f"{detail} with something that is no TEI")
    return Reply(ending=Ending.TEI, detail=detail, body=_as_utf8(body))


def _as_utf8(body: bytes) -> bytes:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Its declaration may know better; the XML reader refuses what it cannot decode.
        return body
    return _DECLARATION.sub("", text, count=1).encode("utf-8")
