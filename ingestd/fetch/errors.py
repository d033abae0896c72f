"""The errors of aiohttp, httpx and the standard library, translated into `PollError`s in one place."""

import asyncio
import os
import ssl

import aiohttp
import httpx

from ingestd.fetch.guard import address_refused
from ingestd.fetch.limits import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from ingestd.fetch.local_faults import LOCAL_ERRNOS, local_fault
from ingestd.model.errors import Cause, Outcome, PermanentError, PollError, TemporaryError
from ingestd.text.characters import printable

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

# By the codes of X509_verify_cert_error(3ssl).
_CAUSES_BY_VERIFY_CODE = {
    2: Cause.UNKNOWN_ISSUER,
    9: Cause.NOT_YET_VALID,
    10: Cause.EXPIRED,
    18: Cause.SELF_SIGNED,
    19: Cause.UNKNOWN_ISSUER,
    20: Cause.UNKNOWN_ISSUER,
    21: Cause.UNKNOWN_ISSUER,
    62: Cause.WRONG_NAME,
    64: Cause.WRONG_NAME,
}
# By OpenSSL's names of other failures of a handshake.
_CAUSES_BY_REASON = {
    "UNSUPPORTED_PROTOCOL": Cause.OLD_TLS,
    "TLSV1_ALERT_PROTOCOL_VERSION": Cause.OLD_TLS,
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": Cause.OLD_TLS,
    "DH_KEY_TOO_SMALL": Cause.OLD_TLS,
    "WRONG_VERSION_NUMBER": Cause.NO_TLS,
    "HTTP_REQUEST": Cause.NO_TLS,
    "RECORD_LAYER_FAILURE": Cause.NO_TLS,
}

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
    words = printable(str(message).replace("_", " ").lower(), 160)
    cause = _CAUSES_BY_VERIFY_CODE.get(getattr(inner, "verify_code", 0)) or _CAUSES_BY_REASON.get(
        getattr(inner, "reason", "") or ""
    )
    return f"no trusted TLS connection: {f'{cause} ({words})' if cause else words}"


def _proxy_error(error: aiohttp.ClientHttpProxyError) -> PollError:
    if error.status == 407:
        return PermanentError(Outcome.UNAUTHORIZED, str(Cause.PROXY_LOGIN), http_status=407)
    return TemporaryError(Outcome.CONNECT_FAILED, f"the proxy does not let us through ({error.status})")


def _connect_error(error: aiohttp.ClientConnectorError) -> PollError:
    inner = error.os_error
    if isinstance(inner, AddressRefusedError):
        return address_refused(str(inner))
    if inner.errno in LOCAL_ERRNOS:
        return local_fault(f"no connection can be opened here: {os.strerror(inner.errno)}")
    if isinstance(inner, ConnectionResetError) and not inner.errno:
        # asyncio's own error, where a connection ends before TLS is agreed on.
        return TemporaryError(
            Outcome.CONNECT_FAILED, "the site cannot be used: it ends the connection in the TLS handshake"
        )
    why = os.strerror(inner.errno).lower() if inner.errno and inner.errno > 0 else printable(str(inner), 120)
    peer = "the proxy" if isinstance(error, aiohttp.ClientProxyConnectionError) else "the site"
    return TemporaryError(Outcome.CONNECT_FAILED, f"{peer} cannot be reached: {why}")


def _head_error(error: aiohttp.ClientResponseError) -> PollError:
    """The error for a status line or header section that aiohttp's parser refuses: too large, or not HTTP."""
    message = printable(error.message.splitlines()[0] if error.message else "", 120)
    if "more than" in message.lower() or "too many headers" in message.lower():
        return PermanentError(Outcome.TOO_LARGE, "the answer's headers are larger than any server needs")
    return PermanentError(Outcome.PROTOCOL_ERROR, f"the answer is not HTTP: {message.rstrip(':') or 'unreadable'}")
