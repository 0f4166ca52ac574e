"""Where everything of the local stack is kept: below ``var/`` of the project, nowhere else."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["StackPaths"]


@dataclass(frozen=True, slots=True)
class StackPaths:
    """Files and folders of one stack."""

    #: The project: holds ``dags/`` and ``plugins/``; absolute.
    root: Path

    @property
    def home(self) -> Path:
        """All state; removing it (while stopped) removes the stack."""
        return self.root / "var"

    @property
    def dags(self) -> Path:
        """Folder that Airflow reads DAGs from."""
        return self.root / "dags"

    @property
    def plugins(self) -> Path:
        """Folder that Airflow puts on the import path and loads plugins from."""
        return self.root / "plugins"

    @property
    def airflow(self) -> Path:
        """AIRFLOW_HOME."""
        return self.home / "airflow"

    @property
    def broker(self) -> Path:
        """Redis: its configuration (mode 0600) and the queue of tasks."""
        return self.home / "redis"

    @property
    def logs(self) -> Path:
        """One file a component; ``tasks/`` holds Airflow's task logs."""
        return self.home / "logs"

    @property
    def state(self) -> Path:
        """What the supervisor says about the stack (JSON)."""
        return self.home / "stack.json"

    @property
    def lock(self) -> Path:
        """Locked by the living supervisor."""
        return self.home / "stack.lock"

    @property
    def secrets(self) -> Path:
        """Generated keys of Airflow (JSON, mode 0600)."""
        return self.home / "secrets.json"

    @property
    def passwords(self) -> Path:
        """Web logins: password by user (JSON, mode 0600)."""
        return self.home / "passwords.json"

    @property
    def passfile(self) -> Path:
        """Passwords of the database's roles (libpq format, mode 0600)."""
        return self.home / "pgpass"

    @property
    def env_file(self) -> Path:
        """What ``etl.settings`` reads: addresses, no secrets."""
        return self.home / "florilegium.env"

    def log(self, component: str) -> Path:
        """Log file of one component."""
        return self.logs / f"{component}.log"
