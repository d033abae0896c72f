"""Names to addresses: bounded in time, and judged by the guard before anything is dialled."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from ingestd.fetch.guard import Guard, printable
from ingestd.fetch.limits import DNS_S
from ingestd.model.errors import Outcome, TemporaryError

#: Looks a name up: host and port in, addresses as text out. Raises OSError (`socket.gaierror`) where there are none.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

#: Lookups at once. One that hangs keeps its thread until the system's resolver gives up, so they are many.
MAX_LOOKUPS = 256
#: Addresses of one name that are tried.
MAX_ADDRESSES = 8

_NO_ADDRESS = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class SystemResolver:
    """Asks the system in daemon threads: neither the event loop nor the end of the process waits for a dead server.

    One thread asks for a name, however many wait for it, so a name whose server is dead takes one place alone.
    """

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(MAX_LOOKUPS)
        self._asking: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        if (host, port) not in self._asking:
            await self._places.acquire()
            if (host, port) in self._asking:
                self._places.release()
            else:
                self._asking[host, port] = self._ask(host, port)
        return await asyncio.shield(self._asking[host, port])

    def _ask(self, host: str, port: int) -> "asyncio.Future[list[str]]":
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def settle(found: list[str] | OSError | UnicodeError) -> None:
            self._places.release()
            del self._asking[host, port]
            if isinstance(found, list):
                answer.set_result(found)
            else:
                answer.set_exception(found)
                answer.exception()  # seen, even where everybody has stopped waiting for it

        def look_up() -> None:
            found: list[str] | OSError | UnicodeError
            try:
                # Bytes, because text would go through the old IDNA codec; the name is in ASCII already.
                infos = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
                found = [str(info[4][0]) for info in infos]
            except (OSError, UnicodeError) as problem:
                found = problem
            with contextlib.suppress(RuntimeError):  # the loop has closed while we asked
                loop.call_soon_threadsafe(settle, found)

        threading.Thread(target=look_up, name=f"dns {host}"[:64], daemon=True).start()
        return answer


class GuardedResolver(AbstractResolver):
    """What aiohttp asks for addresses: gives only such as may be dialled, or raises.

    Raises `TemporaryError` (`DNS_FAILED`) where there is no address in time, `PermanentError` (`ADDRESS_REFUSED`) where
    any of them is not to be dialled. Without a guard every address passes: for the proxies that the user has named.
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
            async with asyncio.timeout(DNS_S):
                return await self._resolve(host, port)
        except TimeoutError as problem:
            raise TemporaryError(Outcome.DNS_FAILED, f"no answer about {name} from DNS in {DNS_S:g} s") from problem
        except socket.gaierror as problem:
            what = "there is no such name" if problem.errno in _NO_ADDRESS else "DNS failed"
            raise TemporaryError(Outcome.DNS_FAILED, f"{name} cannot be found: {what}") from problem
        except (OSError, UnicodeError) as problem:
            raise TemporaryError(Outcome.DNS_FAILED, f"{name} cannot be found: {problem}") from problem

    async def close(self) -> None:
        """Nothing is held."""
