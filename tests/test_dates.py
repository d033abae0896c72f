"""Dates as they are written, and what they mean."""

from datetime import UTC, datetime

import pytest

from ingestd.dates import parse_date

SUNDAY = datetime(2021, 4, 18, 15, 18, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "Sun, 18 Apr 2021 15:18:05 GMT",
        "Sun, 18 Apr 2021 23:18:05 +0800",
        "2021-04-18T23:18:05+08:00",
        "2021-04-18 23:18:05 +0800 CST",
        "1618759085",
        "1618759085000",
        "20210418T151805Z",
        "2021-04-18 23:18:05 北京时间",
    ],
)
def test_one_instant_in_many_forms(raw):
    stamp = parse_date(raw)
    assert stamp is not None
    assert stamp.utc == SUNDAY
    assert stamp.raw == raw
