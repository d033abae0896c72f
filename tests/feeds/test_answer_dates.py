"""Dates without a zone whose newest one would lie after the answer that lists it: the zone is moved by whole hours."""

from datetime import UTC, datetime

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.feed import ZoneOrigin

ANSWERED = datetime(2021, 4, 18, 12, 0, tzinfo=UTC)


def read(*dates: str, now: datetime | None = ANSWERED, **arguments):
    items = "".join(f"<item><title>T</title>{date}</item>" for date in dates)
    body = f'<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>News</title>{items}</channel></rss>'
    return parse_feed(body.encode(), url="https://e.example/f", now=now, **arguments).entries


def pub(date: str) -> str:
    return f"<pubDate>{date}</pubDate>"


@pytest.mark.parametrize(
    ("newest", "utc"),
    [
        ("2021-04-18 11:00", "11:00"),
        ("2021-04-18 12:00", "12:00"),
        ("2021-04-18 12:10", "12:10"),  # clocks of servers differ by some minutes
        ("2021-04-18 12:11", "11:11"),
        ("2021-04-18 13:05", "12:05"),
        ("2021-04-18 13:10", "12:10"),
        ("2021-04-18 13:11", "11:11"),
        ("2021-04-18 20:00", "12:00"),  # eight hours ahead: China
        ("2021-04-18 20:30", "11:30"),
        ("2021-04-19 02:00", "12:00"),
        ("2021-04-19 02:10", "12:10"),
        ("2021-04-19 02:11", "02:11"),  # no zone is farther ahead than 14 hours: it is an announcement
        ("2021-05-18 12:00", "12:00"),
    ],
)
def test_newest_date_is_not_after_the_answer(newest, utc):
    (entry,) = read(pub(newest))
    assert f"{entry.published.utc:%H:%M}" == utc
    moved = f"{entry.published.utc:%H:%M}" != newest[-5:]
    assert entry.published.zone_origin is (ZoneOrigin.HTTP_DATE if moved else ZoneOrigin.ASSUMED)
    assert entry.published.raw == newest


def test_all_dates_of_the_feed_are_moved_alike():
    entries = read(
        pub("2021-04-18 20:00") + "<atom:updated>2021-04-18 19:00</atom:updated>",
        pub("2021-04-17 08:00"),
        pub("Sun, 18 Apr 2021 09:00:00 +0200"),
        "<atom:updated>2021-04-16 08:00</atom:updated>",
        "",
    )
    assert [entry.published and f"{entry.published.utc:%d %H:%M}" for entry in entries] == [
        "18 12:00",
        "17 00:00",
        "18 07:00",  # a stated zone stays
        None,
        None,
    ]
    assert [entry.updated and f"{entry.updated.utc:%d %H:%M}" for entry in entries] == [
        "18 11:00",
        None,
        None,
        "16 00:00",
        None,
    ]


@pytest.mark.parametrize(
    ("arguments", "origin"),
    [
        ({"now": None}, ZoneOrigin.ASSUMED),
        ({"timezone": "America/New_York"}, ZoneOrigin.SOURCE),
        ({"language": "zh"}, ZoneOrigin.LANGUAGE),
    ],
)
def test_other_evidence_of_the_zone_counts_first(arguments, origin):
    (entry,) = read(pub("2021-04-18 20:00"), **arguments)
    assert entry.published.zone_origin is origin


def test_json_feeds_are_read_alike():
    body = (
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "date_published": "2021-04-18 20:00"}]}'
    )
    (entry,) = parse_feed(body, url="https://e.example/f", now=ANSWERED).entries
    assert entry.published is not None
    assert f"{entry.published.utc:%H:%M}" == "12:00"
