"""The parts of a date, and the instant in UTC that they mean."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from ingestd.model.feed import ZoneOrigin
from ingestd.text.dates import time_zones

#: Years of publication. Others are placeholders (0001, 9999) or misread numbers.
PLAUSIBLE_YEARS = range(1900, 2200)


@dataclass(frozen=True, slots=True)
class DateParts:
    """Day, time of day and time zone of a date. `hour` may be 24 at 24:00:00, `second` 60 for a leap second.

    `offset` is a time zone stated as a number, `zone_name` one stated as an abbreviation in lower case or an IANA name.
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


def to_utc(
    parts: DateParts, *, zone: str | None, language: str | None, text_language: str | None
) -> tuple[datetime, ZoneOrigin] | None:
    """The instant of `parts` and the origin of its time zone; None where the day, time or zone does not exist."""
    local = _local_time(parts)
    if local is None:
        return None
    configured = time_zones.from_iana_name(zone) if zone else None
    told = _time_zone(parts, local, configured, ((language, ZoneOrigin.LANGUAGE), (text_language, ZoneOrigin.TEXT)))
    if told is None:
        return None
    tz, origin = told
    try:
        return local.replace(tzinfo=tz).astimezone(UTC), origin
    except (OverflowError, ValueError):
        return None


def _local_time(parts: DateParts) -> datetime | None:
    if parts.year not in PLAUSIBLE_YEARS:
        return None
    midnight = parts.hour == 24 and parts.minute == parts.second == 0
    leap = parts.second == 60 and parts.minute == 59
    try:
        local = datetime(  # noqa: DTZ001 - the zone is found next
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
    return local + timedelta(days=midnight, seconds=leap) if midnight or leap else local


def _time_zone(
    parts: DateParts,
    local: datetime,
    configured: tzinfo | None,
    languages: tuple[tuple[str | None, ZoneOrigin], ...],
) -> tuple[tzinfo, ZoneOrigin] | None:
    """The zone by the first evidence: the text, the source's zone, the feed's language, the language of its texts."""
    if parts.offset is not None:
        return parts.offset, ZoneOrigin.STATED
    if parts.zone_name is None:
        if configured:
            return configured, ZoneOrigin.SOURCE
        told = ((time_zones.zone_of_language(language), origin) for language, origin in languages)
        return next(((zone, origin) for zone, origin in told if zone), (UTC, ZoneOrigin.ASSUMED))
    if "/" in parts.zone_name:
        place = time_zones.from_iana_name(parts.zone_name)
        return (place, ZoneOrigin.STATED) if place else None
    if spoken := time_zones.abbreviation_of_source(parts.zone_name, configured, local):
        return spoken, ZoneOrigin.SOURCE
    for language, origin in languages:
        if spoken := time_zones.abbreviation_in_language(parts.zone_name, language):
            return spoken, origin
    named = time_zones.from_abbreviation(parts.zone_name)
    return (named, ZoneOrigin.STATED) if named else None
