"""The forms in which dates are written: the two usual ones by one expression each, all others word by word."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

from ingestd.model.feed import ZoneOrigin
from ingestd.text.dates import zones
from ingestd.text.dates.instant import YEARS, Parts
from ingestd.text.dates.loose import read_loosely
from ingestd.text.dates.vocabulary import MONTHS

__all__ = ["Parts", "read"]

_RFC822 = re.compile(
    r"(?:[A-Za-z]{3,9}\.?,? )?(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ -](\d{4}) (\d{1,2}):(\d\d)(?::(\d\d))?"
    r" ?(?:([+-])(\d\d):?(\d\d)|([A-Z]{1,5}))?"
)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? ?(?:([Zz])|([+-])(\d\d):?(\d\d)?)?"
)
_ISO_BASIC = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:[Tt]?(\d\d)(\d\d)?(\d\d)?(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d)?)?"
)
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})(?:[Tt](\d\d):?(\d\d):?(\d\d)?)?([Zz])?")
_WEEK = re.compile(r"(\d{4})-?[Ww](\d\d)(?:-?([1-7]))?")
_MONTH_ONLY = re.compile(r"(\d{4})(?:-(\d\d))?")
_NET = re.compile(r"\\?/Date\((-?\d{9,14})(?:[+-]\d{4})?\)\\?/")
_NUMBER = re.compile(r"(\d+)(?:[.,](\d{1,9}))?")
_EPOCH_UNITS = {9: 1, 10: 1, 12: 1_000, 13: 1_000, 15: 1_000_000, 16: 1_000_000, 18: 10**9, 19: 10**9}

Instant = tuple[datetime, ZoneOrigin]


def read(raw: str, *, language: str | None, now: datetime | None) -> Parts | Instant | None:
    """The parts of the date in `raw`, or the instant itself for an epoch number; None where there is no clear date."""
    text = _tidy(raw)
    if not text.isascii():
        return read_loosely(text, language=language, now=now)
    return _rfc822(text) or _iso(text) or _number(text) or _rare(text) or read_loosely(text, language=language, now=now)


def _tidy(raw: str) -> str:
    text = raw if raw.isascii() else unicodedata.normalize("NFKC", raw)
    return " ".join(text.split()).strip("\"'")


def _rfc822(text: str) -> Parts | None:
    found = _RFC822.fullmatch(text)
    if found is None:
        return None
    day, name, year, hour, minute, second, sign, zone_hours, zone_minutes, zone_name = found.groups()
    month = MONTHS.get(name.lower())
    offset = zones.from_offset(sign, zone_hours, zone_minutes) if sign else None
    if month is None or (sign and offset is None) or (zone_name and zone_name in ("AM", "PM", "A", "P")):
        return None
    return Parts(
        int(year), month, int(day), int(hour), int(minute), int(second or 0), 0, offset, zone_name and zone_name.lower()
    )


def _iso(text: str) -> Parts | None:
    found = _ISO.fullmatch(text)
    return _from_iso(found) if found else None


def _from_iso(found: re.Match[str]) -> Parts | None:
    year, month, day, hour, minute, second, fraction, utc, sign, zone_hours, zone_minutes = found.groups()
    offset = zones.from_offset(sign, zone_hours, zone_minutes) if sign else (UTC if utc else None)
    if sign and offset is None:
        return None
    return Parts(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        int((fraction or "0").ljust(6, "0")[:6]),
        offset,
    )


def _number(text: str) -> Parts | Instant | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    digits = found[1]
    compact = _ISO_BASIC.fullmatch(digits) if len(digits) in (8, 10, 12, 14) else None
    # Ten digits that begin with a year of this century would be an epoch of the year 2033 or later.
    if compact and int(compact[1]) in YEARS and _is_day(compact) and (len(digits) != 10 or digits >= "2000000000"):
        return _from_iso(compact)
    unit = _EPOCH_UNITS.get(len(digits))
    return _epoch(int(digits), unit, found[2]) if unit else None


def _is_day(found: re.Match[str]) -> bool:
    return 1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31 and int(found[4] or 0) <= 23


def _epoch(number: int, unit: int, fraction: str | None = None) -> Instant | None:
    microseconds = number * 1_000_000 // unit
    if unit == 1 and fraction:
        microseconds += int(fraction.ljust(6, "0")[:6])
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return (moment, ZoneOrigin.STATED) if moment.year in YEARS else None


def _rare(text: str) -> Parts | Instant | None:
    if found := _NET.fullmatch(text):
        return _epoch(int(found[1]), 1_000)
    if found := _ORDINAL.fullmatch(text):
        return _of_ordinal(found)
    if found := _WEEK.fullmatch(text):
        return _of_week(found)
    if (found := _ISO_BASIC.fullmatch(text)) and int(found[1]) in YEARS:
        return _from_iso(found)
    if (found := _MONTH_ONLY.fullmatch(text)) and int(found[1]) in YEARS:
        return Parts(int(found[1]), int(found[2] or 1), 1)
    return None


def _of_ordinal(found: re.Match[str]) -> Parts | None:
    year, ordinal = int(found[1]), int(found[2])
    if year not in YEARS or not 1 <= ordinal <= 366:
        return None
    day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=ordinal - 1)
    hour, minute, second = (int(part or 0) for part in found.groups()[2:5])
    return (
        Parts(year, day.month, day.day, hour, minute, second, offset=UTC if found[6] else None)
        if day.year == year
        else None
    )


def _of_week(found: re.Match[str]) -> Parts | None:
    try:
        day = datetime.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return None
    return Parts(day.year, day.month, day.day)
