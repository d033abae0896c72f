"""From the parts of a date to an instant in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from ingestd.model.feed import ZoneOrigin
from ingestd.text.dates import zones

#: Years outside of these are placeholders (0001, 9999) or misread numbers, not days on which something was published.
YEARS = range(1900, 2200)


@dataclass(frozen=True, slots=True)
class Parts:
    """A date taken apart. `hour` 24 is allowed at 24:00:00, `second` 60 as a leap second.

    `offset` is a zone stated as a number, `zone_name` one stated by name (folded abbreviation or IANA name).
    """

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0
    microsecond: int = 0
    offset: tzinfo | None = None
    zone_name: str | None = None


def to_utc(parts: Parts, *, zone: str | None, language: str | None) -> tuple[datetime, ZoneOrigin] | None:
    """The instant of `parts`, and what told its zone; None where the day or the time does not exist."""
    local = _local(parts)
    if local is None:
        return None
    configured = zones.by_place(zone) if zone else None
    told = _zone_of(parts, local, configured, language)
    if told is None:
        return None
    tz, origin = told
    try:
        return local.replace(tzinfo=tz).astimezone(UTC), origin
    except (OverflowError, ValueError):
        return None


def _local(parts: Parts) -> datetime | None:
    if parts.year not in YEARS:
        return None
    midnight = parts.hour == 24 and parts.minute == parts.second == 0
    leap = parts.second == 60 and parts.minute == 59
    try:
        local = datetime(  # noqa: DTZ001 - the zone is found out next
            parts.year,
            parts.month,
            parts.day,
            0 if midnight else parts.hour,
            parts.minute,
            59 if leap else parts.second,
            0 if leap else parts.microsecond,
        )
    except ValueError:
        return None
    return local + timedelta(days=midnight, seconds=leap)


def _zone_of(
    parts: Parts, local: datetime, configured: tzinfo | None, language: str | None
) -> tuple[tzinfo, ZoneOrigin] | None:
    if parts.offset is not None:
        return parts.offset, ZoneOrigin.STATED
    if parts.zone_name is None:
        return (configured, ZoneOrigin.SOURCE) if configured else (UTC, ZoneOrigin.ASSUMED)
    if "/" in parts.zone_name:
        place = zones.by_place(parts.zone_name)
        return (place, ZoneOrigin.STATED) if place else None
    if spoken := zones.by_source(parts.zone_name, configured, local):
        return spoken, ZoneOrigin.SOURCE
    if spoken := zones.by_language(parts.zone_name, language):
        return spoken, ZoneOrigin.LANGUAGE
    named = zones.by_name(parts.zone_name)
    return (named, ZoneOrigin.STATED) if named else None
