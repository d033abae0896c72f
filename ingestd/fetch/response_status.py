"""What a response's status and headers mean. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from http import HTTPStatus

from ingestd.fetch.limits import MAX_RETRY_AFTER_S
from ingestd.model.errors import Cause, Outcome, PermanentError, PollError, TemporaryError
from ingestd.text.times import http_date

#: Lower-case names and values, in the order received.
Headers = Sequence[tuple[str, str]]

#: The statuses that pages of bot protection have.
CHALLENGE_STATUSES = frozenset({202, 403, 405, 429, 503})

# delay-seconds (RFC 9110, section 10.2.3); some servers add a fraction.
_DELAY_SECONDS = re.compile(r"\s*(\d{1,20})(?:\.\d{0,9})?\s*")
_CONTENT_RANGE = re.compile(r"bytes 0-(\d{1,15})/(\d{1,15})")
# Texts that only the pages of bot protection have in their first kilobytes.
_CHALLENGE_MARKS = (
    b"<title>just a moment...",
    b"/cdn-cgi/challenge-platform/",
    b"cf-chl-",
    b"challenges.cloudflare.com/turnstile",
    b"<title>attention required! | cloudflare",
    b"<title>ddos-guard",
    b"_incapsula_resource",
    b"captcha-delivery.com",
    b"px-captcha",
    b"anubis_challenge",
    b"acw_sc__v2",
    b"yunsuo_session_verify",
)
_PERMANENT = {
    401: (Outcome.UNAUTHORIZED, "the site asks for a user name and password"),
    403: (Outcome.FORBIDDEN, "the site refuses us"),
    404: (Outcome.NOT_FOUND, "there is nothing at this address"),
    407: (Outcome.UNAUTHORIZED, str(Cause.PROXY_LOGIN)),
    410: (Outcome.GONE, "the site says that this address is gone for good"),
    451: (Outcome.FORBIDDEN, "the site may not show this for legal reasons"),
}
_TEMPORARY = {
    408: (Outcome.TIMEOUT, "the site waited too long for our request"),
    425: (Outcome.RATE_LIMITED, "the site asks us to come back later"),
    429: (Outcome.RATE_LIMITED, "the site asks us to come less often"),
}
_CHALLENGE_REASON = "the site answers with a bot challenge, which only a browser passes"


def decode_headers(raw: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Headers as text, with lower-case names."""
    return tuple((name.decode("latin-1").lower(), _decode_value(value)) for name, value in raw)


def first_header(headers: Headers, name: str) -> str | None:
    """The first value of a header, by its lower-case name."""
    return next((value for key, value in headers if key == name), None)


def retry_after_s(headers: Headers, now: datetime) -> float | None:
    """The seconds that a Retry-After asks to wait (RFC 9110, section 10.2.3), at most a day; None where there is none.

    Numbers are clamped before any arithmetic on times, which 10^20 seconds would overflow.
    """
    value = first_header(headers, "retry-after")
    if value is None:
        return None
    digits = _DELAY_SECONDS.fullmatch(value)
    if digits:
        return float(min(int(digits[1]), MAX_RETRY_AFTER_S))
    at = http_date(value)
    return None if at is None else min(max((at - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


def content_length(headers: Headers) -> int | None:
    """The Content-Length in bytes (RFC 9110, section 8.6), None where there is none."""
    value = (first_header(headers, "content-length") or "").strip()
    return int(value[:20]) if value.isascii() and value.isdigit() else None


def is_challenge(status: int, headers: Headers, start: bytes) -> bool:
    """Whether a response is a bot challenge; `start` is the beginning of its body."""
    if (first_header(headers, "cf-mitigated") or "").strip().lower() == "challenge":
        return True
    if (first_header(headers, "x-amzn-waf-action") or "").strip().lower() in ("challenge", "captcha"):
        return True
    if status not in CHALLENGE_STATUSES:
        return False
    lowered = start.lower()
    return any(mark in lowered for mark in _CHALLENGE_MARKS)


def status_error(status: int, headers: Headers, start: bytes, now: datetime) -> PollError | None:
    """The error for the final status of a request; None where the response can be used.

    `start` is the beginning of the body, empty where it was not read. A redirect that is not followed and an interim
    status are errors too.
    """
    if is_challenge(status, headers, start):
        return PermanentError(Outcome.CHALLENGE, _CHALLENGE_REASON, http_status=status)
    if status in _TEMPORARY:
        outcome, reason = _TEMPORARY[status]
        wait = retry_after_s(headers, now)
        return TemporaryError(outcome, _with_phrase(status, reason), http_status=status, retry_after_s=wait)
    if status in _PERMANENT:
        outcome, reason = _PERMANENT[status]
        return PermanentError(outcome, _with_phrase(status, reason), http_status=status)
    if 500 <= status < 600:
        reason = _with_phrase(status, "the site is broken or overloaded")
        wait = retry_after_s(headers, now)
        return TemporaryError(Outcome.SERVER_ERROR, reason, http_status=status, retry_after_s=wait)
    if (200 <= status < 300 and status != 206) or status == 304:
        return None
    if status == 206 and _covers_everything(first_header(headers, "content-range")):
        return None
    if status < 200 or status == 206:
        reason = f"the server answered {status}, which was not asked for"
        return PermanentError(Outcome.PROTOCOL_ERROR, reason, http_status=status)
    reason = _with_phrase(status, "the server refused the request")
    return PermanentError(Outcome.HTTP_ERROR, reason, http_status=status)


def _covers_everything(content_range: str | None) -> bool:
    """Whether a 206 holds the whole resource: `bytes 0-99/100` (RFC 9110, section 14.4)."""
    found = _CONTENT_RANGE.fullmatch((content_range or "").strip())
    return found is not None and int(found[1]) + 1 == int(found[2])


def _with_phrase(status: int, reason: str) -> str:
    try:
        return f"{reason} ({status} {HTTPStatus(status).phrase})"
    except ValueError:
        return f"{reason} ({status})"


def _decode_value(value: bytes) -> str:
    """A field value as text: UTF-8 where it is valid, else ISO 8859-1 (RFC 9110, section 5.5)."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
