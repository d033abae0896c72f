"""Leases: names of holders, and which holders' processes have ended."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingestd.poll import lease_holders
from ingestd.poll import leases as poll_leases
from ingestd.poll.held_leases import HeldLeases
from ingestd.poll.lease_holders import BOOT_ID_VARIABLE, end_lease_holder, is_dead_holder, new_lease_holder


def test_a_holder_names_this_process_and_no_other_run_of_it():
    first, second = new_lease_holder(), new_lease_holder()
    assert first != second
    assert first.startswith(f"{socket.gethostname()}:{os.getpid()}:")


def test_this_process_is_alive():
    assert not is_dead_holder(new_lease_holder())


def test_a_name_that_was_given_up_is_dead():
    holder, other = new_lease_holder(), new_lease_holder()
    end_lease_holder(holder)
    assert (is_dead_holder(holder), is_dead_holder(other)) == (True, False)


def holder_of(*command: str) -> str:
    """The holder of a process that has ended."""
    name = "from ingestd.poll.lease_holders import new_lease_holder; print(new_lease_holder())"
    process = subprocess.run([*command, sys.executable, "-c", name], capture_output=True, text=True, check=False)
    if process.returncode:
        pytest.skip(f"{command}: {process.stderr.strip()}")
    return process.stdout.strip()


@pytest.mark.process
def test_ended_process_is_dead():
    assert is_dead_holder(holder_of())


@pytest.mark.process
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare of util-linux")
def test_a_process_of_another_pid_namespace_with_this_host_name_may_be_alive():
    """Its process id is one that no process has here, and yet it may be polling in its container."""
    holder = holder_of("unshare", "--user", "--map-root-user", "--pid", "--fork")
    host, pid, _ = holder.split(":")
    assert (host, int(pid) < 100) == (socket.gethostname(), True)
    assert not is_dead_holder(holder)
    # Of our own namespace such a process would be dead.
    ours = new_lease_holder().split(":")[2]
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_dead_holder(f"{host}:{ended.pid}:{ours}")
    assert not is_dead_holder(f"{host}:{ended.pid}:{holder.split(':')[2]}")


def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.process
@pytest.mark.parametrize("missing", ["boot_id", "ns/pid"])
def test_without_proc_nothing_is_assumed(monkeypatch: pytest.MonkeyPatch, missing: str):
    method: Any = Path.read_text if missing == "boot_id" else Path.stat

    def unreadable(path: Path, *arguments: object, **options: object) -> object:
        if str(path).endswith(missing):
            raise FileNotFoundError(path)
        return method(path, *arguments, **options)

    monkeypatch.setattr(Path, method.__name__, unreadable)
    lease_holders._pid_namespace.cache_clear()
    try:
        host, _, token = new_lease_holder().split(":")
        assert not is_dead_holder(f"{host}:{ended_pid()}:{token}")
    finally:
        monkeypatch.undo()
        lease_holders._pid_namespace.cache_clear()


@pytest.mark.process
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare of util-linux")
@pytest.mark.parametrize("named", [True, False])
def test_a_process_from_which_proc_sys_is_hidden_is_known_by_the_boot_id_that_its_unit_names(named: bool):
    """As under `ProcSubset=pid` of the shipped unit: /proc holds processes and nothing else."""
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", "")
    variable = f"{BOOT_ID_VARIABLE}={boot_id}" if named else "OTHER=1"
    hidden = 'mount -t tmpfs none /proc/sys && exec "$@"'
    holder = holder_of("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", hidden, "sh", "env", variable)
    assert is_dead_holder(holder) is named


def test_units_that_hide_proc_sys_name_the_boot_id():
    units = [path.read_text() for path in Path(__file__).parents[2].glob("systemd/*.service")]
    hiding = [unit for unit in units if "ProcSubset=pid" in unit]
    assert len(hiding) == 2
    assert all(f"Environment={BOOT_ID_VARIABLE}=%b" in unit for unit in hiding)


@pytest.mark.parametrize("holder", ["elsewhere:1:abc", f"{socket.gethostname()}:x:abc", f"{socket.gethostname()}", ""])
def test_holders_of_other_hosts_or_forms_count_as_alive(holder: str):
    assert not is_dead_holder(holder)


def test_process_of_another_user_is_alive():
    assert not is_dead_holder(f"{socket.gethostname()}:1:{new_lease_holder().split(':')[2]}")


async def test_the_leases_of_a_process_that_dies_here_are_released_at_the_next_renewal(monkeypatch: pytest.MonkeyPatch):
    """Not at their expiry: another worker of this machine takes its sources at once.

    Its own leases are renewed before. All of it is done before what waits: the writes of a thousand polls.
    """
    asked: list[str] = []

    class Recording:
        async def reading_first(self, function: Any, is_dead: Any) -> bool:
            asked.append(function.__name__)
            return True

        async def writing_first(self, function: Any, *_arguments: object) -> frozenset[int]:
            asked.append(function.__name__)
            if function.__name__ == "release_dead_leases":
                raise asyncio.CancelledError
            return frozenset({1})

    held = HeldLeases()
    held.claimed({1: 1}, 0.0)
    held.renew(1)
    context: Any = SimpleNamespace(database=Recording(), leases=held, lease_holder="me", clock=lambda: None)
    monkeypatch.setattr(poll_leases, "RENEW_S", 0.0)
    with pytest.raises(asyncio.CancelledError):
        await poll_leases._renew(context)
    assert asked == ["renew_leases", "has_dead_leases", "release_dead_leases"]
