"""What this machine lacks is no failure of a site: descriptors, threads, memory."""

import asyncio
import contextlib
import errno
import os
import resource
import socket
import threading
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from ingestd.fetch.errors import translate
from ingestd.fetch.local_faults import LOCAL_ERRNOS, out_of_descriptors
from ingestd.fetch.resolver import MAX_LOOKUPS, GuardedResolver, SystemResolver
from ingestd.model.errors import PollError


def found(_host: bytes, port: int, **_: object) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]


@contextlib.contextmanager
def no_descriptors() -> Iterator[None]:
    """Every descriptor that this process may have is taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    taken: list[int] = []
    try:
        while True:
            try:
                taken.append(os.dup(0))
            except OSError:
                break
        yield
    finally:
        for number in taken:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.real_clock
async def test_threads_that_cannot_be_started_cost_no_places(monkeypatch: pytest.MonkeyPatch):
    class NoThread:
        def __init__(self, **_: object) -> None:
            pass

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    resolve = SystemResolver()
    resolver = GuardedResolver(resolve, None)
    with monkeypatch.context() as patched:
        patched.setattr(threading, "Thread", NoThread)
        for number in range(2 * MAX_LOOKUPS):
            with pytest.raises(PollError) as caught:
                await resolver.resolve(f"{number}.example", 80)
            assert (caught.value.outcome, caught.value.reason) == (
                "local-fault",
                "no thread can be started to look a name up",
            )
    monkeypatch.setattr(socket, "getaddrinfo", found)
    names = (resolve(f"{number}.example", 80) for number in range(2 * MAX_LOOKUPS))
    assert await asyncio.gather(*names) == [["192.0.2.1"]] * (2 * MAX_LOOKUPS)


@pytest.mark.real_clock
async def test_lookups_that_fail_in_any_way_give_their_places_back(monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object, **__: object) -> list[Any]:
        raise MemoryError

    resolve = SystemResolver()
    monkeypatch.setattr(socket, "getaddrinfo", fails)
    for number in range(2 * MAX_LOOKUPS):
        with pytest.raises(PollError) as caught:
            await GuardedResolver(resolve, None).resolve(f"{number}.example", 80)
        assert caught.value.outcome == "local-fault"
    monkeypatch.setattr(socket, "getaddrinfo", found)
    assert await resolve("a.example", 80) == ["192.0.2.1"]


@pytest.mark.parametrize("error", [OSError(errno.EMFILE, "too many"), socket.gaierror(socket.EAI_MEMORY, "memory")])
async def test_a_lookup_that_lacks_something_here(error: OSError):
    async def fails(_host: str, _port: int) -> list[str]:
        raise error

    with pytest.raises(PollError) as caught:
        await GuardedResolver(fails, None).resolve("a.example", 80)
    assert caught.value.outcome == "local-fault"


def test_descriptors_are_there():
    assert not out_of_descriptors()


async def test_a_name_that_is_not_found_for_want_of_descriptors():
    async def fails(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with no_descriptors():
        assert out_of_descriptors()
        with pytest.raises(PollError) as caught:
            await GuardedResolver(fails, None).resolve("a.example", 80)
    assert caught.value.outcome == "local-fault"


@pytest.mark.parametrize("number", sorted(LOCAL_ERRNOS))
def test_errors_of_the_system_that_no_site_causes(number: int):
    error = OSError(number, os.strerror(number))
    wrapped = aiohttp.ClientConnectorError(None, error)  # type: ignore[arg-type] # its key is not read
    assert [translate(one).outcome for one in (error, wrapped)] == ["local-fault"] * 2
