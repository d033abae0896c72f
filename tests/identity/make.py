"""Entries and known posts for the tests of identity."""

from datetime import UTC, datetime

from ingestd.identity.decide import decide as decide_keyed
from ingestd.identity.decisions import Decisions
from ingestd.identity.keyed_entries import key_entries
from ingestd.model.article import BodyOrigin
from ingestd.model.feed import Entry, Timestamp, ZoneOrigin
from ingestd.model.post import DateOrigin, KnownPost, Post
from ingestd.model.source import Source

SOURCE = Source("联合早报", "https://example.com/feed.xml", id=17)
NOW = datetime(2026, 1, 2, tzinfo=UTC)
TEXT = "政府周三宣布新的能源政策，企业必须在三年之内减少一半的用电量，否则将面临高额罚款，专家表示欢迎。"
OTHER_TEXT = "A storm has closed every road between the two valleys, and the bridge will not be rebuilt before May."
A, B = "https://example.com/a/101", "https://example.com/a/1012"


def stamp(day: int, hour: int = 0) -> Timestamp:
    """A time in January 2026."""
    return Timestamp("raw", datetime(2026, 1, day, hour, tzinfo=UTC), ZoneOrigin.STATED)


def milliseconds(day: int) -> int:
    """Midnight of a day in January 2026 as `published_ms` has it."""
    return round(stamp(day).utc.timestamp() * 1000)


def entry(title="", link=None, guid=None, day=None, text="", **more) -> Entry:
    """An entry of a feed."""
    published = stamp(day) if day else None
    return Entry(title=title, link=link, guid=guid, published=published, summary=text, **more)


def post(number, title="", day=None, text="", **more) -> KnownPost:
    """A known post of `SOURCE`."""
    return KnownPost(number, 17, title=title, published_ms=milliseconds(day) if day else None, text=text, **more)


def new_post(from_url="https://example.com/a/101", **more) -> Post:
    """A post that is to be stored, as its feed has it."""
    values = {"title": "", "author": "", "tags": (), "categories": (), "content": "", "text": "", "published_ms": None}
    origins = {"date_origin": DateOrigin.FEED, "body_origin": BodyOrigin.FEED}
    return Post(from_url, date=NOW, fetched_at=NOW, **(values | origins | more))


def decide(entries, source, known, *, listed=()) -> Decisions:
    """The decisions about the entries of one document of `source`, given the known posts by key."""
    return decide_keyed(key_entries(entries, source), source, known, listed=listed)
