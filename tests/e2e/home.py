"""A project folder as a user has it: the repository's code, a ``var`` of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from etl.stack.postgres import EmbeddedPostgres

__all__ = ["Home", "clear_away"]

REPOSITORY = Path(__file__).resolve().parents[2]


class Home:
    """A project folder of its own: the repository's code, its own ``var``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("dags", "plugins", "samples", "requirements.lock"):
            (root / name).symlink_to(REPOSITORY / name)
        #: What the first night said.
        self.night: dict[str, Any] = {}

    def florilegium(self, *arguments: str) -> dict[str, Any]:
        """Run a command in the folder; its JSON, or a failure with what it said."""
        finished = subprocess.run(
            [sys.executable, "-m", "etl.cli", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-6000:]
        return json.loads(finished.stdout) if finished.stdout.startswith("{") else {}

    def sql(self, statement: str, database: str = "florilegium") -> list[list[str]]:
        """Rows as text."""
        lines = EmbeddedPostgres(self.root / "var").run_sql(statement, database=database)
        return [line.split("|") for line in lines.splitlines()]


def clear_away(root: Path) -> None:
    """Stop everything of a project, and fail where a process is left."""
    subprocess.run(
        [sys.executable, "-m", "etl.cli", "stack", "down"], cwd=root, check=True, timeout=120
    )
    left = [p.cmdline() for p in psutil.process_iter() if _belongs_to(p, root)]
    assert left == []


def _belongs_to(process: psutil.Process, root: Path) -> bool:
    try:
        return str(root) in " ".join(process.cmdline()) or process.cwd().startswith(str(root))
    except psutil.Error:
        return False
