"""What a response says about the pace of its host: Retry-After, the RateLimit fields, or a bare refusal. Pure.

RateLimit fields are those of draft-ietf-httpapi-ratelimit-headers in the forms of its versions, and the X-RateLimit
fields that came before it:

    RateLimit: "default";r=0;t=45                             version 8 and later; a list with one item a policy
    RateLimit: limit=100, remaining=0, reset=45               version 7
    RateLimit-Remaining: 0 / RateLimit-Reset: 45              version 6 and earlier
    X-RateLimit-Remaining: 0 / X-RateLimit-Reset: 1764250000  GitHub (Unix time), Reddit and others (seconds)

The requests that are left are spread over the time that is left: with `r` of them and `t` seconds, the next one starts
after t / (r + 1) seconds, which is `t` where none is left.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ingestd.fetch.host_pace import PaceSignal
from ingestd.fetch.limits import MAX_RETRY_AFTER_S
from ingestd.fetch.response_status import Headers, first_header, retry_after_s
from ingestd.model.errors import Outcome, PollError, TemporaryError
from ingestd.text.times import http_date

#: The statuses that refuse a request because it comes too often or too early, and those whose Retry-After is obeyed.
REFUSAL_STATUSES = frozenset({425, 429})
RETRY_AFTER_STATUSES = frozenset({301, 302, 303, 307, 308, 425, 429, 503})
#: A reset above this is a Unix time: in seconds, or in milliseconds above the second.
MIN_UNIX_TIME_S = 1e9
MIN_UNIX_TIME_MS = 1e12
#: The longest that a quota delays the next request, in seconds: it is asked for anew with each response.
MAX_QUOTA_WAIT_S = 3600.0
#: Characters of a field that are read.
MAX_FIELD_CHARS = 1000

_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_PREFIXES = ("ratelimit-", "x-ratelimit-", "x-rate-limit-")
_PARAMETER = re.compile(r"(?:^|[;,\s])(r|t|remaining|reset)\s*=\s*(\d{1,15})", re.I)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests are left until the quota is reset, and in how many seconds that is, at most a day."""

    remaining: float
    reset_s: float

    @property
    def wait_s(self) -> float:
        """Seconds until the next request, where the remaining ones are spread evenly."""
        return self.reset_s / (self.remaining + 1)


def pace_signal(status: int, headers: Headers, now: datetime) -> PaceSignal:
    """What a response says about the pace of its host."""
    quota = max(quotas(headers, now), key=lambda quota: quota.wait_s, default=None)
    refused = status in REFUSAL_STATUSES or (status == 403 and quota is not None and not quota.remaining)
    pause_s = (retry_after_s(headers, now) or 0.0) if status in RETRY_AFTER_STATUSES else 0.0
    reason = f"{status}, Retry-After: {pause_s:.0f} s" if pause_s else f"{status}" if refused else None
    quota_s = 0.0
    if quota is not None:
        quota_s = min(quota.wait_s, MAX_QUOTA_WAIT_S)
        words = f"RateLimit: {quota.remaining:g} requests left for {quota.reset_s:.0f} s"
        if refused and not pause_s and not quota.remaining:
            pause_s, reason = quota.reset_s, f"{status}, {words}"
        reason = reason or words
    accepted = status < 500 and not refused
    return PaceSignal(accepted=accepted, refused=refused, pause_s=pause_s, quota_s=quota_s, reason=reason)


def quota_error(error: PollError, signal: PaceSignal) -> PollError:
    """The error of a response: `RATE_LIMITED` for a 403 that says that no request is left, else `error` itself.

    GitHub answers so where others answer 429.
    """
    if error.outcome is not Outcome.FORBIDDEN or not signal.refused:
        return error
    reason = f"the site asks us to come less often ({signal.reason})"
    return TemporaryError(
        Outcome.RATE_LIMITED, reason, http_status=error.http_status, retry_after_s=signal.pause_s or None
    )


def quotas(headers: Headers, now: datetime) -> list[Quota]:
    """Every quota that the headers state, in any of their forms."""
    found = [name for name, _ in headers if "ratelimit" in name or name.startswith("x-rate-limit-")]
    return list(_quotas(headers, now)) if found else []


def _quotas(headers: Headers, now: datetime) -> Iterator[Quota]:
    for name, value in headers:
        if name == "ratelimit":
            for item in _items(value[:MAX_FIELD_CHARS]):
                remaining, reset = item.get("r", item.get("remaining")), item.get("t", item.get("reset"))
                if remaining is not None and reset is not None:
                    yield Quota(remaining, min(reset, MAX_RETRY_AFTER_S))
    for prefix in _PREFIXES:
        remaining = _number(first_header(headers, prefix + "remaining"))
        reset_s = _reset_s(first_header(headers, prefix + "reset"), now)
        if remaining is not None and reset_s is not None:
            yield Quota(remaining, reset_s)


def _items(value: str) -> list[dict[str, float]]:
    """The parameters of each item of `"a";r=1;t=2, "b";r=3;t=4`, or of the one quota `remaining=1, reset=2`."""
    unquoted = re.sub(r'"[^"]*"', "", value)
    parts = [unquoted] if "remaining" in unquoted.lower() else unquoted.split(",")
    return [{name.lower(): float(number) for name, number in _PARAMETER.findall(part)} for part in parts]


def _number(value: str | None) -> float | None:
    found = _NUMBER.match((value or "").strip()[:32])
    return float(found[0]) if found else None


def _reset_s(value: str | None, now: datetime) -> float | None:
    """Seconds until a reset that is given in seconds, as Unix time, or as a date."""
    text = (value or "").strip()[:64]
    if not _NUMBER.fullmatch(text):
        at = _date(text)
        seconds = (at - now).total_seconds() if at else None
    else:
        seconds = float(text)
        if seconds >= MIN_UNIX_TIME_MS:
            seconds = seconds / 1000 - now.timestamp()
        elif seconds >= MIN_UNIX_TIME_S:
            seconds -= now.timestamp()
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _date(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return http_date(text) if text else None
    return moment if moment.tzinfo else None
