"""Limits of what one source's hub, feed or callback can cause."""

from datetime import timedelta

from ingestd.daemon.hubs.rate_limits import MAX_WRITES, WRITES_PERIOD_S, MinInterval, WriteLimit
from tests.daemon.hubs.examples import NOW


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


def test_some_writes_are_allowed_within_a_period_and_the_rest_is_left():
    limit = WriteLimit()
    assert [limit.allows(1, later(n)) for n in range(MAX_WRITES + 3)] == [True] * MAX_WRITES + [False] * 3
    assert limit.allows(2, NOW), "each source has its own"
    assert limit.take_left() == {1: 3}
    assert limit.take_left() == {}
    assert not limit.allows(1, later(WRITES_PERIOD_S - 1))
    assert limit.allows(1, later(WRITES_PERIOD_S))


def test_a_clock_that_jumps_back_forbids_nothing():
    limit = WriteLimit()
    for _ in range(MAX_WRITES):
        assert limit.allows(1, later(10_000))
    assert limit.allows(1, NOW)


def test_once_in_an_interval():
    interval = MinInterval()
    assert [interval.is_too_soon(1, later(n), 10) for n in (0, 9, 10, 11)] == [False, True, False, True]
    assert not interval.is_too_soon(2, NOW, 10)
