"""Silence of a source against its own habit."""

from datetime import date, timedelta

import pytest

from ingestd.policy.silence import Silence, silence

TODAY = date(2026, 11, 22)


def days(*ago: int) -> list[date]:
    return [TODAY - timedelta(days=number) for number in ago]


DAILY = range(60)
WORKING_DAYS = [number for number in range(60) if (TODAY - timedelta(days=number)).weekday() < 5]
WEEKLY = range(1, 80, 7)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        ([], None),
        ([91, 95], None),  # before the period
        ([-3], None),  # in the future
        ([0], Silence(0, None)),
        ([0, 1, 2, 3], Silence(0, None)),  # three pauses tell no habit
        ([0, 1, 2, 3, 4], Silence(0, 1)),
        ([3, 4, 5, 6, 7], Silence(3, 1)),
        (DAILY, Silence(0, 1)),
        (WORKING_DAYS, Silence(2, 3)),
        (WEEKLY, Silence(1, 7)),
        ([*range(10), *range(40, 60)], Silence(0, 1)),  # one long holiday is not the habit
        ([90, 60, 30, 10, 5], Silence(5, 30)),
    ],
)
def test_days_and_habit(ago, expected):
    assert silence(TODAY, days(*ago)) == expected


def test_order_and_repetition_do_not_matter():
    assert silence(TODAY, days(5, 3, 4, 3, 7, 6)) == silence(TODAY, days(3, 4, 5, 6, 7))


@pytest.mark.parametrize(
    ("found", "unusual"),
    [
        (Silence(80, None), False),
        (Silence(2, 1), False),
        (Silence(3, 1), True),
        (Silence(6, 3), False),
        (Silence(7, 3), True),
        (Silence(14, 7), False),
        (Silence(15, 7), True),
    ],
)
def test_unusual_silence(found, unusual):
    assert found.is_unusual is unusual
    assert (found.remark() is not None) is unusual


def test_remark_names_both_times_and_what_to_do():
    assert str(Silence(9, 1).remark()).startswith("it has published nothing for 9 days, and usually does every day: ")
    assert "usually does every 3 days" in str(Silence(9, 3).remark())
    assert "sources discover" in str(Silence(9, 3).remark())
