"""
A Postgres 18 with pgvector of our own, from a Python package: no Docker, no system server.

It listens on the loopback address only and asks every role for a generated password, which
lives in ``<home>/pgpass`` (libpq format, mode 0600) and in no URL and no log.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from etl.errors import ServiceUnavailableError
from etl.stack.network import HOST, choose_port, is_listening
from etl.stack.passfile import ensure_passfile, read_passfile
from etl.stack.postgres_place import PostgresPlace, find_place
from etl.stack.postgres_roles import DATABASES, ROLES, SUPERUSER, database_sql, role_sql
from etl.stack.private_file import make_folder, read_json, write_private

__all__ = ["EmbeddedPostgres"]

#: pg_ctl waits this long for recovery after a crash, seconds (its own default is 60).
_START_SECONDS = 120
#: Orphaned backends end by themselves when their postmaster is gone; seconds we give them.
_ORPHAN_SECONDS = 3
#: Airflow's four components with their pools use about 60, a night's tasks about 40.
_MAX_CONNECTIONS = 200


class EmbeddedPostgres:
    """
    One server, its roles (:data:`ROLES`) and databases (:data:`DATABASES`).

    Use it as a context, or call :meth:`start` and :meth:`stop`; a server that runs already is
    taken over by start, and a context stops only a server that it has started itself::

        with EmbeddedPostgres(Path("var")) as postgres:
            url = postgres.dsn("florilegium", "florilegium_writer")

    Args:
        home: Folder of the state: ``pgpass``, ``postgres.json``, ``logs/postgres.log`` and,
            where the server's user can reach it, the cluster in ``postgres/``.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self._place: PostgresPlace | None = None
        self._port: int | None = None
        self._stop_at_exit = False

    def __enter__(self) -> Self:
        self._stop_at_exit = not self.is_running()
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stop_at_exit:
            self.stop()

    @property
    def passfile(self) -> Path:
        """The libpq password file with all roles; give it to libpq as ``passfile``."""
        return self.home / "pgpass"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "logs" / "postgres.log"

    @property
    def port(self) -> int:
        """
        The TCP port on 127.0.0.1, remembered over restarts.

        Raises:
            ServiceUnavailableError: The server was never started.
        """
        port = self._port or read_json(self.home / "postgres.json").get("port")
        if port is None:
            raise ServiceUnavailableError("the database was never started: `florilegium stack up`")
        return int(port)

    @property
    def notice(self) -> str:
        """What the user should know about where the files are, or an empty text."""
        return self._where().notice

    def dsn(self, database: str, role: str) -> str:
        """SQLAlchemy URL (psycopg2) without a password; pair it with :attr:`passfile`."""
        return f"postgresql+psycopg2://{role}@{HOST}:{self.port}/{database}"

    def is_running(self) -> bool:
        """True where our postmaster is alive and accepts connections."""
        return self.pid() is not None and is_listening(self.port)

    def pid(self) -> int | None:
        """Id of our postmaster, or None; a stale ``postmaster.pid`` does not fool it."""
        try:
            first_line = (self._where().cluster / "postmaster.pid").read_text().split("\n")[0]
            pid = int(first_line)
        except (OSError, ValueError):
            return None
        return pid if self._is_ours(pid) else None

    def start(self, *, port: int | None = None) -> None:
        """
        Start the server, on first use make the cluster, then make roles and databases.

        Args:
            port: Port to insist on; else the last one, else a free one.

        Raises:
            ServiceUnavailableError: It does not start; the message ends with the log's tail.
        """
        place = self._where()
        make_folder(self.log.parent).chmod(0o700)
        is_known = SUPERUSER in read_passfile(self.passfile)
        passwords = ensure_passfile(self.passfile, (SUPERUSER, *ROLES))
        if not self.is_running():
            self._clear_crash()
            if not place.cluster.exists():
                self._make_cluster(passwords[SUPERUSER])
            elif not is_known:
                self._reset_password(passwords[SUPERUSER])
            self._launch(port)
        self.run_sql(role_sql(passwords))
        for database, owner in DATABASES.items():
            self.create_database(database, owner)

    def stop(self, *, mode: str = "fast") -> None:
        """
        Stop the server; nothing to do where it does not run.

        Args:
            mode: ``smart``, ``fast`` or ``immediate``, as in ``pg_ctl stop``.

        Raises:
            ServiceUnavailableError: It does not stop within a minute.
        """
        if self.pid() is not None:
            self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self._where().cluster))

    def discard(self) -> None:
        """
        Stop the server and remove its files; for servers of tests and trials.

        Removing the home is not enough: as root the cluster may lie below ``/var/lib``.
        """
        self.stop()
        shutil.rmtree(self._where().folder)
        self._place = None

    def create_database(self, name: str, owner: str) -> None:
        """Make a database with pgvector, owned by a role, unless it is there already."""
        self.run_sql(database_sql(name, owner))

    def run_sql(self, script: str, *, database: str = "postgres", role: str = SUPERUSER) -> str:
        """
        Run a psql script.

        Args:
            script: Statements; sent by standard input, so no text of it is in a command line.
            database: Where.
            role: As whom.

        Returns:
            Unaligned rows, fields separated by ``|``, without a header.

        Raises:
            ServiceUnavailableError: The server does not answer or refuses a statement.
        """
        command = ["psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", HOST, "-p", str(self.port), "-U", role, "-d", database]
        return self._check(
            subprocess.run(
                [str(self._where().programs / command[0]), *command[1:]],
                input=script,
                env={"PGPASSFILE": str(self.passfile), "PGCONNECT_TIMEOUT": "10"},
                capture_output=True,
                text=True,
                check=False,
            )
        )

    def _where(self) -> PostgresPlace:
        if self._place is None:
            self._place = find_place(self.home)
        return self._place

    def _make_cluster(self, password: str) -> None:
        """Run initdb beside the final folder and rename it: a broken one is never used."""
        place = self._where()
        unfinished = place.folder / "cluster.new"
        if unfinished.exists():
            self._run("/bin/rm", "-rf", str(unfinished))
        handle, name = tempfile.mkstemp(dir=place.folder)
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(password)
            if place.run_as is not None:
                os.chown(name, *place.run_as)
            self._run(
                *("initdb", "-D", str(unfinished), "-U", SUPERUSER, "--pwfile", name),
                *("--auth=scram-sha-256", "--encoding=UTF8", *self._locale(), "--data-checksums"),
            )
        finally:
            Path(name).unlink()
        unfinished.rename(place.cluster)

    def _reset_password(self, password: str) -> None:
        """The password file was lost and the cluster was not: single-user mode asks for none."""
        self._run(
            *("postgres", "--single", "-D", str(self._where().cluster), "postgres"),
            script=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n",
        )

    def _locale(self) -> Sequence[str]:
        """Postgres brings its own C.UTF-8 since 17, so sorting is the same on every system."""
        if "pginstall18" in self._where().programs.parts:
            return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        return ("--locale=C.UTF-8",)

    def _launch(self, wanted: int | None) -> None:
        last = read_json(self.home / "postgres.json").get("port")
        port = choose_port(wanted=wanted, preferred=last, purpose="the database")
        options = {
            "listen_addresses": HOST,
            "port": port,
            # TCP alone: a socket's path may be longer than the 107 bytes allowed.
            "unix_socket_directories": "",
            "max_connections": _MAX_CONNECTIONS,
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "'%m [%p] %u@%d '",
        }
        settings = " ".join(f"-c {name}={value}" for name, value in options.items())
        cluster = str(self._where().cluster)
        self._run("pg_ctl", "start", "-w", "-t", str(_START_SECONDS), "-D", cluster, "-o", settings)
        self._port = port
        write_private(self.home / "postgres.json", f'{{"port": {port}}}\n')

    def _clear_crash(self) -> None:
        """
        Make a start possible after a kill -9 of the postmaster.

        Its backends hold the shared memory until they notice; and the pid in the left-over
        ``postmaster.pid`` may belong to some other program by now, which Postgres would take
        for itself where both run as the same user.
        """
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while orphans := self._orphans():
            if time.monotonic() > deadline:
                for orphan in orphans:
                    orphan.kill()
                psutil.wait_procs(orphans, timeout=_ORPHAN_SECONDS)
                break
            time.sleep(0.1)
        (self._where().cluster / "postmaster.pid").unlink(missing_ok=True)

    def _orphans(self) -> list[psutil.Process]:
        """Server processes of our cluster: they alone have it as their working folder."""
        return [found for found in psutil.process_iter() if self._works_in_cluster(found)]

    def _is_ours(self, pid: int) -> bool:
        try:
            return self._works_in_cluster(psutil.Process(pid))
        except psutil.Error:
            return False

    def _works_in_cluster(self, candidate: psutil.Process) -> bool:
        try:
            if candidate.status() == psutil.STATUS_ZOMBIE or candidate.name() != "postgres":
                return False
            return Path(candidate.cwd()) == self._where().cluster
        except psutil.Error:
            return False

    def _run(self, program: str, *arguments: str, script: str | None = None) -> None:
        """Run a program as the server's user, with nothing of our own environment."""
        place = self._where()
        uid, gid = place.run_as or (None, None)
        with self.log.open("ab") as log:
            start = log.tell()
            finished = subprocess.run(
                [str(place.programs / program), *arguments],
                user=uid,
                group=gid,
                extra_groups=None if uid is None else [],
                cwd="/",
                env={"LC_ALL": "C", "PATH": os.defpath},
                input=(script or "").encode(),
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if finished.returncode == 0:
            return
        with self.log.open("rb") as log:
            log.seek(start)
            tail = log.read().decode(errors="replace").strip().splitlines()[-5:]
        raise ServiceUnavailableError(
            f"{program} failed (exit code {finished.returncode}), see {self.log}: "
            + " / ".join(line.strip() for line in tail)
        )

    def _check(self, finished: "subprocess.CompletedProcess[str]") -> str:
        if finished.returncode == 0:
            return finished.stdout.strip()
        raise ServiceUnavailableError(
            f"the database on port {self.port} refused: {finished.stderr.strip()[-400:]} "
            f"(log: {self.log})"
        )
