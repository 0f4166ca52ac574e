"""The Redis that Celery workers take their tasks from: on the loopback address, with a password."""

import shutil

from etl.errors import ServiceUnavailableError
from etl.stack.network import HOST
from etl.stack.paths import StackPaths
from etl.stack.private_file import make_folder, write_private

__all__ = ["broker_command", "broker_url"]

#: Tasks that wait are a few hundred short messages; appended to a file, so that they outlive it.
_CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir {folder}
save ""
appendonly yes
appendfsync everysec
maxmemory 200mb
maxmemory-policy noeviction
"""


def broker_command(paths: StackPaths, *, port: int, password: str) -> tuple[str, ...]:
    """
    Write the configuration and say how the server is started; the password is in no argument.

    Raises:
        ServiceUnavailableError: There is no ``redis-server`` on this machine.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise ServiceUnavailableError(
            "redis-server is not installed, and Celery workers need it: install it "
            "(Debian: apt install redis-server), or unset FLORILEGIUM_STACK__EXECUTOR"
        )
    folder = make_folder(paths.broker)
    configuration = folder / "redis.conf"
    # Redis reads a quoted string as C does; a folder name may hold a blank or a quote.
    quoted = '"' + str(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = _CONFIGURATION.format(host=HOST, port=port, password=password, folder=quoted)
    write_private(configuration, text)
    return (program, str(configuration))


def broker_url(*, port: int, password: str) -> str:
    """Address for Celery, password included: for the environment of our programs alone."""
    return f"redis://:{password}@{HOST}:{port}/0"
