"""Time zones of dates: abbreviations and names against the IANA database, and which evidence takes precedence."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingestd.model.feed import ZoneOrigin
from ingestd.text.dates import parse_date
from ingestd.text.dates.time_zones import from_iana_name, zone_of_language

#: Abbreviations, and a place where the IANA database has them: W in winter (January), S in summer (July).
PLACES = [
    ("GMT", "Europe/London", "W"),
    ("BST", "Europe/London", "S"),
    ("WET", "Europe/Lisbon", "W"),
    ("CET", "Europe/Berlin", "W"),
    ("CEST", "Europe/Berlin", "S"),
    ("EET", "Europe/Athens", "W"),
    ("EEST", "Europe/Athens", "S"),
    ("MSK", "Europe/Moscow", "W"),
    ("EST", "America/New_York", "W"),
    ("EDT", "America/New_York", "S"),
    ("CST", "America/Chicago", "W"),
    ("CDT", "America/Chicago", "S"),
    ("MST", "America/Denver", "W"),
    ("MDT", "America/Denver", "S"),
    ("PST", "America/Los_Angeles", "W"),
    ("PDT", "America/Los_Angeles", "S"),
    ("AKST", "America/Anchorage", "W"),
    ("AKDT", "America/Anchorage", "S"),
    ("HST", "Pacific/Honolulu", "W"),
    ("AST", "America/Halifax", "W"),
    ("ADT", "America/Halifax", "S"),
    ("NST", "America/St_Johns", "W"),
    ("NDT", "America/St_Johns", "S"),
    ("JST", "Asia/Tokyo", "W"),
    ("KST", "Asia/Seoul", "W"),
    ("HKT", "Asia/Hong_Kong", "W"),
    ("PKT", "Asia/Karachi", "W"),
    ("IST", "Asia/Kolkata", "W"),
    ("WIB", "Asia/Jakarta", "W"),
    ("WITA", "Asia/Makassar", "W"),
    ("WIT", "Asia/Jayapura", "W"),
    ("AWST", "Australia/Perth", "W"),
    ("ACST", "Australia/Adelaide", "S"),
    ("ACDT", "Australia/Adelaide", "W"),
    ("AEST", "Australia/Sydney", "S"),
    ("AEDT", "Australia/Sydney", "W"),
    ("NZST", "Pacific/Auckland", "S"),
    ("NZDT", "Pacific/Auckland", "W"),
    ("SST", "Pacific/Pago_Pago", "W"),
    ("SAST", "Africa/Johannesburg", "W"),
    ("EAT", "Africa/Nairobi", "W"),
    ("CAT", "Africa/Maputo", "W"),
    ("WAT", "Africa/Lagos", "W"),
]
#: Hours east of UTC of abbreviations that the IANA database does not have, from timeanddate.com's list.
HOURS = [
    ("UT", 0), ("UTC", 0), ("Z", 0), ("MEZ", 1), ("MESZ", 2), ("TRT", 3),
    ("AZT", 4), ("GST", 4), ("SAMT", 4), ("UZT", 5), ("YEKT", 5), ("NPT", 5.75),
    ("OMST", 6), ("MMT", 6.5), ("ICT", 7), ("KRAT", 7), ("NOVT", 7), ("SGT", 8),
    ("MYT", 8), ("PHT", 8), ("IRKT", 8), ("ULAT", 8), ("YAKT", 9), ("VLAT", 10),
    ("MAGT", 11), ("CHST", 10), ("PETT", 12), ("FJT", 12), ("IRST", 3.5), ("AFT", 4.5),
    ("BRT", -3), ("ART", -3), ("UYT", -3), ("CLST", -3), ("CLT", -4), ("VET", -4),
    ("BOT", -4), ("COT", -5), ("PET", -5), ("ECT", -5),
]  # fmt: skip


def utc_of(raw: str, **arguments) -> datetime | None:
    stamp = parse_date(raw, **arguments)
    return None if stamp is None else stamp.utc


@pytest.mark.parametrize(("name", "place", "season"), PLACES)
def test_abbreviation_has_the_offset_of_the_place_that_uses_it(name, place, season):
    month = {"W": 1, "S": 7}[season]
    local = datetime(2021, month, 18, 23, 18, 5, tzinfo=ZoneInfo(place))
    assert local.tzname() == name
    written = f"{local:%d} {'Jan' if month == 1 else 'Jul'} 2021 23:18:05"
    assert utc_of(f"{written} {name}") == local.astimezone(UTC)
    assert utc_of(f"{written} ({name})") == local.astimezone(UTC)
    assert utc_of(f"2021-0{month}-18 23:18:05 {name}") == local.astimezone(UTC)
    assert utc_of(f"{written} {local:%z} ({name})") == local.astimezone(UTC)


@pytest.mark.parametrize(("name", "hours"), HOURS)
def test_other_abbreviations(name, hours):
    assert utc_of(f"18 Apr 2021 12:00:00 {name}") == datetime(2021, 4, 18, 12, tzinfo=UTC) - timedelta(hours=hours)


@pytest.mark.parametrize("sign", "+-")
@pytest.mark.parametrize("hours", range(15))
@pytest.mark.parametrize("form", ["{}{:02}{:02}", "{}{:02}:{:02}"])
def test_every_offset_in_use(sign, hours, form):
    """Offsets are up to 14 hours and of whole quarters (Nepal, the Chatham Islands)."""
    for minutes in (0, 30, 45) if hours < 14 else (0,):
        east = timedelta(hours=hours, minutes=minutes) * (1 if sign == "+" else -1)
        expected = datetime(2021, 4, 18, 12, tzinfo=UTC) - east
        offset = form.format(sign, hours, minutes)
        assert utc_of(f"Sun, 18 Apr 2021 12:00:00 {offset}") == expected
        assert utc_of(f"2021-04-18T12:00:00{offset}") == expected
        assert utc_of(f"April 18, 2021, 12:00 pm GMT{offset}") == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("18 Apr 2021 12:00 UTC+8", "04:00"),
        ("18 Apr 2021 12:00 (UTC+8)", "04:00"),
        ("18 Apr 2021 12:00 GMT+08:00", "04:00"),
        ("18 Apr 2021 12:00 GMT-4", "16:00"),
        ("18 Apr 2021 12:00 utc +5:30", "06:30"),
        ("18 Apr 2021 12:00 (GMT −3)", "15:00"),
        ("18 Apr 2021 12:00 Europe/Berlin", "10:00"),
        ("2021-04-18T12:00:00+02:00[Europe/Berlin]", "10:00"),
        ("18 Apr 2021 12:00 America/Argentina/Buenos_Aires", "15:00"),
        ("18 Jan 2021 12:00 Europe/Berlin", "11:00"),
        ("Sun Apr 18 2021 12:00:00 GMT+0800 (China Standard Time)", "04:00"),
        ("Sun Apr 18 2021 12:00:00 GMT+0800 (中国标准时间)", "04:00"),
        ("2021-04-18 12:00 (北京时间)", "04:00"),
        ("2021-04-18 12:00 北京時間", "04:00"),
        ("2021年4月18日 12:00 日本標準時", "03:00"),
        ("2021-04-18 12:00 (格林尼治标准时间)", "12:00"),
    ],
)
def test_offsets_and_names_in_other_notations(raw, expected):
    moment = utc_of(raw)
    assert moment is not None
    assert f"{moment:%H:%M}" == expected


@pytest.mark.parametrize(
    ("name", "language", "hours"),
    [
        ("CST", "zh", 8),
        ("CST", "zh-CN", 8),
        ("CST", "ZH_tw", 8),
        ("CST", "en-us", -6),
        ("CST", "es", -6),
        ("IST", "en", 5.5),
        ("IST", "hi", 5.5),
        ("IST", "he", 2),
        ("IST", "ga", 1),
        ("BST", "en-gb", 1),
        ("BST", "bn", 6),
        ("PST", "en", -8),
        ("PST", "fil", 8),
        ("PST", "tl-ph", 8),
        ("AST", "en", -4),
        ("AST", "ar", 3),
        ("EST", "zh", -5),  # only names that have a meaning in the language change theirs
    ],
)
def test_abbreviations_that_mean_something_else_in_a_language(name, language, hours):
    expected = datetime(2021, 1, 18, 12, tzinfo=UTC) - timedelta(hours=hours)
    assert utc_of(f"18 Jan 2021 12:00:00 {name}", language=language) == expected
    assert utc_of(f"18 Jan 2021 12:00:00 {name}", text_language=language) == expected


@pytest.mark.parametrize(
    ("name", "zone", "month", "hours", "origin"),
    [
        ("CST", "Asia/Shanghai", "Jan", 8, ZoneOrigin.SOURCE),
        ("CST", "America/Havana", "Jan", -5, ZoneOrigin.SOURCE),
        ("CST", "America/Chicago", "Jan", -6, ZoneOrigin.SOURCE),
        ("CST", "Europe/Berlin", "Jan", -6, ZoneOrigin.STATED),  # not an abbreviation of Berlin
        ("CST", "America/Chicago", "Jul", -6, ZoneOrigin.STATED),  # in July it is CDT there
        ("IST", "Europe/Dublin", "Jul", 1, ZoneOrigin.SOURCE),
        ("IST", "Asia/Jerusalem", "Jan", 2, ZoneOrigin.SOURCE),
        ("EST", "Australia/Sydney", "Jan", -5, ZoneOrigin.STATED),
    ],
)
def test_abbreviation_of_the_configured_zone_takes_precedence(name, zone, month, hours, origin):
    stamp = parse_date(f"18 {month} 2021 12:00:00 {name}", zone=zone)
    assert stamp is not None
    number = {"Jan": 1, "Jul": 7}[month]
    assert stamp.utc == datetime(2021, number, 18, 12, tzinfo=UTC) - timedelta(hours=hours)
    assert stamp.zone_origin is origin


@pytest.mark.parametrize("raw", ["18 Apr 2021 12:00 XYZT", "18 Apr 2021 12:00 Mars/Base", "18 Apr 2021 12:00 GMT+15"])
def test_unknown_zone_is_no_date(raw):
    assert utc_of(raw) is None


def test_summer_time_of_a_configured_zone():
    """In the hour that comes twice the first one is meant; the hour that is left out is read with winter time."""
    assert utc_of("2021-10-31 02:30:00", zone="Europe/Berlin") == datetime(2021, 10, 31, 0, 30, tzinfo=UTC)
    assert utc_of("2021-10-31 03:30:00", zone="Europe/Berlin") == datetime(2021, 10, 31, 2, 30, tzinfo=UTC)
    assert utc_of("2021-03-28 02:30:00", zone="Europe/Berlin") == datetime(2021, 3, 28, 1, 30, tzinfo=UTC)
    assert utc_of("2021-03-28 03:30:00", zone="Europe/Berlin") == datetime(2021, 3, 28, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "place"),
    [
        ("zh", "Asia/Shanghai"),
        ("zh-Hans-CN", "Asia/Shanghai"),
        ("zh-Hant-TW", "Asia/Taipei"),
        ("zh-SG", "Asia/Singapore"),
        ("yue", "Asia/Hong_Kong"),
        ("ja", "Asia/Tokyo"),
        ("ko-KR", "Asia/Seoul"),
        ("vi", "Asia/Ho_Chi_Minh"),
        ("th", "Asia/Bangkok"),
        ("km", "Asia/Phnom_Penh"),
        ("my", "Asia/Yangon"),
        ("ne", "Asia/Kathmandu"),
        ("si", "Asia/Colombo"),
        ("ka", "Asia/Tbilisi"),
        ("hy", "Asia/Yerevan"),
        ("he", "Asia/Jerusalem"),
        ("tr-TR", "Europe/Istanbul"),
        ("el", "Europe/Athens"),
    ],
)
def test_languages_that_are_spoken_in_one_zone(language, place):
    zone = zone_of_language(language)
    assert zone is not None
    for month in (1, 7):
        moment = datetime(2021, month, 1)  # noqa: DTZ001 - the zone is asked for its offset
        assert zone.utcoffset(moment) == ZoneInfo(place).utcoffset(moment)


@pytest.mark.parametrize("language", ["en", "es", "fr", "pt", "ru", "ar", "zh-US", "zh-Hans-AU", "", "x", None])
def test_languages_of_many_zones_have_none(language):
    assert zone_of_language(language) is None


@pytest.mark.parametrize("name", ["", "x", "Europe", "Europe/Nowhere", "/etc/passwd", "../UTC", "Europe/Berlin\0"])
def test_unknown_iana_names(name):
    assert from_iana_name(name) is None
