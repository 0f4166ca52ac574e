"""
Ending whole families of processes.

Every component is the leader of a session. Airflow gives each running task a process group
of its own, but the session stays: members are found by it, even after their parent died, and
children that left for a session of their own are found as descendants.
"""

import os
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

__all__ = ["end_sessions", "is_same_process", "session_members"]

#: The start time of a process is known to a clock tick; the system's clock may be adjusted.
_SAME_SECONDS = 2.0


def is_same_process(pid: int, created: float) -> bool:
    """True where this id still belongs to the process started then (seconds since the epoch)."""
    try:
        found = psutil.Process(pid)
        return (
            abs(found.create_time() - created) < _SAME_SECONDS
            and found.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.Error:
        return False


def session_members(leader: int, created: float) -> list[psutil.Process]:
    """
    Living processes of a session and their descendants.

    Args:
        leader: Process id of the leader, which may be dead.
        created: When the leader started, seconds since the epoch; older processes, and a
            session whose leader is another process by now, are not ours.

    Returns:
        Processes, the leader included while it lives; zombies left out.
    """
    if psutil.pid_exists(leader) and not _is_leader(leader, created):
        return []
    found: dict[int, psutil.Process] = {}
    for candidate in psutil.process_iter():
        try:
            if os.getsid(candidate.pid) != leader:
                continue
            if candidate.create_time() < created - _SAME_SECONDS:
                continue
            for member in (candidate, *candidate.children(recursive=True)):
                if member.status() != psutil.STATUS_ZOMBIE:
                    found[member.pid] = member
        except (psutil.Error, OSError):
            continue
    return list(found.values())


def end_sessions(leaders: Sequence[tuple[int, float]], *, grace_seconds: float) -> int:
    """
    End sessions: ask the leaders, then everybody (SIGTERM), then kill what is left (SIGKILL).

    A leader that ends by itself tidies up best, so it is asked alone for a quarter of the time;
    the rest of the time belongs to its children, which release what they hold.

    Args:
        leaders: Process id and start time of each leader.
        grace_seconds: How long all of this may take; 0 kills at once.

    Returns:
        How many processes had to be killed.
    """
    # Seen before the end as well: a child in a session of its own loses its parent link then.
    members = _all_members(leaders)
    if grace_seconds > 0:
        leading = {pid for pid, _ in leaders}
        _terminate([member for pid, member in members.items() if pid in leading])
        _wait([m for pid, m in members.items() if pid in leading], grace_seconds / 4)
        members |= _all_members(leaders)
        _terminate(list(members.values()))
        _wait(list(members.values()), grace_seconds * 3 / 4)
    members |= _all_members(leaders)
    left = [member for member in members.values() if _is_alive(member)]
    for member in left:
        with suppress(psutil.Error):
            member.kill()
    _wait(left, 5)
    return len(left)


def _all_members(leaders: Sequence[tuple[int, float]]) -> dict[int, psutil.Process]:
    return {member.pid: member for leader in leaders for member in session_members(*leader)}


def _terminate(members: Sequence[psutil.Process]) -> None:
    for member in members:
        with suppress(psutil.Error):
            member.terminate()


def _wait(members: Sequence[psutil.Process], seconds: float) -> None:
    """Wait until none is alive; a zombie whose parent is slow to reap it counts as dead."""
    deadline = time.monotonic() + seconds
    while any(_is_alive(member) for member in members) and time.monotonic() < deadline:
        time.sleep(0.05)


def _is_leader(pid: int, created: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - created) < _SAME_SECONDS
    except psutil.Error:
        return False


def _is_alive(member: psutil.Process) -> bool:
    try:
        return member.is_running() and member.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
