"""
Run one order in a fresh child, inside its limits, and map every end to a typed outcome.

The child's session is killed as a group, it inherits no environment and works in an empty
temporary folder of its own, which is removed whatever happens.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from etl.errors import OutcomeCode, ParseError
from etl.settings import ParseSettings

__all__ = ["decode_answer", "run_child"]

#: What a signal says about a reader that died of it.
_SIGNAL_CODES = {
    signal.SIGXCPU: (OutcomeCode.TIMEOUT, "used up its CPU seconds"),
    # The kernel's out-of-memory killer; our own wall-clock kill is told apart before.
    signal.SIGKILL: (OutcomeCode.MEMORY, "was killed, most likely for memory"),
    # pdfium aborts when an allocation fails (seen with a deflate bomb).
    signal.SIGABRT: (OutcomeCode.MEMORY, "aborted, most likely on a failed allocation"),
    signal.SIGTRAP: (OutcomeCode.MEMORY, "trapped, most likely on a failed allocation"),
    signal.SIGXFSZ: (OutcomeCode.PARSER_CRASH, "wrote more than it may"),
}


def run_child(order: Mapping[str, Any], content: bytes, settings: ParseSettings) -> bytes:
    """
    Send an order and the paper's bytes to a fresh child.

    Args:
        order: JSON-serialisable; the limits are added here.
        content: At most ``settings.max_bytes``.
        settings: The limits.

    Returns:
        The child's whole answer.

    Raises:
        ParseError: TOO_LARGE before any child; TIMEOUT, MEMORY or PARSER_CRASH after one.
    """
    if len(content) > settings.max_bytes:
        detail = f"{len(content)} bytes, at most {settings.max_bytes}"
        raise ParseError(OutcomeCode.TOO_LARGE, detail)
    limits = {"memory_bytes": settings.memory_bytes, "cpu_seconds": settings.cpu_seconds}
    command = [sys.executable, "-I", "-m", "etl.parse.child", json.dumps({**order, **limits})]
    with tempfile.TemporaryDirectory(prefix="florilegium-parse-") as folder:
        child = subprocess.Popen(  # noqa: S603  our own module, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={},
            start_new_session=True,
        )
        try:
            answer, complaint = child.communicate(content, timeout=settings.wall_seconds)
        except subprocess.TimeoutExpired:
            detail = f"not done after {settings.wall_seconds} s"
            raise ParseError(OutcomeCode.TIMEOUT, detail) from None
        finally:
            _end(child)
    if child.returncode == 0 and answer:
        return answer
    raise _death(child.returncode, complaint)


def decode_answer(answer: bytes) -> dict[str, Any]:
    """
    Read a child's JSON answer.

    Raises:
        ParseError: PARSER_CRASH where it is no JSON object.
    """
    try:
        decoded = json.loads(answer)
    except ValueError:
        raise ParseError(OutcomeCode.PARSER_CRASH, "the child's answer is no JSON") from None
    if not isinstance(decoded, dict):
        raise ParseError(OutcomeCode.PARSER_CRASH, "the child's answer is no object")
    return decoded


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and all it started; harmless where they have ended."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def _death(code: int, complaint: bytes) -> ParseError:
    if code < 0:
        name = signal.Signals(-code)
        outcome, words = _SIGNAL_CODES.get(name, (OutcomeCode.PARSER_CRASH, "died"))
        return ParseError(outcome, f"the reader {words} ({name.name})")
    if b"MemoryError" in complaint:
        return ParseError(OutcomeCode.MEMORY, "the reader ran out of memory at its start")
    return ParseError(OutcomeCode.PARSER_CRASH, f"exit code {code}, {_last_error(complaint)}")


def _last_error(complaint: bytes) -> str:
    """The type of the exception and where it was raised; never its message, which may quote."""
    lines = complaint.decode("utf-8", errors="replace").strip().splitlines()
    places = [line.strip() for line in lines if line.strip().startswith("File ")]
    where = places[-1].rpartition("/")[2] if places else "no place"
    kind = lines[-1].partition(":")[0][:80] if lines else "no word"
    return f"{kind} at {where}"
