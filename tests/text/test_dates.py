"""What `parse_date` returns besides the instant. Its forms are in the corpus, one feed each."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.model.feed import Timestamp, ZoneOrigin
from ingestd.text.dates import parse_date

MOMENTS = st.integers(86_400, 3_124_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@pytest.mark.parametrize(
    ("raw", "arguments", "origin"),
    [
        ("Sun, 18 Apr 2021 23:18:05 +0800", {}, ZoneOrigin.STATED),
        ("Sun, 18 Apr 2021 23:18:05 GMT", {"zone": "Asia/Shanghai"}, ZoneOrigin.STATED),
        ("1618759085", {"zone": "Asia/Shanghai"}, ZoneOrigin.STATED),
        ("2021-04-18 23:18:05", {"zone": "Asia/Shanghai"}, ZoneOrigin.SOURCE),
        ("2021-04-18 23:18:05", {}, ZoneOrigin.ASSUMED),
        ("Sun, 18 Apr 2021 23:18:05 CST", {"language": "zh-TW"}, ZoneOrigin.LANGUAGE),
        ("Sun, 18 Apr 2021 23:18:05 CST", {"zone": "Asia/Taipei"}, ZoneOrigin.SOURCE),
        ("Sun, 18 Apr 2021 23:18:05 CST", {}, ZoneOrigin.STATED),
        ("Sun, 18 Apr 2021 23:18:05 CST", {"text_language": "zh"}, ZoneOrigin.TEXT),
        ("Sun, 18 Apr 2021 23:18:05 CST", {"language": "en-us", "text_language": "zh"}, ZoneOrigin.TEXT),
        ("2021-04-18 23:18:05", {"language": "zh"}, ZoneOrigin.LANGUAGE),
        ("2021-04-18 23:18:05", {"language": "zh_CN"}, ZoneOrigin.LANGUAGE),
        ("2021-04-18 23:18:05", {"language": "zh-US"}, ZoneOrigin.ASSUMED),
        ("2021-04-18 23:18:05", {"language": "en", "text_language": "ko"}, ZoneOrigin.TEXT),
        ("2021-04-18 23:18:05", {"language": "ja", "text_language": "zh"}, ZoneOrigin.LANGUAGE),
        ("2021-04-18 23:18:05", {"zone": "Europe/Berlin", "language": "ja"}, ZoneOrigin.SOURCE),
        ("2021-04-18 23:18:05", {"language": "es"}, ZoneOrigin.ASSUMED),
    ],
)
def test_origin_of_the_zone(raw, arguments, origin):
    stamp = parse_date(raw, **arguments)
    assert stamp is not None
    assert stamp.zone_origin is origin
    assert stamp.raw == raw
    assert stamp.utc.tzinfo is UTC


@pytest.mark.parametrize(
    ("language", "hour"),
    [("zh-CN", 15), ("zh-TW", 15), ("zh-HK", 15), ("ja", 14), ("ko-KR", 14), ("vi", 16), ("th", 16), ("he", 20)],
)
def test_a_language_of_one_zone_gives_the_zone(language, hour):
    stamp = parse_date("2021-04-18 23:00", language=language)
    assert stamp is not None
    assert stamp.utc == datetime(2021, 4, 18, hour, tzinfo=UTC)


def test_an_unknown_configured_zone_counts_as_none():
    stamp = parse_date("2021-04-18 23:18", zone="Mars/Base")
    assert stamp is not None
    assert stamp.zone_origin is ZoneOrigin.ASSUMED


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/passwd", "a" * 500, "Europe/" + "\0"])
def test_zone_name_is_not_opened_as_a_path(zone):
    stamp = parse_date("2021-04-18 23:18", zone=zone)
    assert stamp is not None
    assert stamp.zone_origin is ZoneOrigin.ASSUMED


@pytest.mark.parametrize(
    "raw", ["", " ", "0", "-1", "99999999999999999999", "x" * 10_000, "1" * 199, "10:00" * 30, "\0"]
)
def test_no_date(raw):
    assert parse_date(raw) is None


@given(MOMENTS, OFFSETS)
def test_rfc822_round_trip(moment, offset):
    local = moment.astimezone(offset)
    raw = f"{local:%a}, {local.day} {MONTHS[local.month - 1]} {local:%Y %H:%M:%S %z}"
    assert parse_date(raw) == Timestamp(raw, moment, ZoneOrigin.STATED)


@given(MOMENTS, OFFSETS)
def test_iso_round_trip(moment, offset):
    raw = moment.astimezone(offset).isoformat()
    assert parse_date(raw) == Timestamp(raw, moment, ZoneOrigin.STATED)


@given(MOMENTS)
def test_chinese_round_trip(moment):
    half = "上午" if moment.hour < 12 else "下午"
    hour = moment.hour if moment.hour < 12 else moment.hour - 12 or 12
    raw = f"{moment.year}年{moment.month}月{moment.day}日 {half}{hour}:{moment:%M:%S}"
    assert parse_date(raw) == Timestamp(raw, moment, ZoneOrigin.ASSUMED)


@given(MOMENTS)
def test_epoch_round_trip(moment):
    for raw in (f"{int(moment.timestamp()):09}", f"{int(moment.timestamp() * 1000):012}"):
        stamp = parse_date(raw)
        if stamp is not None and not re.match(r"(19|20)\d{8,10}$", raw):
            assert stamp.utc == moment


@given(st.text(alphabet="0123456789-/:.,+TZ年月日時 AprSunGMTпн下午¤()[]", max_size=40))
def test_result_is_within_the_calendar(raw):
    stamp = parse_date(raw, language="zh", zone="Asia/Shanghai", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert stamp is None or 1899 <= stamp.utc.year <= 2200


@given(st.text(max_size=250))
def test_any_text_is_safe(raw):
    stamp = parse_date(raw)
    assert stamp is None or stamp.raw == raw
