"""Known entries are not parsed again, and do not affect the others."""

import random

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.feed import Feed
from tests.feeds.test_corpus import CASES, FEEDS, URL

RSS = """<rss version="2.0"><channel><title>News</title><link>https://news.example/</link>
<lastBuildDate>{built}</lastBuildDate>{items}</channel></rss>"""
ITEM = "<item><title>Story {n}</title><link>https://news.example/{n}</link><description>{text}</description></item>"


def feed_of(numbers: range, *, built: str = "then", text: str = "words") -> bytes:
    return RSS.format(built=built, items="\n".join(ITEM.format(n=n, text=text) for n in numbers)).encode()


def digests(feed: Feed) -> frozenset[str]:
    return frozenset(entry.digest for entry in feed.entries)


def test_known_entries_are_digests_only():
    first = parse_feed(feed_of(range(5)), url=URL)
    again = parse_feed(feed_of(range(5), built="now"), url=URL, known=digests(first))
    assert again.entries == ()
    assert set(again.known) == digests(first)
    assert again.total == 5
    assert again.title == "News"


def test_only_the_new_entry_is_parsed():
    first = parse_feed(feed_of(range(5)), url=URL)
    second = parse_feed(feed_of(range(6)), url=URL, known=digests(first))
    assert [entry.title for entry in second.entries] == ["Story 5"]
    assert len(second.known) == 5


def test_a_changed_entry_is_new():
    first = parse_feed(feed_of(range(2)), url=URL)
    second = parse_feed(feed_of(range(2), text="other words"), url=URL, known=digests(first))
    assert len(second.entries) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<rss version="2.0">', '<rss version="2.0" xml:base="https://other.example/">'),
        ('<rss version="2.0">', '<rss version="2.0" xml:lang="zh">'),
        ('<rss version="2.0">', '<rss version="2.0" xmlns:dc="urn:something-else">'),
        ("<link>https://news.example/</link>", "<link>https://moved.example/</link>"),
    ],
)
def test_changed_feed_metadata_that_entries_inherit_makes_them_new(old, new):
    body = feed_of(range(2)).decode()
    known = digests(parse_feed(body.encode(), url=URL))
    assert len(parse_feed(body.replace(old, new, 1).encode(), url=URL, known=known).entries) == 2


def test_json_entries_are_known_too():
    body = b'{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": 1}, {"id": 2}]}'
    first = parse_feed(body, url=URL)
    known = frozenset([first.entries[0].digest])
    again = parse_feed(body, url=URL, known=known)
    assert [entry.guid for entry in again.entries] == ["2"]
    assert frozenset(again.known) == known


FEEDS_OF_SEVERAL = [path for path in CASES if path.parent.name in {"repair", "head", "texts", "links", "authors"}]
# What feedparser reads is small and old; it is read whole each time.
FEEDS_OF_SEVERAL = [path for path in FEEDS_OF_SEVERAL if path.stem != "channel-definition-format"]


@pytest.mark.parametrize("case", FEEDS_OF_SEVERAL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_entry_does_not_depend_on_other_entries(case):
    """Any subset of known entries leaves the rest exactly as they were."""
    body = FEEDS[case].read_bytes()
    whole = parse_feed(body, url=URL)
    known = frozenset(random.Random(7).sample(sorted(digests(whole)), k=len(whole.entries) // 2))
    part = parse_feed(body, url=URL, known=known)
    assert list(part.entries) == [entry for entry in whole.entries if entry.digest not in known]
    assert parse_feed(body, url=URL, known=digests(whole)).entries == ()
