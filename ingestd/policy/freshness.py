"""What an answer's headers say about the next request: how long it stays fresh, and what to send back."""

import re
from collections.abc import Sequence
from datetime import datetime

from ingestd.text.times import http_date

Headers = Sequence[tuple[str, str]]

#: The longest freshness that is believed, in seconds: a week. The schedule's own maximum is usually lower.
MAX_FRESH_S = 604_800.0
#: Validators longer than this are not kept.
MAX_VALIDATOR = 500
#: Every so many polls go without validators, to notice a site that says 304 for ever.
UNCONDITIONAL_EVERY = 24

_MAX_AGE = re.compile(r"""(?:\A|[,\s])max-age\s*=\s*["']?(\d{1,30})""", re.IGNORECASE)
_NOT_CACHED = re.compile(r"(?:\A|[,\s])no-(?:cache|store)(?:[,\s]|\Z)", re.IGNORECASE)


def freshness_s(headers: Headers, now: datetime) -> float | None:
    """Seconds for which the answer asks not to be requested again (RFC 9111, 4.2); None where it does not say.

    `headers` have lower-case names. Every number is clamped to a week before any arithmetic on times: a max-age of
    10^20 is a number like any other on the web, and must not cost the poll.
    """
    control = ",".join(value for name, value in headers if name == "cache-control")[:2000]
    age = _seconds(_first(headers, "age"))
    if _NOT_CACHED.search(control):
        return None
    found = _MAX_AGE.search(control)
    if found:
        return max(_clamp(found[1]) - age, 0.0)
    expires = http_date(_first(headers, "expires") or "")
    if expires is None:
        return None
    made = http_date(_first(headers, "date") or "") or now
    return min(max((expires - made).total_seconds() - age, 0.0), MAX_FRESH_S)


def validators_to_store(headers: Headers) -> tuple[str | None, str | None]:
    """ETag and Last-Modified to send back next time, exactly as they came.

    Whatever they look like, they are the site's own business: weak tags, odd quotes and dates that are none go back
    unread. Only what could not go into a header again is dropped: over 500 characters, not ASCII, control characters.
    """
    return _storable(_first(headers, "etag")), _storable(_first(headers, "last-modified"))


def should_skip_validators(poll_number: int, every: int = UNCONDITIONAL_EVERY) -> bool:
    """Whether this poll of a source (counted from 0) asks for the whole feed although it has validators.

    Sites that answer 304 whatever has changed, or change a body under the same ETag, would otherwise never be noticed.
    """
    return every > 0 and poll_number % every == every - 1


def _storable(value: str | None) -> str | None:
    if not value or len(value) > MAX_VALIDATOR or not value.isascii() or not value.isprintable():
        return None
    return value


def _first(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key == name), None)


def _clamp(digits: str) -> float:
    return min(float(int(digits)), MAX_FRESH_S)


def _seconds(value: str | None) -> float:
    text = (value or "").strip()
    return _clamp(text) if text.isascii() and text.isdigit() and len(text) <= 30 else 0.0
