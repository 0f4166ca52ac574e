"""Which TCP ports of this machine are free."""

import socket

from etl.errors import ServiceUnavailableError

__all__ = ["HOST", "choose_port", "is_listening", "is_port_free"]

#: Everything listens here only; nothing is offered to the network.
HOST = "127.0.0.1"


def is_port_free(port: int) -> bool:
    """True where a server could listen on this port of the loopback address now."""
    return _refusal(port) is None


def is_listening(port: int) -> bool:
    """True where something accepts connections on this port within a second."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def choose_port(*, wanted: int | None, preferred: int | None, purpose: str) -> int:
    """
    Choose a port to listen on.

    Args:
        wanted: The port the user insists on, or None.
        preferred: Taken when it is free and nothing is insisted on; usually the last one used.
        purpose: What the port is for, used in the message.

    Returns:
        A port that was free a moment ago, in [1, 65535].

    Raises:
        ServiceUnavailableError: The wanted port is taken.
    """
    if wanted is not None:
        refusal = _refusal(wanted)
        if refusal is None:
            return wanted
        raise ServiceUnavailableError(
            f"port {wanted} for {purpose} cannot be had ({refusal}): stop the program that "
            "listens there, or choose another port"
        )
    if preferred is not None and is_port_free(preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        chosen: int = probe.getsockname()[1]
        return chosen


def _refusal(port: int) -> str | None:
    """Why the system would not let a server listen on this port; None where it would."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection in TIME_WAIT does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.strerror
    return None
