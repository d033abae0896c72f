"""Dates of RFC 5322, RFC 9110, RFC 3339 and ISO 8601 against Python's own readers; epoch numbers; limits."""

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.model.feed import ZoneOrigin
from ingestd.text.dates import parse_date


def naive(year: int, month: int = 1, day: int = 1) -> datetime:
    """A local time, to which each test gives its zone."""
    return datetime(year, month, day)  # noqa: DTZ001 - the zone follows


def utc_of(raw: str) -> datetime | None:
    stamp = parse_date(raw)
    return None if stamp is None else stamp.utc


MOMENTS = st.datetimes(naive(1971), naive(2067, 12, 31)).map(lambda moment: moment.replace(microsecond=0))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS, ZONES)
def test_mail_dates_mean_what_python_reads(moment, zone):
    raw = format_datetime(moment.replace(tzinfo=zone))
    stamp = parse_date(raw)
    assert stamp is not None
    assert stamp.utc == parsedate_to_datetime(raw)


@given(MOMENTS, st.sampled_from(["GMT", "UT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"]))
def test_obsolete_zones_of_rfc_5322_mean_what_python_reads(moment, name):
    raw = f"{moment:%a}, {moment.day} {moment:%b %Y %H:%M:%S} {name}"
    stamp = parse_date(raw)
    assert stamp is not None
    assert stamp.utc == parsedate_to_datetime(raw)


@given(MOMENTS, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_parts_of_rfc_822_dates_that_may_be_left_out(moment, weekday, two_digits, seconds, padded):
    """RFC 822 has the weekday and the seconds optional, years of two digits, and days of one digit or two."""
    raw = (f"{moment:%a}, " if weekday else "") + (f"{moment.day:02}" if padded else f"{moment.day}")
    raw += f" {moment:%b} " + (f"{moment:%y}" if two_digits else f"{moment.year}")
    raw += f" {moment:%H:%M:%S} GMT" if seconds else f" {moment:%H:%M} GMT"
    stamp = parse_date(raw)
    year = moment.year if not two_digits else moment.year % 100 + (2000 if moment.year % 100 < 69 else 1900)
    assert stamp is not None
    assert stamp.utc.replace(tzinfo=None) == moment.replace(second=moment.second if seconds else 0, year=year)


@given(MOMENTS)
def test_the_three_formats_of_http(moment):
    """RFC 9110, section 5.6.7: IMF-fixdate, the format of RFC 850, and that of asctime."""
    fixdate = format_datetime(moment.replace(tzinfo=UTC), usegmt=True)
    for raw in (fixdate, f"{moment:%A, %d-%b-%Y %H:%M:%S} GMT", f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y}"):
        stamp = parse_date(raw)
        assert stamp is not None, raw
        assert stamp.utc.replace(tzinfo=None) == moment, raw


@given(st.datetimes(naive(1901), naive(2199)), ZONES, st.sampled_from("T t"), st.integers(0, 6))
def test_rfc_3339_means_what_python_reads(moment, zone, separator, digits):
    """Any number of digits of a second, in any zone; finer than a microsecond there is nothing to compare with."""
    aware = moment.replace(microsecond=moment.microsecond // 10 ** (6 - digits) * 10 ** (6 - digits), tzinfo=zone)
    raw = f"{aware:%Y-%m-%d}{separator}{aware:%H:%M:%S}"
    raw += f".{aware:%f}"[: digits + 1] if digits else ""
    raw += aware.isoformat()[-6:]
    stamp = parse_date(raw)
    assert stamp is not None
    assert stamp.utc == aware
    assert stamp.zone_origin is ZoneOrigin.STATED


@given(st.dates(date(1901, 1, 1), date(2199, 12, 31)))
def test_every_notation_of_a_day_in_iso_8601(day):
    year, week, weekday = day.isocalendar()
    ordinal = f"{day:%Y-%j}"
    for raw in (
        f"{day:%Y-%m-%d}",
        f"{day:%Y%m%d}",
        ordinal,
        f"{year}-W{week:02}-{weekday}",
        f"{year}W{week:02}{weekday}",
    ):
        stamp = parse_date(raw)
        assert stamp is not None, raw
        assert stamp.utc.date() == day, raw


@given(st.integers(10**8, 4 * 10**9), st.integers(0, 999_999))
def test_epoch_numbers_of_every_unit(seconds, microseconds):
    """Seconds are read from nine digits on; ten digits that are a day and an hour of this century are that."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=microseconds)
    millis = seconds * 1000 + microseconds // 1000
    assert utc_of(f"{millis}") == moment.replace(microsecond=microseconds // 1000 * 1000)
    assert utc_of(f"{seconds * 10**6 + microseconds}") == moment
    assert utc_of(f"{seconds * 10**9 + microseconds * 1000}") == moment
    if seconds < 1_900_000_000:
        assert utc_of(f"{seconds}") == moment.replace(microsecond=0)
        assert utc_of(f"{seconds}.{microseconds:06}") == moment


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2000000000", "2033-05-18"),  # 2000-00-00 is no day, so that it is an epoch number
        ("2021041823", "2021-04-18"),
        ("202104182318", "2021-04-18"),
        ("20210418231805", "2021-04-18"),
        ("1999123123", "2033-05-07"),  # ten digits below 2000000000 are an epoch number
        ("20210101", "2021-01-01"),
        ("20211231", "2021-12-31"),
        ("2021010100", "2021-01-01"),
        ("2021123123", "2021-12-31"),
        ("2021123124", "2034-01-17"),  # hour 24 is none: an epoch number
        ("2021130101", "2034-01-17"),
        ("2021003101", "2034-01-16"),
        ("2021013200", "2034-01-16"),
        ("202104182360", None),
        ("1900010100", "2030-03-17"),
        ("21990101", "2199-01-01"),
        ("22000101", None),
        ("18991231", None),
        ("20211318", None),
        ("20210432", None),
        ("20210230", None),
        ("2021041899", "2034-01-16"),
        ("12345678", None),
        ("1234567890123456789012", None),
        ("99999999999999999", None),
        ("-1618787885", None),
        ("1618787885 ", "2021-04-18"),
        (" 1618787885\n", "2021-04-18"),
        ('"2021-04-18"', "2021-04-18"),
        ("'Sun, 18 Apr 2021 23:18:05 GMT'", "2021-04-18"),
        ("/Date(-62135596800000)/", None),
        ("\\/Date(1618787885123)\\/", "2021-04-18"),
        ("/Date(161)/", None),
        ("2020-366", "2020-12-31"),
        ("2021-365", "2021-12-31"),
        ("2021-366", None),
        ("2021-001", "2021-01-01"),
        ("2020-W53-7", "2021-01-03"),  # ISO 8601: the week belongs to the year of its Thursday
        ("2020-W53", "2020-12-28"),
        ("2021-W53-1", None),
        ("2020-02-29", "2020-02-29"),
        ("2000-02-29", "2000-02-29"),
        ("1900-02-29", None),
        ("2100-02-29", None),
        ("1900-01-01", "1900-01-01"),
        ("2199-12-31", "2199-12-31"),
        ("2016-12-31T23:59:60Z", "2017-01-01"),
        ("2016-12-31T23:59:60+00:00", "2017-01-01"),
        ("Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01"),
        ("2021-04-17T24:00:00Z", "2021-04-18"),
        ("2021-12-31T24:00:00Z", "2022-01-01"),
    ],
)
def test_limits_of_the_calendar_and_of_numbers(raw, expected):
    stamp = parse_date(raw)
    assert (stamp and f"{stamp.utc:%Y-%m-%d}") == expected


def test_a_text_longer_than_any_date_is_none():
    assert parse_date("2021-04-18" + " " * 190) is not None
    assert parse_date("2021-04-18" + " " * 191) is None


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("2021-108T23:18:05Z", "2021-04-18T23:18:05"),
        ("2021-108T23:18:05", "2021-04-18T15:18:05"),
        ("2021108T231805Z", "2021-04-18T23:18:05"),
        ("2021-108T23:18Z", "2021-04-18T23:18:00"),
        ("2021-108", "2021-04-17T16:00:00"),
        ("2021-W15-7", "2021-04-17T16:00:00"),
        ("20210418T231805Z", "2021-04-18T23:18:05"),
        ("20210418T231805", "2021-04-18T15:18:05"),
        ("20210418T231805+0200", "2021-04-18T21:18:05"),
        ("20210418T2318+02", "2021-04-18T21:18:00"),
        ("20210418T231805.25Z", "2021-04-18T23:18:05.250000"),
        ("20210418T231805,5Z", "2021-04-18T23:18:05.500000"),
        ("20210418T23Z", "2021-04-18T23:00:00"),
        ("2021-04-18Z", "2021-04-18T00:00:00"),
        ("2021-04-18+02:00", "2021-04-17T22:00:00"),
        ("2021-04", "2021-03-31T16:00:00"),
        ("2021", "2020-12-31T16:00:00"),
        ("1618787885.5", "2021-04-18T23:18:05.500000"),
        ("1618787885.000001", "2021-04-18T23:18:05.000001"),
        ("1618787885,25", "2021-04-18T23:18:05.250000"),
        ("1618787885123.9", "2021-04-18T23:18:05.123000"),  # a fraction of a millisecond is left out
        ("Sun, 18 Apr 2021 23:18:05 +0200", "2021-04-18T21:18:05"),
        ("18-Apr-2021 23:18:05 GMT", "2021-04-18T23:18:05"),
        ("18 SEPT 2021 23:18 GMT", "2021-09-18T23:18:00"),
        ("18 Apr 2021 11:18 PM", "2021-04-18T15:18:00"),
        ("18 Apr 2021 11:18 AM", "2021-04-18T03:18:00"),
    ],
)
def test_time_and_zone_of_each_format(raw, utc):
    """Without a zone of its own a time is that of the source, of China here: eight hours before it in UTC."""
    stamp = parse_date(raw, zone="Asia/Shanghai")
    assert stamp is not None
    assert stamp.utc.replace(tzinfo=None).isoformat() == utc
