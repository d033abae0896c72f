"""HTTP caching: the freshness of a response, and the validators for the next conditional GET (RFC 9110, RFC 9111)."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from ingestd.text.times import http_date

Headers = Sequence[tuple[str, str]]

#: The longest freshness that is used, in seconds: a week. The maximum of the schedule is usually lower.
MAX_FRESH_S = 604_800.0
#: Validators longer than this are not kept.
MAX_VALIDATOR_CHARS = 500
#: Every n-th poll goes without validators, to notice a site that always answers 304.
UNCONDITIONAL_POLL_EVERY = 24
_MAX_CLOCK_DIFFERENCE = timedelta(days=1)

_MAX_AGE = re.compile(r"""(?:\A|[,\s])max-age\s*=\s*["']?(\d{1,30})""", re.IGNORECASE)
_NOT_CACHED = re.compile(r"(?:\A|[,\s])no-(?:cache|store)(?:[,\s]|\Z)", re.IGNORECASE)


def freshness_s(headers: Headers, now: datetime) -> float | None:
    """The freshness lifetime of a response in seconds (RFC 9111, 4.2); None where it states none.

    `headers` have lower-case names. Numbers are clamped to a week before any arithmetic on times: a max-age of 10^20
    occurs, and would overflow a timedelta.
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


def answered_at(headers: Headers, fetched_at: datetime) -> datetime:
    """When the answer was made: its Date header (RFC 9110, 6.6.1), else `fetched_at`, by the clock of this machine.

    A Date of more than a day after `fetched_at` comes from a wrong clock.
    """
    made = http_date(_first(headers, "date") or "")
    return made if made and made <= fetched_at + _MAX_CLOCK_DIFFERENCE else fetched_at


def validators_to_store(headers: Headers) -> tuple[str | None, str | None]:
    """ETag and Last-Modified to send back in the next conditional GET, exactly as they came (RFC 9110, 13.1).

    They are opaque: weak tags, odd quotes and invalid dates are sent back unread. Dropped is only what cannot stand in
    a request header: over `MAX_VALIDATOR_CHARS`, not ASCII, control characters.
    """
    return _storable(_first(headers, "etag")), _storable(_first(headers, "last-modified"))


def should_skip_validators(poll_number: int, every: int = UNCONDITIONAL_POLL_EVERY) -> bool:
    """Whether this poll of a source (counted from 0) is unconditional although there are validators.

    Some sites answer 304 whatever has changed, or change the body under the same ETag.
    """
    return every > 0 and poll_number % every == every - 1


def _storable(value: str | None) -> str | None:
    if not value or len(value) > MAX_VALIDATOR_CHARS or not value.isascii() or not value.isprintable():
        return None
    return value


def _first(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key == name), None)


def _clamp(digits: str) -> float:
    return min(float(int(digits)), MAX_FRESH_S)


def _seconds(value: str | None) -> float:
    text = (value or "").strip()
    return _clamp(text) if text.isascii() and text.isdigit() and len(text) <= 30 else 0.0
