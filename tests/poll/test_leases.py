"""Leases: whose they are, and which holders have died."""

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


def test_this_process_lives():
    assert not is_dead_holder(new_lease_holder())


@pytest.mark.process
def test_a_process_that_has_ended_is_dead():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert is_dead_holder(f"{socket.gethostname()}:{process.pid}:abc")


@pytest.mark.parametrize("holder", ["elsewhere:1:abc", f"{socket.gethostname()}:x:abc", f"{socket.gethostname()}", ""])
def test_of_another_machine_or_an_odd_name_nothing_is_assumed(holder: str):
    assert not is_dead_holder(holder)


def test_a_process_of_another_user_lives():
    assert not is_dead_holder(f"{socket.gethostname()}:1:abc")
