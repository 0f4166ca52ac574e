"""The passwords of the local database's roles: generated once, kept in one libpq file."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from etl.errors import ServiceUnavailableError
from etl.stack.network import HOST
from etl.stack.private_file import write_private

__all__ = ["ensure_passfile", "read_passfile"]


def ensure_passfile(path: Path, roles: Sequence[str]) -> dict[str, str]:
    """
    Give every role a password; one that has one keeps it.

    The port is a wildcard, so that a server that moves to another port keeps its file.

    Args:
        path: The file, libpq format, mode 0600.
        roles: Role names.

    Returns:
        Password by role.

    Raises:
        ServiceUnavailableError: The file cannot be read or written.
    """
    known = read_passfile(path)
    # 24 bytes = 192 bits; the URL-safe alphabet needs no escape in libpq's format.
    passwords = known | {role: secrets.token_urlsafe(24) for role in roles if role not in known}
    if passwords != known:
        lines = [f"{HOST}:*:*:{role}:{password}\n" for role, password in passwords.items()]
        write_private(path, "".join(lines))
    return passwords


def read_passfile(path: Path) -> dict[str, str]:
    """
    Read password by role; empty where there is no file.

    Raises:
        ServiceUnavailableError: The file is there but cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ServiceUnavailableError(f"cannot read {path}: {error.strerror}") from error
    fields = [line.split(":") for line in lines if line and not line.startswith("#")]
    return {parts[3]: parts[4] for parts in fields if len(parts) == 5}
