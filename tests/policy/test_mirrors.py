"""Which address of a source is asked, when a feed stands still, and whose addresses a mirror's document has."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestd.model.http import Response
from ingestd.model.source import Source
from ingestd.policy.mirrors import addresses_in_turn, in_own_addresses, is_to_be_compared, still_after

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OWN = "https://hub.example/zaobao/china?limit=9"
SOURCE = Source("甲", OWN, mirrors=("https://b.example/zaobao/china", "https://c.example/zaobao/china"))
B, C = SOURCE.mirrors


@pytest.mark.parametrize(
    ("answered_by", "order"),
    [(None, [OWN, B, C]), (B, [B, C, OWN]), (C, [C, OWN, B]), ("https://removed.example/", [OWN, B, C])],
)
def test_the_one_that_answered_last_is_asked_first(answered_by, order):
    assert addresses_in_turn(SOURCE, answered_by) == order


def times(*hours_ago: float) -> list[datetime]:
    return [NOW - timedelta(hours=hours) for hours in hours_ago]


@pytest.mark.parametrize(
    ("recent", "after_h"),
    [
        ([], None),
        (times(1, 2, 3), None),
        (times(1, 2, 3, 4), 3),
        (times(1, 3, 5, 7), 6),
        (times(1, 1.1, 1.2, 1.3), 3),
        (times(0, 100, 200, 300), 7 * 24),
        (times(*range(0, 22, 2), 300), 6),
    ],
    ids=["none", "too few", "hourly", "every two hours", "a burst", "rare", "one long gap"],
)
def test_a_feed_stands_still_after_three_usual_gaps(recent, after_h):
    after = still_after(recent)
    assert (after and after.total_seconds() / 3600) == after_h


@pytest.mark.parametrize(
    ("newest_h", "compared_h", "expected"),
    [(5, None, False), (7, None, True), (7, 2, False), (13, 6.5, True)],
)
def test_a_feed_that_stands_still_is_compared_once_in_a_while(newest_h, compared_h, expected):
    recent = times(*(newest_h + 2 * n for n in range(5)))
    compared_at = None if compared_h is None else NOW - timedelta(hours=compared_h)
    assert is_to_be_compared(NOW, recent, compared_at) is expected


def own(body: str, mirror: str, site_url: str | None = "https://paper.example/") -> str:
    response = Response(mirror, mirror, 200, (), body.encode(), NOW)
    return in_own_addresses(response, SOURCE, mirror, site_url).body.decode()


@pytest.mark.parametrize(
    ("body", "mirror", "expected"),
    [
        ("<guid>https://b.example/1</guid>", B, "<guid>https://hub.example/1</guid>"),
        ("<guid>http://b.example</guid>", B, "<guid>http://hub.example</guid>"),
        ('{"id": "https:\\/\\/b.example\\/1"}', B, '{"id": "https:\\/\\/hub.example\\/1"}'),
        ("https://b.example.org/1 https://bb.example/ //b.example:81/", B, None),
        (
            "//x.example/rss/hub/1 //x.example/rss/hubs",
            "https://x.example/rss/hub/zaobao/china",
            "//hub.example/1 //x.example/rss/hubs",
        ),
        ("https://y.example/1", "https://y.example/other.xml", "https://hub.example/1"),
        ("<link>https://paper.example/1</link>", "https://paper.example/zaobao/china", None),
        ("<link>https://www.paper.example/1</link>", "https://www.paper.example/feed", None),
        ("<guid>https://hub.example/1</guid>", OWN, None),
    ],
)
def test_a_mirrors_own_address_becomes_that_of_the_source(body, mirror, expected):
    assert own(body, mirror) == (expected or body)


def test_nothing_is_replaced_before_it_is_known_what_the_feed_is_of():
    assert own("https://b.example/1", B, None) == "https://b.example/1"
