"""Leases: names of holders, and which holders' processes have ended."""

import os
import socket
import subprocess
import sys

import pytest

from ingestd.poll.leases import is_dead_holder, new_lease_holder


def test_a_holder_names_this_process_and_no_other_run_of_it():
    first, second = new_lease_holder(), new_lease_holder()
    assert first != second
    assert first.startswith(f"{socket.gethostname()}:{os.getpid()}:")


def test_this_process_is_alive():
    assert not is_dead_holder(new_lease_holder())


@pytest.mark.process
def test_ended_process_is_dead():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert is_dead_holder(f"{socket.gethostname()}:{process.pid}:abc")


@pytest.mark.parametrize("holder", ["elsewhere:1:abc", f"{socket.gethostname()}:x:abc", f"{socket.gethostname()}", ""])
def test_holders_of_other_hosts_or_forms_count_as_alive(holder: str):
    assert not is_dead_holder(holder)


def test_process_of_another_user_is_alive():
    assert not is_dead_holder(f"{socket.gethostname()}:1:abc")
