"""Free-form dates in any language.

Time zone, part of the day, time and day are found and cut out one after the other. Every word that is left must be
known: a month, a weekday or a filler word; otherwise the text is no date.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from ingestd.text.dates import time_zones
from ingestd.text.dates.calendar_words import (
    FILLER_WORDS,
    MONTHS,
    MONTHS_BY_LANGUAGE,
    PART_OF_DAY_MARKS,
    PARTS_OF_DAY,
    WEEKDAYS,
    fold_word,
)
from ingestd.text.dates.date_parts import PLAUSIBLE_YEARS, DateParts
from ingestd.text.dates.local_notations import to_digits

_COMMENT = re.compile(r"\(([^()]{0,60})\)|\[([^\[\]]{0,40})\]")
_GO_MONOTONIC = re.compile(r" m=[+-][\d.]+$")
_CJK_DAY = re.compile(r"(?:(\d{4}|\d{2})年)\s*(\d{1,2})月\s*(\d{1,2})日?")
_CJK_TIME = re.compile(r"(\d{1,2})時(?:\s*(\d{1,2})分?)?(?:\s*(\d{1,2})秒)?(?!\d)")
_PART_OF_DAY = re.compile(
    "|".join(word for word in PARTS_OF_DAY if not word.isascii())
    + "|"
    + r"(?<![^\W\d_])(?:"
    + "|".join(map(re.escape, PART_OF_DAY_MARKS))
    + r")(?![^\W\d_])"
)
# Stands where AM or PM was cut out, since it marks the number before it as an hour ("11 PM").
_DAY_PART_MARK = "¤"
_TIME = re.compile(
    # Behind a plus or a minus stands an offset, unless no zone has so many hours.
    r"(?<![\d:.+])(?:(?<! -)|(?=1[5-9]|2\d))"
    rf"[Tt]?(\d{{1,2}})(?: ?: ?(\d{{1,2}})|\.(\d\d)(?= ?(?:{_DAY_PART_MARK}|Uhr|WI[BT]|WITA))"
    r"|[hH](\d\d)(?!\d))"
    r"(?: ?[:.] ?(\d{1,2}))?(?:[.,:](\d{1,9}))?(?!\d)"
)
_WHOLE_HOUR = re.compile(rf"(?<![\d:./-])(\d{{1,2}}) {{0,3}}(?={_DAY_PART_MARK}|Uhr\b|[hH]\b|o'clock)")
_AM_PM = re.compile(r"(?:(?<![A-Za-z])|(?<=\d))([AaPp])\.? ?[Mm]\.?(?![A-Za-z])")
_NAMED_OFFSET = re.compile(r"\(?\b(?:UTC|GMT|UT) ?([+\-−])(\d{1,2})(?::?(\d{2}))?(?!\d)\)?", re.I)
_OFFSET_AFTER_TIME = re.compile(rf"[ {_DAY_PART_MARK}]*([+\-−]) ?(\d{{1,2}})(?::?(\d{{2}}))?(?::?00)?(?![\d:/-])")
_OFFSET_AFTER_DAY = re.compile(r" ?([+\-])(\d\d):(\d\d)$")
_OFFSET_AT_END = re.compile(r" ([+\-])(\d\d):?(\d\d)$")
_ZULU = re.compile(rf"(?<=[\d{_DAY_PART_MARK}]) ?[Zz](?![A-Za-z])")
_NUMERIC_DAY = re.compile(r"(?<!\d)(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})\.?(?!\d)")
# A letter, or a vowel sign or point of Hebrew, Arabic, Indic scripts and Thai, which Unicode counts as marks.
_LETTER = (
    r"(?:[^\W\d_]|[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd"
    r"\u0b82\u0bbe-\u0bcd\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])"
)
_TOKEN = re.compile(rf"\d+|{_LETTER}+(?:[.'’]{_LETTER}+)*\.?")
_YEAR_FIRST_LANGUAGES = ("ko", "ja", "zh", "hu")
_AMERICAN = ("en-us", "en-ph")


class _NoClearDateError(Exception):
    """The text holds no date, or one that could mean two days."""


def read_free_form(text: str, *, language: str | None, now: datetime | None) -> DateParts | None:
    """The parts of a date in words or digits of any language; None where a part of the text is unknown."""
    try:
        return _read_parts(text, language, now)
    except _NoClearDateError:
        return None


def _read_parts(text: str, language: str | None, now: datetime | None) -> DateParts:
    text, offset = _take_named_offset(_GO_MONOTONIC.sub("", text))
    text, zone_name = _take_zone_comment(text)
    text, part_of_day = _take_part_of_day(to_digits(text))
    text, clock, after = _take_time(text, part_of_day)
    offset = offset or after
    text, name = _take_zone_name(text)
    year, month, day = _read_day(text, language, now)
    return DateParts(year, month, day, *clock, offset, None if offset else zone_name or name)


def _cut_out(text: str, found: re.Match[str], left: str = " ") -> str:
    return f"{text[: found.start()]} {left} {text[found.end() :]}"


def _take_named_offset(text: str) -> tuple[str, tzinfo | None]:
    """The offset of `UTC+8` or `GMT-0400` anywhere in the text, and the text without it."""
    found = _NAMED_OFFSET.search(text)
    return (text, None) if found is None else (_cut_out(text, found), _offset(found))


def _offset(found: re.Match[str]) -> tzinfo:
    offset = time_zones.from_offset(found[1], found[2], found[3])
    if offset is None:
        raise _NoClearDateError
    return offset


def _take_zone_comment(text: str) -> tuple[str, str | None]:
    """The zone of `(CST)`, `(China Standard Time)` or `[Europe/Berlin]`, and the text without any brackets."""
    place = time_zones.find_iana_name(text)
    if place and time_zones.from_iana_name(place):
        return text.replace(f"[{place}]", " ").replace(place, " "), place
    name = time_zones.find_written_name(text)
    if name:
        text = text.replace(name, " ")
    for comment in _COMMENT.finditer(text):
        inner = (comment[1] or comment[2] or "").strip().lower()
        if name is None and time_zones.from_abbreviation(inner):
            name = inner
    return _COMMENT.sub(" ", text), name


def _take_zone_name(text: str) -> tuple[str, str | None]:
    """The first abbreviation of a time zone, and the text without all of them (`+0000 UTC` has two)."""
    name = None
    for token in re.findall(r"(?<![^\W\d_])(?:[A-Z]{2,5}|utc|gmt|Utc|Gmt)(?![^\W\d_])", text):
        if time_zones.from_abbreviation(token.lower()) and fold_word(token) not in MONTHS:
            name = name or token.lower()
            text = text.replace(token, " ", 1)
    return text, name


def _take_part_of_day(text: str) -> tuple[str, tuple[int, int] | None]:
    """The text without the part of the day, and that as (hours to add, what 12 means)."""
    if found := _AM_PM.search(text):
        return _cut_out(text, found, _DAY_PART_MARK), PARTS_OF_DAY[found[1].lower() + "m"]
    if found := _PART_OF_DAY.search(text):
        return _cut_out(text, found), PARTS_OF_DAY.get(found[0]) or PART_OF_DAY_MARKS[found[0]]
    return text, None


def _take_time(text: str, part_of_day: tuple[int, int] | None) -> tuple[str, tuple[int, int, int, int], tzinfo | None]:
    """The text without the time, (hour, minute, second, microsecond), and the offset that follows the time."""
    hour, minute, second, fraction, start, end = _find_time(text)
    if start < 0:
        found = _OFFSET_AFTER_DAY.search(text)
        if part_of_day:
            raise _NoClearDateError
        return (_cut_out(text, found), (0, 0, 0, 0), _offset(found)) if found else (text, (0, 0, 0, 0), None)
    offset = None
    if after := _OFFSET_AFTER_TIME.match(text, end):
        offset, end = _offset(after), after.end()
    elif zulu := _ZULU.match(text, end):
        offset, end = UTC, zulu.end()
    elif last := _OFFSET_AT_END.search(text, end):
        offset, text = _offset(last), text[: last.start()]
    rest = f"{text[:start]} ; {text[end:]}".replace(_DAY_PART_MARK, " ")
    return rest, (_to_24_hours(hour, part_of_day), minute, second, int(fraction.ljust(6, "0")[:6])), offset


def _find_time(text: str) -> tuple[int, int, int, str, int, int]:
    """Hour, minute, second, digits of the fraction, start and end in the text; start is -1 where there is no time."""
    if found := _TIME.search(text):
        minute = found[2] or found[3] or found[4]
        return int(found[1]), int(minute), int(found[5] or 0), found[6] or "", found.start(), found.end()
    if found := _CJK_TIME.search(text):
        return int(found[1]), int(found[2] or 0), int(found[3] or 0), "", found.start(), found.end()
    if found := _WHOLE_HOUR.search(text):
        return int(found[1]), 0, 0, "", found.start(), found.end()
    return 0, 0, 0, "", -1, -1


def _to_24_hours(hour: int, part_of_day: tuple[int, int] | None) -> int:
    if part_of_day is None or hour > 12:
        return hour
    add, noon = part_of_day
    return noon if hour == 12 else hour + add


def _read_day(text: str, language: str | None, now: datetime | None) -> tuple[int, int, int]:
    """Year, month and day. Raises _NoClearDateError where another word is in the text."""
    if found := _CJK_DAY.search(text):
        month, day = int(found[2]), int(found[3])
        _require_known(_cut_out(text, found), language)
        return _full_year(found[1]), month, day
    if found := _NUMERIC_DAY.search(text):
        _require_known(_cut_out(text, found), language)
        return _day_from_digits(found, language, now)
    return _day_from_words(text, language)


def _require_known(text: str, language: str | None) -> None:
    for token in _TOKEN.findall(text):
        word = fold_word(token)
        if token.isdecimal() or not (word in WEEKDAYS or word in FILLER_WORDS or _month(word, language)):
            raise _NoClearDateError


def _day_from_digits(found: re.Match[str], language: str | None, now: datetime | None) -> tuple[int, int, int]:
    """Year, month and day of a day in digits, in the only order that is possible."""
    first, separator, middle, last = found[1], found[2], found[3], found[4]
    if len(first) == 4:
        return int(first), int(middle), int(last)
    if len(first) == 3 or len(last) == 3:
        raise _NoClearDateError
    readings = {"dmy": (_full_year(last), int(middle), int(first)), "mdy": (_full_year(last), int(first), int(middle))}
    if separator == ".":
        del readings["mdy"]
        if len(last) == 2 and (language or "").lower()[:2] in _YEAR_FIRST_LANGUAGES:
            readings = {"ymd": (_full_year(first), int(middle), int(last))}
    if len(last) == 2 and separator != ".":
        readings["ymd"] = (_full_year(first), int(middle), int(last))
    if len(last) == 2 and separator == "-":
        readings = {"ymd": readings["ymd"]}
    return _single_reading(readings, language, now)


def _full_year(figures: str) -> int:
    """The year; two digits are a year from 1969 to 2068 (POSIX, `strptime`, `%y`)."""
    year = int(figures)
    if len(figures) > 2:
        return year
    return year + (2000 if year < 69 else 1900)


def _single_reading(
    readings: dict[str, tuple[int, int, int]], language: str | None, now: datetime | None
) -> tuple[int, int, int]:
    tag = (language or "en").lower().replace("_", "-")
    if tag != "en" and len({reading for reading in readings.values() if _is_valid_day(reading)}) > 1:
        readings.pop("dmy" if tag in _AMERICAN else "mdy", None)
    possible = {reading for reading in readings.values() if _is_valid_day(reading)}
    if len(possible) > 1 and now is not None:
        limit = now + timedelta(days=1)
        possible = {reading for reading in possible if datetime(*reading, tzinfo=UTC) <= limit}
    if len(possible) != 1:
        raise _NoClearDateError
    return possible.pop()


def _is_valid_day(reading: tuple[int, int, int]) -> bool:
    try:
        datetime(*reading, tzinfo=UTC)
    except ValueError:
        return False
    return reading[0] in PLAUSIBLE_YEARS


def _month(word: str, language: str | None) -> int | None:
    base = (language or "").lower().split("-")[0]
    return MONTHS_BY_LANGUAGE.get(base, {}).get(word) or MONTHS.get(word)


def _day_from_words(text: str, language: str | None) -> tuple[int, int, int]:
    """Year, month and day where the month is a word: `18 Apr 2021`, `April 18th, 2021`, `2021 Apr 18`, `18. Apr 21`."""
    numbers: list[str] = []
    months: list[tuple[int, bool]] = []
    for token in _TOKEN.findall(text):
        word = fold_word(token)
        if token[0].isdecimal():
            numbers.append(token)
        elif month := _month(word, language):
            months.append((month, word in WEEKDAYS))
        elif word not in WEEKDAYS and word not in FILLER_WORDS:
            raise _NoClearDateError
    if len(months) > 1:
        # "mar" is Tuesday in Romance languages: the other word is the month.
        months = [found for found in months if not found[1]] or months
    if len(months) != 1 or len(numbers) != 2:
        raise _NoClearDateError
    year, day = sorted(numbers, key=len, reverse=True) if len(numbers[0]) != len(numbers[1]) else reversed(numbers)
    if len(year) not in (2, 4) or len(day) > 2:
        raise _NoClearDateError
    return _from_buddhist_year(_full_year(year), text), months[0][0], int(day)


def _from_buddhist_year(year: int, text: str) -> int:
    """The year, converted from the Buddhist era in Thai text: 2564 is 2021."""
    return year - 543 if year > 2400 and any("\u0e00" <= character <= "\u0e7f" for character in text) else year
