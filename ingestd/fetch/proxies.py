"""Ways through proxies that the user has named: http and https proxies by aiohttp, SOCKS5 by python-socks.

A proxy's user name and password go to the proxy alone; no error names them.
"""

import asyncio
import base64
import ssl
from importlib import import_module
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ingestd.fetch.limits import CONNECT_S
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError

HTTP = frozenset({"http", "https"})
#: `socks5` looks names up here, `socks5h` leaves them to the proxy, as curl has it.
SOCKS = frozenset({"socks5", "socks5h"})
SOCKS_PORT = 1080

# RFC 1928, 6.
_REPLIES = {
    2: "it does not allow this connection",
    3: "it has no way to the site's network",
    4: "it cannot reach the site",
    5: "the site refuses its connection",
    6: "the site is too far away",
}


def is_socks(proxy: str | None) -> bool:
    """Whether a proxy speaks SOCKS."""
    return proxy is not None and proxy.partition("://")[0].lower() in SOCKS


def looks_names_up(proxy: str | None) -> bool:
    """Whether names are the proxy's affair, so that nobody here sees which addresses they have."""
    return proxy is not None and not proxy.lower().startswith("socks5://")


def through_http(proxy: str, url: URL) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers and options for a request through an http proxy.

    Raises `PermanentError` (`CONNECT_FAILED`) for what is no proxy's address.
    """
    place = read_proxy(proxy)
    options: dict[str, Any] = {"proxy": place.with_user(None)}
    if place.user is None:
        return {}, options
    pair = f"{place.user}:{place.password or ''}".encode()
    permit = {"Proxy-Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}
    if url.scheme == "https":
        return {}, options | {"proxy_headers": permit}
    return permit, options


def read_proxy(proxy: str) -> URL:
    """A proxy's address. Raises `PermanentError` (`CONNECT_FAILED`) where it is none."""
    try:
        place = URL(proxy)
        port = place.port or SOCKS_PORT
    except ValueError:
        place, port = URL(), 0
    if place.scheme not in HTTP | SOCKS or not place.host or not port:
        reason = "the proxy must be an http://, https://, socks5:// or socks5h:// address"
        raise PermanentError(Outcome.CONNECT_FAILED, reason) from None
    return place


class NamesAsTheyAre(AbstractResolver):
    """Leaves names to the proxy."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """The name in place of its address."""
        return [ResolveResult(hostname=host, host=host, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is held."""


class SocksConnector(aiohttp.TCPConnector):
    """Makes every connection through one SOCKS5 proxy; TLS and HTTP on it are as on any other.

    Raises `PollError` for what the proxy or the way to it does.
    """

    def __init__(self, proxy: URL, **options: Any) -> None:
        # Some 40 ms that only such a proxy needs.
        self._library: Any = import_module("python_socks.async_.asyncio")
        self._errors: Any = import_module("python_socks")
        self._place = proxy
        super().__init__(**options)

    async def _wrap_create_connection(
        self,
        *args: Any,
        addr_infos: list[Any],
        req: Any,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's interface
        **kwargs: Any,
    ) -> tuple[Any, Any]:
        kwargs.pop("client_error", None)
        try:
            async with asyncio.timeout(timeout.sock_connect):
                sock = await self._reach([info[4][:2] for info in addr_infos])
                return await self._loop.create_connection(*args, **kwargs, sock=sock)
        except TimeoutError as problem:
            reason = f"no connection through the proxy within {timeout.sock_connect:g} s"
            raise TemporaryError(Outcome.TIMEOUT, reason) from problem
        except ssl.SSLError as problem:
            raise aiohttp.ClientConnectorSSLError(req.connection_key, problem) from problem

    async def _reach(self, addresses: list[tuple[str, int]]) -> Any:
        """A socket that leads to the first of the addresses that the proxy can reach."""
        last: PollError = TemporaryError(Outcome.CONNECT_FAILED, "the proxy was given no address")
        for host, port in addresses:
            try:
                # With a proxy of its own for each: it holds no connection.
                return await self._proxy().connect(host, port, timeout=2 * CONNECT_S)
            except self._errors.ProxyError as problem:
                last = _from_reply(problem.error_code, str(problem))
            except self._errors.ProxyConnectionError as problem:
                raise TemporaryError(Outcome.CONNECT_FAILED, "the proxy cannot be reached") from problem
        raise last

    def _proxy(self) -> Any:
        place = self._place
        return self._library.Proxy(
            self._errors.ProxyType.SOCKS5,
            place.host,
            place.port or SOCKS_PORT,
            place.user,
            place.password or ("" if place.user else None),
            rdns=True,
        )


def _from_reply(code: int | None, message: str) -> PollError:
    """What a proxy's refusal means; the library tells refused credentials by its words alone."""
    if code is None and "authentication" in message.lower():
        return PermanentError(Outcome.UNAUTHORIZED, "the proxy does not take our user name and password")
    why = _REPLIES.get(code or 0, "it does not say why")
    return TemporaryError(Outcome.CONNECT_FAILED, f"the proxy does not let us through: {why}")
