"""What a parser child may use: the limits it sets itself, and the bare place it is started in."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from etl.errors import OutcomeCode, ParseError
from etl.parse import isolated
from etl.parse.isolated import run_child
from etl.settings import ParseSettings

_LIMITS = """
import json, resource
from etl.parse.child import _limit_self
_limit_self(memory_bytes=900_000_000, cpu_seconds=7)
names = ("AS", "CPU", "FSIZE", "NOFILE", "NPROC", "CORE")
print(json.dumps({name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in names}))
"""
#: Stands in for the interpreter and tells what it was given.
_WITNESS = """#!/bin/sh
printf '{"folder": "%s", "files": "%s", "session": "%s", "environment": "' \
  "$(pwd)" "$(ls -A)" "$(cut -d' ' -f6 /proc/$$/stat)"
tr '\\0' ' ' < /proc/$$/environ
printf '"}'
cat > /dev/null
"""


def test_a_child_limits_memory_time_files_and_processes_before_it_reads() -> None:
    done = subprocess.run([sys.executable, "-c", _LIMITS], capture_output=True, check=True)
    limits = json.loads(done.stdout)
    assert limits["AS"] == [900_000_000, 900_000_000]
    assert limits["CPU"] == [7, 8]
    assert limits["FSIZE"] == [50 * 1024 * 1024] * 2
    assert limits["NOFILE"] == [64, 64]
    assert limits["NPROC"] == [0, 0]
    assert limits["CORE"] == [0, 0]


@pytest.fixture
def witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "witness"
    script.write_text(_WITNESS)
    script.chmod(0o755)
    monkeypatch.setattr(isolated.sys, "executable", str(script))
    return script


@pytest.mark.usefixtures("witness")
def test_a_child_inherits_no_environment_and_works_in_an_empty_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLORILEGIUM_SECRET_OF_A_TEST", "hunter2")
    told = json.loads(run_child({"task": "read"}, b"%PDF-", ParseSettings()))
    assert told["environment"] == ""
    assert told["files"] == ""
    assert Path(told["folder"]).name.startswith("florilegium-parse-")
    assert not Path(told["folder"]).exists()
    assert int(told["session"]) != os.getsid(0)


def test_a_child_that_writes_too_much_or_crashes_is_named(witness: Path) -> None:
    for script, code in (
        ("kill -XFSZ $$", OutcomeCode.PARSER_CRASH),
        ("kill -SEGV $$", OutcomeCode.PARSER_CRASH),
        ("kill -ABRT $$", OutcomeCode.MEMORY),
        ("kill -XCPU $$", OutcomeCode.TIMEOUT),
        ("exit 3", OutcomeCode.PARSER_CRASH),
        ("exit 0", OutcomeCode.PARSER_CRASH),
    ):
        witness.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
        with pytest.raises(ParseError) as caught:
            run_child({"task": "read"}, b"%PDF-", ParseSettings())
        assert caught.value.outcome.code is code, script


def test_this_process_keeps_its_own_limits() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(ParseError):
        run_child({"task": "read"}, b"x" * 11, ParseSettings(max_bytes=10))
    assert resource.getrlimit(resource.RLIMIT_AS) == before
