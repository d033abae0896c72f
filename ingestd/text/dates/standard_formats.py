"""Dates in machine formats: RFC 822, ISO 8601 with its rare forms, epoch numbers, `/Date(…)/` of .NET.

Each format is one expression. A text in none of them is read by `free_form`.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

from ingestd.model.feed import ZoneOrigin
from ingestd.text.dates import time_zones
from ingestd.text.dates.calendar_words import MONTHS
from ingestd.text.dates.date_parts import PLAUSIBLE_YEARS, DateParts
from ingestd.text.dates.free_form import read_free_form

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
_ORDINAL_DATE = re.compile(r"(\d{4})-?(\d{3})(?:[Tt](\d\d):?(\d\d):?(\d\d)?)?([Zz])?")
_WEEK_DATE = re.compile(r"(\d{4})-?[Ww](\d\d)(?:-?([1-7]))?")
_YEAR_MONTH = re.compile(r"(\d{4})(?:-(\d\d))?")
_DOTNET_JSON = re.compile(r"\\?/Date\((-?\d{9,14})(?:[+-]\d{4})?\)\\?/")
_NUMBER = re.compile(r"(\d+)(?:[.,](\d{1,9}))?")
# Joiners and marks of the direction of writing, which browsers and CLDR put into dates.
_INVISIBLE = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EPOCH_UNITS = {9: 1, 10: 1, 12: 1_000, 13: 1_000, 15: 1_000_000, 16: 1_000_000, 18: 10**9, 19: 10**9}

Instant = tuple[datetime, ZoneOrigin]


def read_date_parts(raw: str, *, language: str | None, now: datetime | None) -> DateParts | Instant | None:
    """The parts of the date in `raw`, or the instant of an epoch number; None where there is no unambiguous date."""
    text = _normalise(raw)
    if not text.isascii():
        return read_free_form(text, language=language, now=now)
    return (
        _read_rfc822(text)
        or _read_iso(text)
        or _read_number(text)
        or _read_rare_format(text)
        or read_free_form(text, language=language, now=now)
    )


def _normalise(raw: str) -> str:
    text = raw if raw.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFKC", raw))
    return " ".join(text.split()).strip("\"'")


def _read_rfc822(text: str) -> DateParts | None:
    found = _RFC822.fullmatch(text)
    if found is None:
        return None
    day, name, year, hour, minute, second, sign, zone_hours, zone_minutes, zone_name = found.groups()
    month = MONTHS.get(name.lower())
    offset = time_zones.from_offset(sign, zone_hours, zone_minutes) if sign else None
    if month is None or (sign and offset is None) or (zone_name and zone_name in ("AM", "PM", "A", "P")):
        return None
    return DateParts(
        int(year), month, int(day), int(hour), int(minute), int(second or 0), 0, offset, zone_name and zone_name.lower()
    )


def _read_iso(text: str) -> DateParts | None:
    found = _ISO.fullmatch(text)
    return _from_iso(found) if found else None


def _from_iso(found: re.Match[str]) -> DateParts | None:
    year, month, day, hour, minute, second, fraction, utc, sign, zone_hours, zone_minutes = found.groups()
    offset = time_zones.from_offset(sign, zone_hours, zone_minutes) if sign else (UTC if utc else None)
    if sign and offset is None:
        return None
    return DateParts(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        int((fraction or "0").ljust(6, "0")[:6]),
        offset,
    )


def _read_number(text: str) -> DateParts | Instant | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    digits = found[1]
    compact = _ISO_BASIC.fullmatch(digits) if len(digits) in (8, 10, 12, 14) else None
    # Ten digits that begin with a year of this century are YYYYMMDDhh: an epoch number would be of 2033 or later.
    if (
        compact
        and int(compact[1]) in PLAUSIBLE_YEARS
        and _is_valid_day(compact)
        and (len(digits) != 10 or digits >= "2000000000")
    ):
        return _from_iso(compact)
    unit = _EPOCH_UNITS.get(len(digits))
    return _epoch(int(digits), unit, found[2]) if unit else None


def _is_valid_day(found: re.Match[str]) -> bool:
    return 1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31 and int(found[4] or 0) <= 23


def _epoch(number: int, unit: int, fraction: str | None = None) -> Instant | None:
    microseconds = number * 1_000_000 // unit
    if unit == 1 and fraction:
        microseconds += int(fraction.ljust(6, "0")[:6])
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return (moment, ZoneOrigin.STATED) if moment.year in PLAUSIBLE_YEARS else None


def _read_rare_format(text: str) -> DateParts | Instant | None:
    if found := _DOTNET_JSON.fullmatch(text):
        return _epoch(int(found[1]), 1_000)
    if found := _ORDINAL_DATE.fullmatch(text):
        return _from_ordinal_date(found)
    if found := _WEEK_DATE.fullmatch(text):
        return _from_week_date(found)
    if (found := _ISO_BASIC.fullmatch(text)) and int(found[1]) in PLAUSIBLE_YEARS:
        return _from_iso(found)
    if (found := _YEAR_MONTH.fullmatch(text)) and int(found[1]) in PLAUSIBLE_YEARS:
        return DateParts(int(found[1]), int(found[2] or 1), 1)
    return None


def _from_ordinal_date(found: re.Match[str]) -> DateParts | None:
    year, ordinal = int(found[1]), int(found[2])
    if year not in PLAUSIBLE_YEARS or not 1 <= ordinal <= 366:
        return None
    day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=ordinal - 1)
    hour, minute, second = (int(part or 0) for part in found.groups()[2:5])
    return (
        DateParts(year, day.month, day.day, hour, minute, second, offset=UTC if found[6] else None)
        if day.year == year
        else None
    )


def _from_week_date(found: re.Match[str]) -> DateParts | None:
    try:
        day = datetime.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return None
    return DateParts(day.year, day.month, day.day)
