"""Periods as users write them in searches and in commands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.periods import read_period

NOW = datetime(2021, 4, 18, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2021", "2021-01-01T00:00", "2022-01-01T00:00"),
        ("2021-04", "2021-04-01T00:00", "2021-05-01T00:00"),
        ("2021-12", "2021-12-01T00:00", "2022-01-01T00:00"),
        ("2021-4", "2021-04-01T00:00", "2021-05-01T00:00"),
        ("2021-04-18", "2021-04-18T00:00", "2021-04-19T00:00"),
        ("2021-4-8", "2021-04-08T00:00", "2021-04-09T00:00"),
        ("2020-02-29", "2020-02-29T00:00", "2020-03-01T00:00"),
        ("2021-12-31", "2021-12-31T00:00", "2022-01-01T00:00"),
        ("2021-04-18T10:15", "2021-04-18T10:15", "2021-04-18T10:15"),
        ("2021-04-18 10:15", "2021-04-18T10:15", "2021-04-18T10:15"),
        ("2021-04-18T10:15Z", "2021-04-18T10:15", "2021-04-18T10:15"),
        ("2021-04-18T10:15+08:00", "2021-04-18T02:15", "2021-04-18T02:15"),
        ("1h", "2021-04-18T11:30", "2021-04-18T11:30"),
        ("36h", "2021-04-17T00:30", "2021-04-17T00:30"),
        ("7d", "2021-04-11T12:30", "2021-04-11T12:30"),
        ("2w", "2021-04-04T12:30", "2021-04-04T12:30"),
        ("0d", "2021-04-18T12:30", "2021-04-18T12:30"),
    ],
)
def test_begin_and_end(text, begin, end):
    found = read_period(text, NOW)
    assert [f"{moment:%Y-%m-%dT%H:%M}" for moment in found] == [begin, end]
    assert all(moment.tzinfo is UTC for moment in found)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "21", "2021-13", "2021-00", "2021-02-30", "2021-04-00", "7", "7y", "-7d", "7 d", "1.5h", "٧d"),
        *("9999999w", "12345678d", "0000", "9999", "tomorrow", "2021-04-18T25:00"),
    ],
)
def test_other_texts_are_refused(text):
    with pytest.raises((ValueError, OverflowError)):
        read_period(text, NOW)


@given(st.dates(datetime(1, 1, 1, tzinfo=UTC).date(), datetime(9998, 12, 31, tzinfo=UTC).date()))
def test_periods_contain_one_another_and_leave_no_gap(day):
    of_day, of_month, of_year = (read_period(f"{day}"[:length], NOW) for length in (10, 7, 4))
    assert of_year[0] <= of_month[0] <= of_day[0] < of_day[1] <= of_month[1] <= of_year[1]
    assert of_day[1] - of_day[0] == timedelta(days=1)
    assert read_period(f"{of_month[1]:%Y-%m}".zfill(7), NOW)[0] == of_month[1]
