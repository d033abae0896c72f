"""Dates written by people: the time, the zone and the words are taken out one by one, and every rest must be known."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from ingestd.text.dates import zones
from ingestd.text.dates.instant import YEARS, Parts
from ingestd.text.dates.vocabulary import FILLERS, MONTHS, MONTHS_BY_LANGUAGE, PARTS_OF_DAY, WEEKDAYS, fold

_COMMENT = re.compile(r"\(([^()]{0,60})\)|\[([^\[\]]{0,40})\]")
_GO_MONOTONIC = re.compile(r" m=[+-][\d.]+$")
_CJK_UNITS = str.maketrans(
    {
        "년": "年",
        "월": "月",
        "일": "日",
        "시": "時",
        "분": "分",
        "초": "秒",
        "时": "時",
        "点": "時",
        "點": "時",
        "號": "日",
        "号": "日",
    }
)
_CJK_DAY = re.compile(r"(?:(\d{4}|\d{2})年)\s*(\d{1,2})月\s*(\d{1,2})日?")
# "18 4月 2021": a month's number where RFC 822 has its name.
_CJK_MONTH = re.compile(r"(?<!\d)(\d{1,2}) (\d{1,2})月,? (\d{4})(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.(?!\d)")
_CJK_TIME = re.compile(r"(\d{1,2})時(?:\s*(\d{1,2})分?)?(?:\s*(\d{1,2})秒)?(?!\d)")
_CJK_WEEKDAY = re.compile(
    r"(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]|[月火水木金土日월화수목금토일](?:曜日?|요일)"
    r"|[((][一二三四五六日月火水木金土월화수목금토일][))]"
)
_CJK_DIGITS = {character: str(number) for number, character in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_CJK_NUMBER = re.compile("[〇零一二三四五六七八九十]+(?=[年月日時分秒])")
_ERA = re.compile(r"(令和|平成|昭和|中華民國|民國|民国)(\d{1,3}|元)(?=年)")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911, "中華民國": 1911}
_CJK_PART = re.compile("|".join(word for word in PARTS_OF_DAY if not word.isascii()))
# The part of the day is taken out first and leaves this mark, so that "11 PM" still shows where its hour is.
_HALF = "¤"
_TIME = re.compile(
    rf"(?<![\d:.])[Tt]?(\d{{1,2}})(?: ?: ?(\d{{1,2}})|\.(\d\d)(?= ?(?:{_HALF}|Uhr|WI[BT]|WITA))|[hH](\d\d)(?!\d))"
    r"(?: ?[:.] ?(\d{1,2}))?(?:[.,:](\d{1,9}))?(?!\d)"
)
_WHOLE_HOUR = re.compile(rf"(?<![\d:./-])(\d{{1,2}}) {{0,3}}(?={_HALF}|Uhr\b|[hH]\b|o'clock)")
_AMPM = re.compile(r"(?:(?<![A-Za-z])|(?<=\d))([AaPp])\.? ?[Mm]\.?(?![A-Za-z])")
_NAMED_OFFSET = re.compile(r"\(?\b(?:UTC|GMT|UT) ?([+\-−])(\d{1,2})(?::?(\d{2}))?(?!\d)\)?", re.I)
_OFFSET_AFTER_TIME = re.compile(rf"[ {_HALF}]*([+\-−]) ?(\d{{1,2}})(?::?(\d{{2}}))?(?::?00)?(?![\d:/-])")
_OFFSET_AFTER_DAY = re.compile(r" ?([+\-])(\d\d):(\d\d)$")
_ZULU = re.compile(rf"(?<=[\d{_HALF}]) ?[Zz](?![A-Za-z])")
_NUMERIC_DAY = re.compile(r"(?<!\d)(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})\.?(?!\d)")
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:[.'’][^\W\d_]+)*\.?")
# Between the pieces of a date these mean nothing.
_NOISE = re.compile(r"[\s,;|/·•@\-–—.'’،:_()\[\]]+")
_AMERICAN = ("en-us", "en-ph")


class _UnclearError(Exception):
    """The text has no date, or could mean two."""


def read_loosely(text: str, *, language: str | None, now: datetime | None) -> Parts | None:
    """The parts of a date written in words or figures of any language; None where anything in it is not understood."""
    try:
        return _read(text, language, now)
    except _UnclearError:
        return None


def _read(text: str, language: str | None, now: datetime | None) -> Parts:
    text, offset = _take_named_offset(_GO_MONOTONIC.sub("", text))
    text, zone_name = _take_zone_comment(text)
    text, half = _take_half(_to_figures(text))
    text, clock, after = _take_time(text, half)
    offset = offset or after
    text, name = _take_zone_name(text)
    year, month, day = _day(text, language, now)
    return Parts(year, month, day, *clock, offset, None if offset else zone_name or name)


def _take(text: str, found: re.Match[str], left: str = " ") -> str:
    return f"{text[: found.start()]} {left} {text[found.end() :]}"


def _take_named_offset(text: str) -> tuple[str, tzinfo | None]:
    """`UTC+8`, `GMT-0400`: wherever it stands, it is the zone."""
    found = _NAMED_OFFSET.search(text)
    return (text, None) if found is None else (_take(text, found), _offset(found))


def _offset(found: re.Match[str]) -> tzinfo:
    offset = zones.from_offset(found[1], found[2], found[3])
    if offset is None:
        raise _UnclearError
    return offset


def _take_zone_comment(text: str) -> tuple[str, str | None]:
    """`(CST)`, `(China Standard Time)`, `[Europe/Berlin]`: a zone where it is one, a weekday or a remark otherwise."""
    place = zones.find_place(text)
    if place and zones.by_place(place):
        return text.replace(f"[{place}]", " ").replace(place, " "), place
    name = zones.find_long_name(text)
    if name:
        text = text.replace(name, " ")
    for comment in _COMMENT.finditer(text):
        inner = (comment[1] or comment[2] or "").strip().lower()
        if name is None and zones.by_name(inner):
            name = inner
    return _COMMENT.sub(" ", text), name


def _take_zone_name(text: str) -> tuple[str, str | None]:
    """An abbreviation in capitals; several may follow each other (`+0000 UTC`), the first one counts."""
    name = None
    for token in re.findall(r"(?<![^\W\d_])(?:[A-Z]{2,5}|utc|gmt|Utc|Gmt)(?![^\W\d_])", text):
        if zones.by_name(token.lower()) and fold(token) not in MONTHS:
            name = name or token.lower()
            text = text.replace(token, " ", 1)
    return text, name


def _to_figures(text: str) -> str:
    """Chinese numerals, eras and Korean units as figures and 年月日時分秒."""
    if text.isascii():
        return text
    text = _CJK_NUMBER.sub(lambda found: _figures(found[0]), text.translate(_CJK_UNITS))
    text = _ERA.sub(lambda found: str(_ERAS[found[1]] + (1 if found[2] == "元" else int(found[2]))), text)
    text = _DOTTED.sub(r"\1-\2-\3 ", _CJK_MONTH.sub(r"\3年\2月\1日 ", text))
    return _CJK_WEEKDAY.sub(" ", text).replace("−", "-")


def _figures(numeral: str) -> str:
    if "十" not in numeral:
        return "".join(_CJK_DIGITS[character] for character in numeral)
    tens, _, ones = numeral.partition("十")
    return _CJK_DIGITS.get(tens, "1") + _CJK_DIGITS.get(ones, "0")


def _take_half(text: str) -> tuple[str, tuple[int, int] | None]:
    """The part of the day, as (hours to add, what 12 means)."""
    if found := _AMPM.search(text):
        return _take(text, found, _HALF), PARTS_OF_DAY[found[1].lower() + "m"]
    if found := _CJK_PART.search(text):
        return _take(text, found), PARTS_OF_DAY[found[0]]
    return text, None


def _take_time(text: str, half: tuple[int, int] | None) -> tuple[str, tuple[int, int, int, int], tzinfo | None]:
    """The time of day as (hour, minute, second, microsecond), and the offset that follows it."""
    hour, minute, second, fraction, start, end = _find_time(text)
    if start < 0:
        found = _OFFSET_AFTER_DAY.search(text)
        if half:
            raise _UnclearError
        return (_take(text, found), (0, 0, 0, 0), _offset(found)) if found else (text, (0, 0, 0, 0), None)
    offset = None
    if after := _OFFSET_AFTER_TIME.match(text, end):
        offset, end = _offset(after), after.end()
    elif zulu := _ZULU.match(text, end):
        offset, end = UTC, zulu.end()
    rest = f"{text[:start]} ; {text[end:]}".replace(_HALF, " ")
    return rest, (_twelve_hours(hour, half), minute, second, int(fraction.ljust(6, "0")[:6])), offset


def _find_time(text: str) -> tuple[int, int, int, str, int, int]:
    """Hour, minute, second, digits of a fraction, and where that stands; -1 where there is no time."""
    if found := _TIME.search(text):
        minute = found[2] or found[3] or found[4]
        return int(found[1]), int(minute), int(found[5] or 0), found[6] or "", found.start(), found.end()
    if found := _CJK_TIME.search(text):
        return int(found[1]), int(found[2] or 0), int(found[3] or 0), "", found.start(), found.end()
    if found := _WHOLE_HOUR.search(text):
        return int(found[1]), 0, 0, "", found.start(), found.end()
    return 0, 0, 0, "", -1, -1


def _twelve_hours(hour: int, half: tuple[int, int] | None) -> int:
    if half is None or hour > 12:
        return hour
    add, noon = half
    return noon if hour == 12 else hour + add


def _day(text: str, language: str | None, now: datetime | None) -> tuple[int, int, int]:
    """Year, month and day from what is left; every word in it must be a name or a filler."""
    if found := _CJK_DAY.search(text):
        month, day = int(found[2]), int(found[3])
        _require_known(_take(text, found), language)
        return _century(found[1]), month, day
    if found := _NUMERIC_DAY.search(text):
        _require_known(_take(text, found), language)
        return _of_figures(found, language, now)
    return _of_words(text, language)


def _require_known(text: str, language: str | None) -> None:
    for token in _TOKEN.findall(text):
        word = fold(token.rstrip("."))
        if token.isdecimal() or not (word in WEEKDAYS or word in FILLERS or _month(word, language)):
            raise _UnclearError


def _of_figures(found: re.Match[str], language: str | None, now: datetime | None) -> tuple[int, int, int]:
    """A day in figures, in whatever order makes it one; no order is preferred without a reason."""
    first, separator, middle, last = found[1], found[2], found[3], found[4]
    if len(first) == 4:
        return int(first), int(middle), int(last)
    if len(first) == 3 or len(last) == 3:
        raise _UnclearError
    readings = {"dmy": (_century(last), int(middle), int(first)), "mdy": (_century(last), int(first), int(middle))}
    if separator == ".":
        del readings["mdy"]
    if len(last) == 2 and separator != ".":
        readings["ymd"] = (_century(first), int(middle), int(last))
    if len(last) == 2 and separator == "-":
        readings = {"ymd": readings["ymd"]}
    return _only_one(readings, language, now)


def _century(figures: str) -> int:
    """Two figures are a year between 1969 and 2068, as POSIX has it."""
    year = int(figures)
    if len(figures) > 2:
        return year
    return year + (2000 if year < 69 else 1900)


def _only_one(
    readings: dict[str, tuple[int, int, int]], language: str | None, now: datetime | None
) -> tuple[int, int, int]:
    tag = (language or "en").lower().replace("_", "-")
    if tag != "en" and len({reading for reading in readings.values() if _is_day(reading)}) > 1:
        readings.pop("dmy" if tag in _AMERICAN else "mdy", None)
    possible = {reading for reading in readings.values() if _is_day(reading)}
    if len(possible) > 1 and now is not None:
        limit = now + timedelta(days=1)
        possible = {reading for reading in possible if datetime(*reading, tzinfo=UTC) <= limit}
    if len(possible) != 1:
        raise _UnclearError
    return possible.pop()


def _is_day(reading: tuple[int, int, int]) -> bool:
    try:
        datetime(*reading, tzinfo=UTC)
    except ValueError:
        return False
    return reading[0] in YEARS


def _month(word: str, language: str | None) -> int | None:
    base = (language or "").lower().split("-")[0]
    return MONTHS_BY_LANGUAGE.get(base, {}).get(word) or MONTHS.get(word)


def _of_words(text: str, language: str | None) -> tuple[int, int, int]:
    """A day with the month's name: `18 Apr 2021`, `April 18th, 2021`, `2021 Apr 18`, `18. Apr 21`."""
    numbers: list[str] = []
    months: list[tuple[int, bool]] = []
    for token in _TOKEN.findall(text):
        word = fold(token.replace(".", ""))
        if token[0].isdecimal():
            numbers.append(token)
        elif month := _month(word, language):
            months.append((month, word in WEEKDAYS))
        elif word not in WEEKDAYS and word not in FILLERS:
            raise _UnclearError
    if len(months) > 1:
        # "mar" is a Tuesday in half of Europe: the other name is the month.
        months = [found for found in months if not found[1]] or months
    if len(months) != 1 or len(numbers) != 2:
        raise _UnclearError
    year, day = sorted(numbers, key=len, reverse=True) if len(numbers[0]) != len(numbers[1]) else reversed(numbers)
    if len(year) not in (2, 4) or len(day) > 2:
        raise _UnclearError
    return _buddhist(_century(year), text), months[0][0], int(day)


def _buddhist(year: int, text: str) -> int:
    """Thai dates count the years from the Buddha: 2564 is 2021."""
    return year - 543 if year > 2400 and any("\u0e00" <= character <= "\u0e7f" for character in text) else year
