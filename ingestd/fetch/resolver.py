"""Names to addresses: bounded in time, and checked by the guard before a connection is made."""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from ingestd.fetch.guard import Guard
from ingestd.fetch.limits import DNS_TIMEOUT_S
from ingestd.fetch.local_faults import LOCAL_ERRNOS, local_fault, out_of_descriptors
from ingestd.model.errors import Outcome, TemporaryError
from ingestd.text.characters import printable

#: Looks a name up: host and port in, addresses as text out. Raises OSError (`socket.gaierror`) where there are none.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

#: Concurrent lookups. One that hangs keeps its thread until the system's resolver gives up, so the number is high.
MAX_LOOKUPS = 256
#: Addresses of one name that are tried.
MAX_ADDRESSES = 8

_NO_SUCH_NAME_ERRNOS = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class SystemResolver:
    """Calls `getaddrinfo` in daemon threads, so that a dead DNS server blocks neither the event loop nor the exit.

    Concurrent lookups of one name and port share one thread.
    """

    def __init__(self) -> None:
        self._threads = asyncio.Semaphore(MAX_LOOKUPS)
        self._pending: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if (host, port) not in self._pending:
            await self._threads.acquire()
            if (host, port) in self._pending:
                self._threads.release()
            else:
                self._pending[host, port] = self._start_lookup(host, port)
        return await asyncio.shield(self._pending[host, port])

    def _start_lookup(self, host: str, port: int) -> "asyncio.Future[list[str]]":
        loop = asyncio.get_running_loop()
        result: asyncio.Future[list[str]] = loop.create_future()

        def settle(found: list[str] | Exception) -> None:
            self._threads.release()
            del self._pending[host, port]
            if isinstance(found, list):
                result.set_result(found)
            else:
                result.set_exception(found)
                result.exception()  # marks it as retrieved, even where every waiter was cancelled

        def look_up() -> None:
            found: list[str] | Exception
            try:
                # As bytes, because text would pass through the IDNA 2003 codec; the name is ASCII already.
                infos = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
                found = [str(info[4][0]) for info in infos]
            except Exception as error:  # noqa: BLE001 - raised in the waiters: no lookup may keep its thread for ever
                found = error
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(settle, found)

        try:
            threading.Thread(target=look_up, name=f"dns {host}"[:64], daemon=True).start()
        except BaseException:
            self._threads.release()
            raise
        return result


class GuardedResolver(AbstractResolver):
    """aiohttp's resolver: gives only addresses that the guard lets through.

    Raises `TemporaryError` (`DNS_FAILED`) where there is no address in time, `PermanentError` (`ADDRESS_REFUSED`) where
    any address is refused. Without a guard every address passes: for proxies that the user has configured.
    """

    def __init__(self, resolve: Resolve, guard: Guard | None) -> None:
        self._resolve = resolve
        self._guard = guard

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - aiohttp's interface
    ) -> list[ResolveResult]:
        """The addresses of a name, at most `MAX_ADDRESSES`."""
        texts = await self._look_up(host, port)
        addresses = [ip_address(text) for text in dict.fromkeys(texts)]
        if not addresses:
            raise TemporaryError(Outcome.DNS_FAILED, f"{printable(host, 80)} has no address")
        if self._guard is not None:
            self._guard.check_addresses(printable(host, 80), addresses)
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses[:MAX_ADDRESSES]
        ]

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        name = printable(host, 80)
        try:
            async with asyncio.timeout(DNS_TIMEOUT_S):
                return await self._resolve(host, port)
        except TimeoutError as error:
            reason = f"no answer about {name} from DNS in {DNS_TIMEOUT_S:g} s"
            raise TemporaryError(Outcome.DNS_FAILED, reason) from error
        except RuntimeError as error:
            raise local_fault("no thread can be started to look a name up") from error
        except MemoryError as error:
            raise local_fault("no memory is left to look a name up") from error
        except socket.gaierror as error:
            # Without a descriptor the system's resolver cannot read its files, and says that it found nothing.
            if error.errno == socket.EAI_MEMORY or out_of_descriptors():
                raise local_fault(f"{name} cannot be looked up: no file can be opened") from error
            what = "there is no such name" if error.errno in _NO_SUCH_NAME_ERRNOS else "DNS failed"
            raise TemporaryError(Outcome.DNS_FAILED, f"{name} cannot be found: {what}") from error
        except (OSError, UnicodeError) as error:
            if isinstance(error, OSError) and error.errno in LOCAL_ERRNOS:
                raise local_fault(f"{name} cannot be looked up: {os.strerror(error.errno)}") from error
            raise TemporaryError(Outcome.DNS_FAILED, f"{name} cannot be found: {error}") from error

    async def close(self) -> None:
        """Does nothing: no resource is held."""
