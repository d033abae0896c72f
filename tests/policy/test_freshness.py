"""HTTP freshness, and the validators of conditional GETs."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestd.policy import answered_at, freshness_s, should_skip_validators, validators_to_store

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def dated(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.replace("_", "-"), value) for name, value in values.items())


FRESH = [
    ((), None),
    (dated(cache_control="max-age=3600"), 3600),
    (dated(cache_control="public, Max-Age=600, s-maxage=9"), 600),
    (dated(cache_control='max-age="600"'), 600),
    (dated(cache_control="s-maxage=900"), None),
    (dated(cache_control="max-age=3600", age="3000"), 600),
    (dated(cache_control="max-age=60", age="99999999999999999999"), 0),
    (dated(cache_control="max-age=3600, no-cache"), None),
    (dated(cache_control="no-store"), None),
    (dated(cache_control="max-age=99999999999999999999999"), 604_800),
    (dated(cache_control="max-age=-1"), None),
    (dated(cache_control="max-age=ten"), None),
    (dated(cache_control="max-age=" + "9" * 5000), 604_800),
    (dated(expires="Sun, 22 Nov 2026 13:00:00 GMT"), 3600),
    (dated(expires="Sun, 22 Nov 2026 13:00:00 GMT", date="Sun, 22 Nov 2026 12:30:00 GMT"), 1800),
    (dated(expires="Sun, 22 Nov 2026 11:00:00 GMT"), 0),
    (dated(expires="Fri, 31 Dec 9999 23:59:59 GMT"), 604_800),
    (dated(expires="0"), None),
    (dated(expires="-1"), None),
    (dated(expires="0000-00-00"), None),
    (dated(expires="Thu, 99 Foo 20261 99:99:99 +9999"), None),
    (dated(cache_control="max-age=60", expires="Fri, 31 Dec 9999 23:59:59 GMT"), 60),
    ((("cache-control", "public"), ("cache-control", "max-age=60")), 60),
]


@pytest.mark.parametrize(("headers", "seconds"), FRESH)
def test_freshness(headers, seconds):
    assert freshness_s(headers, NOW) == seconds


VALIDATORS = [
    (
        {"etag": 'W/"abc"', "last-modified": "Sun, 22 Nov 2026 12:00:00 GMT"},
        ('W/"abc"', "Sun, 22 Nov 2026 12:00:00 GMT"),
    ),
    ({"etag": "unquoted"}, ("unquoted", None)),
    ({"etag": '""'}, ('""', None)),
    ({"last-modified": "yesterday, or so"}, (None, "yesterday, or so")),
    ({"etag": "x" * 500}, ("x" * 500, None)),
    ({"etag": "x" * 501}, (None, None)),
    ({"etag": '"文"', "last-modified": "a\tb"}, (None, None)),
    ({"etag": ""}, (None, None)),
    ({}, (None, None)),
]


@pytest.mark.parametrize(("headers", "kept"), VALIDATORS)
def test_validators_are_kept_unchanged_or_omitted(headers, kept):
    assert validators_to_store(tuple(headers.items())) == kept


def test_every_24th_poll_is_unconditional():
    skipped = [number for number in range(100) if should_skip_validators(number)]
    assert skipped == [23, 47, 71, 95]
    assert not should_skip_validators(0)
    assert should_skip_validators(1, every=2)


@pytest.mark.parametrize(
    ("headers", "ahead"),
    [
        ((), timedelta()),
        (dated(date="Sun, 22 Nov 2026 11:00:00 GMT"), timedelta(hours=-1)),
        (dated(date="Sun, 22 Nov 2026 12:00:30 GMT"), timedelta(seconds=30)),
        (dated(date="Mon, 22 Nov 2027 12:00:00 GMT"), timedelta()),
        (dated(date="yesterday"), timedelta()),
    ],
)
def test_an_answer_was_made_at_its_date_unless_that_is_wrong(headers, ahead):
    assert answered_at(headers, NOW) == NOW + ahead
