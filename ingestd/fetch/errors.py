"""The errors of aiohttp, httpx and the standard library, translated into `PollError`s in one place."""

import asyncio
import os
import ssl

import aiohttp
import httpx

from ingestd.fetch.guard import address_refused, printable
from ingestd.fetch.limits import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from ingestd.fetch.local_faults import LOCAL_ERRNOS, local_fault
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError

#: What the libraries may raise for what a server or the network does.
LIBRARY_ERRORS = (
    aiohttp.ClientError,
    httpx.InvalidURL,
    OSError,
    asyncio.TimeoutError,
    ValueError,
    EOFError,
    RuntimeError,
    LookupError,
)

_TLS_ERRORS = (ssl.SSLError, aiohttp.ClientSSLError, ssl.CertificateError)


class AddressRefusedError(OSError):
    """A socket was about to be opened to an address that the guard refuses. An OSError, so that aiohttp wraps it."""


class UnansweredError(aiohttp.ClientError):
    """A new connection ended without a response. aiohttp would retry its own error for this; it does not retry this."""


class BrokenBodyError(aiohttp.ClientPayloadError):
    """A body's framing (its chunks) cannot be read."""


def translate(error: BaseException) -> PollError:
    """The `PollError` for a library's error."""
    if isinstance(error, PollError):
        return error
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return TemporaryError(Outcome.TIMEOUT, f"no connection within {CONNECT_TIMEOUT_S:g} s")
    if isinstance(error, asyncio.TimeoutError):
        return TemporaryError(Outcome.TIMEOUT, f"nothing came for {READ_TIMEOUT_S:g} s")
    if isinstance(error, _TLS_ERRORS):
        return PermanentError(Outcome.TLS_FAILED, _tls_reason(error))
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _proxy_error(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _connect_error(error)
    if isinstance(error, aiohttp.ClientResponseError):
        return _head_error(error)
    if isinstance(error, BrokenBodyError):
        return PermanentError(Outcome.PROTOCOL_ERROR, "the answer is not HTTP: its chunks cannot be read")
    if isinstance(error, aiohttp.ClientPayloadError):
        return TemporaryError(Outcome.CONNECTION_LOST, "the connection ended before the body was complete")
    if isinstance(error, aiohttp.InvalidURL | httpx.InvalidURL):
        return PermanentError(Outcome.HTTP_ERROR, "not a readable address")
    return _connection_error(error)


def _connection_error(error: BaseException) -> PollError:
    """The error for what says no more than that a connection ended, or that this machine could not open it."""
    if isinstance(error, OSError) and error.errno in LOCAL_ERRNOS:
        return local_fault(f"no connection can be opened here: {os.strerror(error.errno)}")
    if isinstance(error, aiohttp.ClientError | OSError | EOFError):
        return TemporaryError(Outcome.CONNECTION_LOST, "the connection ended before the answer was complete")
    return TemporaryError(Outcome.INTERNAL_ERROR, f"{type(error).__name__}: {printable(str(error), 120)}")


def _tls_reason(error: BaseException) -> str:
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    message = getattr(inner, "verify_message", "") or getattr(inner, "reason", "") or str(inner)
    return f"no trusted TLS connection: {printable(str(message).replace('_', ' ').lower(), 160)}"


def _proxy_error(error: aiohttp.ClientHttpProxyError) -> PollError:
    if error.status == 407:
        reason = "the proxy asks for a user name and password"
        return PermanentError(Outcome.UNAUTHORIZED, reason, http_status=407)
    return TemporaryError(Outcome.CONNECT_FAILED, f"the proxy does not let us through ({error.status})")


def _connect_error(error: aiohttp.ClientConnectorError) -> PollError:
    inner = error.os_error
    if isinstance(inner, AddressRefusedError):
        return address_refused(str(inner))
    if inner.errno in LOCAL_ERRNOS:
        return local_fault(f"no connection can be opened here: {os.strerror(inner.errno)}")
    why = os.strerror(inner.errno).lower() if inner.errno and inner.errno > 0 else printable(str(inner), 120)
    peer = "the proxy" if isinstance(error, aiohttp.ClientProxyConnectionError) else "the site"
    return TemporaryError(Outcome.CONNECT_FAILED, f"{peer} cannot be reached: {why}")


def _head_error(error: aiohttp.ClientResponseError) -> PollError:
    """The error for a status line or header section that aiohttp's parser refuses: too large, or not HTTP."""
    message = printable(error.message.splitlines()[0] if error.message else "", 120)
    if "more than" in message.lower() or "too many headers" in message.lower():
        return PermanentError(Outcome.TOO_LARGE, "the answer's headers are larger than any server needs")
    return PermanentError(Outcome.PROTOCOL_ERROR, f"the answer is not HTTP: {message.rstrip(':') or 'unreadable'}")
