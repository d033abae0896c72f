"""The HTTP libraries' errors, translated once into ours."""

import asyncio
import errno
import os
import socket
import ssl

import aiohttp
import httpx

from ingestd.fetch.guard import printable, refused
from ingestd.fetch.limits import CONNECT_S, READ_S
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

# This machine has run out of something: no word about the site.
_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ETIMEDOUT})


class AddressRefusedError(OSError):
    """The dialler was handed an address that must not be dialled."""


class UnansweredError(aiohttp.ClientError):
    """A new connection ended before an answer: not to be tried again at once, as the library would."""


class BrokenBodyError(aiohttp.ClientPayloadError):
    """A body's framing (its chunks) cannot be read."""


def translate(problem: BaseException) -> PollError:
    """The error of ours for one of the library's; every branch names what a person would want to know."""
    if isinstance(problem, PollError):
        return problem
    if isinstance(problem, aiohttp.ConnectionTimeoutError):
        return TemporaryError(Outcome.TIMEOUT, f"no connection within {CONNECT_S:g} s")
    if isinstance(problem, asyncio.TimeoutError):
        return TemporaryError(Outcome.TIMEOUT, f"nothing came for {READ_S:g} s")
    if isinstance(problem, ssl.SSLError | aiohttp.ClientSSLError | ssl.CertificateError):
        return PermanentError(Outcome.TLS_FAILED, _tls_reason(problem))
    if isinstance(problem, aiohttp.ClientHttpProxyError):
        return _from_proxy(problem)
    if isinstance(problem, aiohttp.ClientConnectorError):
        return _from_connecting(problem)
    if isinstance(problem, aiohttp.ClientResponseError):
        return _from_bad_head(problem)
    if isinstance(problem, BrokenBodyError):
        return PermanentError(Outcome.PROTOCOL_ERROR, "the answer is not HTTP: its chunks cannot be read")
    if isinstance(problem, aiohttp.ClientPayloadError):
        return TemporaryError(Outcome.CONNECTION_LOST, "the connection ended before the body was complete")
    if isinstance(problem, aiohttp.InvalidURL | httpx.InvalidURL):
        return PermanentError(Outcome.HTTP_ERROR, "not a readable address")
    if isinstance(problem, aiohttp.ClientError | OSError | EOFError):
        return TemporaryError(Outcome.CONNECTION_LOST, "the connection ended before the answer was complete")
    return TemporaryError(Outcome.INTERNAL_ERROR, f"{type(problem).__name__}: {printable(str(problem), 120)}")


def out_of_reach(problem: BaseException | None) -> bool:
    """Whether nothing at all came back: no word from DNS, no route, no connection in time."""
    if isinstance(problem, socket.gaierror):
        return problem.errno == socket.EAI_AGAIN
    if isinstance(problem, aiohttp.ClientConnectorError):
        return problem.os_error.errno in _NO_WAY
    # A bare TimeoutError comes from the resolver; those of an established connection have types of their own.
    return isinstance(problem, aiohttp.ConnectionTimeoutError) or type(problem) is TimeoutError


def _tls_reason(problem: BaseException) -> str:
    inner = getattr(problem, "certificate_error", None) or getattr(problem, "os_error", None) or problem
    message = getattr(inner, "verify_message", "") or getattr(inner, "reason", "") or str(inner)
    return f"no trusted TLS connection: {printable(str(message).replace('_', ' ').lower(), 160)}"


def _from_proxy(problem: aiohttp.ClientHttpProxyError) -> PollError:
    if problem.status == 407:
        reason = "the proxy asks for a user name and password"
        return PermanentError(Outcome.UNAUTHORIZED, reason, http_status=407)
    return TemporaryError(Outcome.CONNECT_FAILED, f"the proxy does not let us through ({problem.status})")


def _from_connecting(problem: aiohttp.ClientConnectorError) -> PollError:
    inner = problem.os_error
    if isinstance(inner, AddressRefusedError):
        return refused(str(inner))
    if inner.errno in _OURS:
        return TemporaryError(Outcome.INTERNAL_ERROR, f"no connection can be opened here: {os.strerror(inner.errno)}")
    why = os.strerror(inner.errno).lower() if inner.errno and inner.errno > 0 else printable(str(inner), 120)
    whom = "the proxy" if isinstance(problem, aiohttp.ClientProxyConnectionError) else "the site"
    return TemporaryError(Outcome.CONNECT_FAILED, f"{whom} cannot be reached: {why}")


def _from_bad_head(problem: aiohttp.ClientResponseError) -> PollError:
    message = printable(problem.message.splitlines()[0] if problem.message else "", 120)
    if "more than" in message.lower() or "too many headers" in message.lower():
        return PermanentError(Outcome.TOO_LARGE, "the answer's headers are larger than any server needs")
    return PermanentError(Outcome.PROTOCOL_ERROR, f"the answer is not HTTP: {message.rstrip(':') or 'unreadable'}")
