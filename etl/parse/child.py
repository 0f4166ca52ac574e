"""
The parser child: one paper on stdin, one JSON object on stdout, then the end.

It limits itself before it reads a byte, imports only the reader it needs, and never writes
text of the paper to stderr. Run as ``python -m etl.parse.child '<JSON of the order>'``.
"""

# A reader is imported where it is needed, so that a child loads one library and not all.
# ruff: noqa: PLC0415
import gc
import json
import os
import resource
import sys
from typing import Any, BinaryIO

from etl.errors import OutcomeCode, ParseError
from etl.parse.draft import Draft
from etl.parse.quality_gate import Verdict, judge
from etl.parse.wire import draft_as_wire

__all__ = ["main"]

#: Largest file the child may write, bytes; it has no need to write any.
_FILE_BYTES = 50 * 1024 * 1024
_OPEN_FILES = 64


def main() -> int:
    """Do the order given as the first argument; exit code 0 with a result or a typed error."""
    # One paper, then the end: collecting cycles would cost time and free next to nothing.
    gc.disable()
    order = json.loads(sys.argv[1])
    _limit_self(memory_bytes=order["memory_bytes"], cpu_seconds=order["cpu_seconds"])
    # Whatever a C library prints must not mix with the answer.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        result = _do(order, sys.stdin.buffer)
    except ParseError as error:
        result = {"error": [error.outcome.code, error.outcome.detail]}
    except MemoryError:
        result = {"error": [OutcomeCode.MEMORY, "the reader asked for more than its limit"]}
    except RecursionError:
        result = {"error": [OutcomeCode.PARSER_CRASH, "nested too deeply"]}
    if isinstance(result, bytes):
        answer.write(result)
    else:
        answer.write(json.dumps(result, ensure_ascii=True, separators=(",", ":")).encode())
    answer.flush()
    # Skips the libraries' own clean-up, which can crash on broken files after all is said.
    os._exit(0)


def _limit_self(*, memory_bytes: int, cpu_seconds: int) -> None:
    for name, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(name)
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        # At the soft CPU limit the kernel says why (SIGXCPU), at the hard one it only kills.
        above = soft + 1 if name == resource.RLIMIT_CPU else soft
        # The hard limit too: what a library was talked into could raise the soft one again.
        resource.setrlimit(
            name, (soft, above if hard == resource.RLIM_INFINITY else min(above, hard))
        )


def _do(order: dict[str, Any], source: BinaryIO) -> dict[str, Any] | bytes:
    content = source.read()
    if order["task"] == "render":
        from etl.parse.page_draw import draw_page

        limits = {"scale": order["scale"], "max_pages": order["max_pages"]}
        return draw_page(content, order["page"], order["boxes"], **limits)
    draft = _read(order["media_type"], content, max_pages=order["max_pages"])
    verdict = judge(draft)
    if order["media_type"] == "application/pdf" and _is_bare(draft, verdict):
        from etl.parse.pdf.page_tree import check_page_tree

        check_page_tree(content, len(draft.pages))
    return draft_as_wire(draft, verdict)


def _is_bare(draft: Draft, verdict: Verdict) -> bool:
    """True where a PDF gave next to no text and shows no picture that could be a scan."""
    without_text = verdict.code in {OutcomeCode.NO_TEXT_LAYER, OutcomeCode.TOO_LITTLE_TEXT}
    return without_text and not draft.counts.get("image_pages")


def _read(media_type: str, content: bytes, *, max_pages: int) -> Draft:
    """Import and call the reader of a media type; the others stay unloaded."""
    if media_type == "application/pdf":
        from etl.parse.pdf.reader import read_pdf

        return read_pdf(content, max_pages=max_pages)
    if media_type == "application/jats+xml":
        from etl.parse.jats.reader import read_jats

        return read_jats(content)
    if media_type == "application/tei+xml":
        from etl.parse.tei_reader import read_tei

        return read_tei(content)
    from etl.parse.text_reader import read_text

    return read_text(content)


if __name__ == "__main__":
    sys.exit(main())
