"""Requests through proxies that the user has configured: http and https by aiohttp, SOCKS5 by python-socks.

A proxy's user name and password are sent to the proxy alone, and no error contains them.
"""

import asyncio
import base64
import ssl
from importlib import import_module
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ingestd.fetch.limits import CONNECT_TIMEOUT_S
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError

HTTP_SCHEMES = frozenset({"http", "https"})
#: `socks5` resolves names here, `socks5h` at the proxy, as in curl.
SOCKS_SCHEMES = frozenset({"socks5", "socks5h"})
DEFAULT_SOCKS_PORT = 1080

# RFC 1928, section 6.
_REPLY_REASONS = {
    2: "it does not allow this connection",
    3: "it has no way to the site's network",
    4: "it cannot reach the site",
    5: "the site refuses its connection",
    6: "the site is too far away",
}


def is_socks(proxy: str | None) -> bool:
    """Whether a proxy is a SOCKS proxy."""
    return proxy is not None and proxy.partition("://")[0].lower() in SOCKS_SCHEMES


def resolves_remotely(proxy: str | None) -> bool:
    """Whether the proxy resolves names, so that their addresses are unknown here."""
    return proxy is not None and not proxy.lower().startswith("socks5://")


def http_proxy_options(proxy: str, url: URL) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers and aiohttp's options for a request to `url` through an http proxy.

    Raises `PermanentError` (`CONNECT_FAILED`) where `proxy` is no proxy's URL.
    """
    parsed = parse_proxy(proxy)
    options: dict[str, Any] = {"proxy": parsed.with_user(None)}
    if parsed.user is None:
        return {}, options
    credentials = f"{parsed.user}:{parsed.password or ''}".encode()
    authorization = {"Proxy-Authorization": "Basic " + base64.b64encode(credentials).decode("ascii")}
    if url.scheme == "https":
        # For the CONNECT request alone: what follows is encrypted for the site.
        return {}, options | {"proxy_headers": authorization}
    return authorization, options


def parse_proxy(proxy: str) -> URL:
    """A proxy's URL. Raises `PermanentError` (`CONNECT_FAILED`) where it is none."""
    try:
        url = URL(proxy)
        port = url.port or DEFAULT_SOCKS_PORT
    except ValueError:
        url, port = URL(), 0
    if url.scheme not in HTTP_SCHEMES | SOCKS_SCHEMES or not url.host or not port:
        reason = "the proxy must be an http://, https://, socks5:// or socks5h:// address"
        raise PermanentError(Outcome.CONNECT_FAILED, reason) from None
    return url


class UnresolvedNames(AbstractResolver):
    """A resolver that leaves names to the proxy."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """The name in place of its address."""
        return [ResolveResult(hostname=host, host=host, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Does nothing: no resource is held."""


class SocksConnector(aiohttp.TCPConnector):
    """Makes every connection through one SOCKS5 proxy (RFC 1928); TLS and HTTP are aiohttp's.

    Overrides a private method, which `aiohttp_hooks` lists. Raises `PollError` for failures of the proxy and of the
    connection to it.
    """

    def __init__(self, proxy: URL, **options: Any) -> None:
        # Imported on use: it takes some 40 ms, and only SOCKS proxies need it.
        self._library: Any = import_module("python_socks.async_.asyncio")
        self._errors: Any = import_module("python_socks")
        self._socks_url = proxy
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
                sock = await self._connect_socket([info[4][:2] for info in addr_infos])
                return await self._loop.create_connection(*args, **kwargs, sock=sock)
        except TimeoutError as error:
            reason = f"no connection through the proxy within {timeout.sock_connect:g} s"
            raise TemporaryError(Outcome.TIMEOUT, reason) from error
        except ssl.SSLError as error:
            raise aiohttp.ClientConnectorSSLError(req.connection_key, error) from error

    async def _connect_socket(self, addresses: list[tuple[str, int]]) -> Any:
        """A socket connected to the first of the addresses that the proxy can reach."""
        last: PollError = TemporaryError(Outcome.CONNECT_FAILED, "the proxy was given no address")
        for host, port in addresses:
            try:
                # A new object each time: it holds no connection.
                return await self._new_proxy().connect(host, port, timeout=2 * CONNECT_TIMEOUT_S)
            except self._errors.ProxyError as error:
                last = _reply_error(error.error_code, str(error))
            except self._errors.ProxyConnectionError as error:
                raise TemporaryError(Outcome.CONNECT_FAILED, "the proxy cannot be reached") from error
        raise last

    def _new_proxy(self) -> Any:
        url = self._socks_url
        return self._library.Proxy(
            self._errors.ProxyType.SOCKS5,
            url.host,
            url.port or DEFAULT_SOCKS_PORT,
            url.user,
            url.password or ("" if url.user else None),
            rdns=True,
        )


def _reply_error(code: int | None, message: str) -> PollError:
    """The error for a proxy's reply code. The library reports refused credentials by its message alone."""
    if code is None and "authentication" in message.lower():
        return PermanentError(Outcome.UNAUTHORIZED, "the proxy does not take our user name and password")
    why = _REPLY_REASONS.get(code or 0, "it does not say why")
    return TemporaryError(Outcome.CONNECT_FAILED, f"the proxy does not let us through: {why}")
