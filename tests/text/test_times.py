"""Times as text."""

from datetime import UTC, datetime

import pytest

from ingestd.text.times import epoch_ms, from_epoch_ms, from_utc_text, http_date, utc_text


def test_utc_text_is_read_back_to_the_millisecond():
    moment = datetime(2021, 4, 18, 1, 45, 12, 653_999, tzinfo=UTC)
    assert utc_text(moment) == "2021-04-18T01:45:12.653Z"
    assert epoch_ms(from_utc_text(utc_text(moment))) == epoch_ms(moment) == 1_618_710_312_653
    assert from_epoch_ms(1_618_710_312_653) == from_utc_text(utc_text(moment))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sun Nov  6 08:49:37 1994", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sun, 06 Nov 1994 10:49:37 +0200", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        *((text, None) for text in ("", "0", "-1", "never", "Sun, 99 Nov 1994 08:49:37 GMT", "x" * 10_000)),
        ("Fri, 31 Dec 9999 23:00:00 -0200", None),
    ],
)
def test_http_dates(value, moment):
    assert http_date(value) == moment
