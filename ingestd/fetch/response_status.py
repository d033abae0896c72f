"""What an answer's status and headers mean. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from ingestd.fetch.limits import MAX_RETRY_AFTER_S
from ingestd.model.errors import Outcome, PermanentError, PollError, TemporaryError

Headers = Sequence[tuple[str, str]]

_SECONDS = re.compile(r"\s*(\d{1,20})(?:\.\d{0,9})?\s*")
# Words that only the interstitial pages of bot protection have, in the first kilobytes of a page that is no article.
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
    407: (Outcome.UNAUTHORIZED, "the proxy asks for a user name and password"),
    410: (Outcome.GONE, "the site says that this address is gone for good"),
    451: (Outcome.FORBIDDEN, "the site may not show this for legal reasons"),
}
_TEMPORARY = {
    408: (Outcome.TIMEOUT, "the site waited too long for our request"),
    425: (Outcome.RATE_LIMITED, "the site asks us to come back later"),
    429: (Outcome.RATE_LIMITED, "the site asks us to come less often"),
}
_CHALLENGE_REASON = "the site answers with a bot challenge, which only a browser passes"


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, by its lower-case name."""
    return next((value for key, value in headers if key == name), None)


def retry_after_s(headers: Headers, now: datetime) -> float | None:
    """The seconds that the answer asks us to wait (RFC 9110, 10.2.3), clamped to a day; None where it does not.

    The clamp comes before any arithmetic on times: a wait of 10^20 seconds must not overflow one.
    """
    value = header(headers, "retry-after")
    if value is None:
        return None
    digits = _SECONDS.fullmatch(value)
    if digits:
        return float(min(int(digits[1]), MAX_RETRY_AFTER_S))
    at = http_date(value)
    return None if at is None else min(max((at - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


def announced_size(headers: Headers) -> int | None:
    """The bytes on the wire that a Content-Length announces, None where there is none."""
    value = (header(headers, "content-length") or "").strip()
    return int(value[:20]) if value.isascii() and value.isdigit() else None


def http_date(value: str) -> datetime | None:
    """A date of HTTP (RFC 9110, 5.6.7) in UTC, None for what is none."""
    try:
        moment = parsedate_to_datetime(value[:64])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_challenge(status: int, headers: Headers, start: bytes) -> bool:
    """Whether an answer is a bot challenge instead of what was asked for; `start` is the beginning of its body."""
    if (header(headers, "cf-mitigated") or "").strip().lower() == "challenge":
        return True
    if (header(headers, "x-amzn-waf-action") or "").strip().lower() in ("challenge", "captcha"):
        return True
    if status not in (202, 403, 405, 429, 503):
        return False
    lowered = start.lower()
    return any(mark in lowered for mark in _CHALLENGE_MARKS)


def failure(status: int, headers: Headers, start: bytes, now: datetime) -> PollError | None:
    """The error that a final status stands for; None where the answer can be read.

    `start` is the beginning of the body, as far as it was worth reading. A redirect that cannot be followed and a
    status that belongs to no finished request are errors as well.
    """
    if is_challenge(status, headers, start):
        return PermanentError(Outcome.CHALLENGE, _CHALLENGE_REASON, http_status=status)
    if status in _TEMPORARY:
        outcome, reason = _TEMPORARY[status]
        wait = retry_after_s(headers, now)
        return TemporaryError(outcome, _named(status, reason), http_status=status, retry_after_s=wait)
    if status in _PERMANENT:
        outcome, reason = _PERMANENT[status]
        return PermanentError(outcome, _named(status, reason), http_status=status)
    if 500 <= status < 600:
        reason = _named(status, "the site is broken or overloaded")
        wait = retry_after_s(headers, now)
        return TemporaryError(Outcome.SERVER_ERROR, reason, http_status=status, retry_after_s=wait)
    if (200 <= status < 300 and status != 206) or status == 304:
        return None
    if status == 206 and _is_whole(header(headers, "content-range")):
        return None
    if status < 200 or status == 206:
        reason = f"the server answered {status}, which was not asked for"
        return PermanentError(Outcome.PROTOCOL_ERROR, reason, http_status=status)
    return PermanentError(Outcome.HTTP_ERROR, _named(status, "the server refused the request"), http_status=status)


def _is_whole(content_range: str | None) -> bool:
    """Whether a partial answer is in truth the whole: `bytes 0-99/100`."""
    found = re.fullmatch(r"bytes 0-(\d{1,15})/(\d{1,15})", (content_range or "").strip())
    return found is not None and int(found[1]) + 1 == int(found[2])


def _named(status: int, reason: str) -> str:
    try:
        return f"{reason} ({status} {HTTPStatus(status).phrase})"
    except ValueError:
        return f"{reason} ({status})"
