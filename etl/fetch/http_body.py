"""
Read a body with everything counted.

Reads:    an answer's bytes as they come
Writes:   a temporary file once they are more than 4 MiB
Gives up: FetchError TOO_LARGE at the cap or the ratio; INCOMPLETE when the coding breaks off
Version:  none
Next:     etl/fetch/guard.py
"""

import tempfile
import zlib
from collections.abc import Iterable, Iterator

from etl.errors import FetchError, OutcomeCode

__all__ = ["read_body"]

_MEMORY_BYTES = 4 * 1024 * 1024
_STEP_BYTES = 64 * 1024
#: Below this a good ratio is no bomb: small feeds repeat themselves.
_RATIO_FROM_BYTES = 1024 * 1024
_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def read_body(pieces: Iterable[bytes], *, coding: str, max_bytes: int, max_ratio: int) -> bytes:
    """
    Join the pieces of a body and undo its coding.

    Args:
        pieces: Raw bytes.
        coding: The Content-Encoding: empty, identity, gzip or deflate.
        max_bytes: Most bytes, raw and decoded alike.
        max_ratio: Most decoded bytes per raw byte, once 1 MiB is decoded.

    Raises:
        FetchError: TOO_LARGE, INCOMPLETE, or UNSUPPORTED_TYPE for another coding.
    """
    coding = coding.strip().lower()
    if coding not in ("", "identity") and coding not in _WINDOW:
        raise FetchError(OutcomeCode.UNSUPPORTED_TYPE, "the answer has a coding not asked for")
    decoded = _counted(pieces, max_bytes)
    if coding in _WINDOW:
        decoded = _inflated(decoded, _WINDOW[coding], max_ratio)
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as stream:
        for piece in _counted(decoded, max_bytes):
            stream.write(piece)
        stream.seek(0)
        return stream.read()


def _counted(pieces: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    count = 0
    for piece in pieces:
        count += len(piece)
        if count > max_bytes:
            raise FetchError(OutcomeCode.TOO_LARGE, f"more than {max_bytes} bytes come")
        yield piece


def _inflated(pieces: Iterable[bytes], window: int, max_ratio: int) -> Iterator[bytes]:
    machine = zlib.decompressobj(window)
    raw = decoded = 0
    try:
        for piece in pieces:
            raw += len(piece)
            rest = piece
            while rest and not machine.eof:
                out = machine.decompress(rest, _STEP_BYTES)
                rest = machine.unconsumed_tail
                decoded += len(out)
                if decoded > _RATIO_FROM_BYTES and decoded > max_ratio * raw:
                    raise FetchError(OutcomeCode.TOO_LARGE, f"{raw} bytes unfold without end")
                yield out
        # Output that zlib still holds back after its last input, a step at a time.
        while not machine.eof and (out := machine.decompress(b"", _STEP_BYTES)):
            decoded += len(out)
            if decoded > _RATIO_FROM_BYTES and decoded > max_ratio * raw:
                raise FetchError(OutcomeCode.TOO_LARGE, f"{raw} bytes unfold without end")
            yield out
    except zlib.error as error:
        raise FetchError(OutcomeCode.INCOMPLETE, "the packed bytes are broken") from error
    if raw and not machine.eof:
        raise FetchError(OutcomeCode.INCOMPLETE, "the packed bytes break off")
