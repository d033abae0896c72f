"""Times as text: UTC with milliseconds in the database and the archive format, and the dates of HTTP headers."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)  # the time at which a feed was read stands in many rows
def utc_text(moment: datetime) -> str:
    """`2021-04-18T01:45:12.653Z` for an aware datetime; milliseconds are cut, not rounded."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_utc_text(text: str) -> datetime:
    """The aware datetime of a text that `utc_text` wrote. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z, exact (no float on the way)."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def from_epoch_ms(milliseconds: int) -> datetime:
    """The time of `epoch_ms`, in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def http_date(value: str) -> datetime | None:
    """The date of an HTTP header (RFC 9110, section 5.6.7) in UTC; None for `0`, `-1` and any other text."""
    try:
        moment = parsedate_to_datetime(value[:64])
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
