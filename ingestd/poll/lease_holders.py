"""The names of processes in `leases` and `daemons`, and whether one of them has died."""

import functools
import hashlib
import os
import socket
import uuid
from pathlib import Path

# Where there is no /proc: leases of processes that have died expire, and are not released before.
_UNKNOWN_NAMESPACE = "unknown"
#: The boot id, where a sandbox hides that of /proc: `%b` in a unit of systemd (systemd.unit(5)).
BOOT_ID_VARIABLE = "INGESTD_BOOT_ID"
#: Names under which this process works no more.
_ended_holders: set[str] = set()


def new_lease_holder() -> str:
    """A name for this process that no other one has: host, process id, PID namespace and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{_pid_namespace()}-{uuid.uuid4().hex[:8]}"


def end_lease_holder(holder: str) -> None:
    """Give up a name of this process: what is still under it is a dead holder's."""
    _ended_holders.add(holder)


def is_dead_holder(holder: str) -> bool:
    """Whether a lease holder is a process of this machine and PID namespace that no longer exists, or a name given up.

    Nothing is assumed of any other: a process id means nothing outside its namespace, and containers of several
    machines may have one host name.
    """
    if holder in _ended_holders:
        return True
    host, _, rest = holder.partition(":")
    pid, _, token = rest.partition(":")
    ours = host == socket.gethostname() and token.startswith(f"{_pid_namespace()}-")
    return ours and _UNKNOWN_NAMESPACE not in token and pid.isdigit() and not _is_alive(int(pid))


@functools.cache
def _pid_namespace() -> str:
    """Eight digits that stand for the PID namespace of this process, and for the running kernel.

    The number of a namespace is unique only until the next boot, and on one machine: hence the boot's id.
    """
    try:
        number = Path("/proc/self/ns/pid").stat().st_ino
        boot = uuid.UUID(_boot_id())
    except (OSError, ValueError):
        return _UNKNOWN_NAMESPACE
    return hashlib.sha256(f"{boot} {number}".encode()).hexdigest()[:8]


def _boot_id() -> str:
    """Raises OSError or ValueError."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        if named := os.environ.get(BOOT_ID_VARIABLE):
            return named
        raise


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
