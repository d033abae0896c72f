"""Atom and JSON Feed: valid for any posts, with the whole content."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.archive.formats.feeds import write_atom, write_json_feed
from ingestd.model.feed import Category, Enclosure
from ingestd.model.post import Post
from tests.archive.examples import NOW, POST, post, posts, with_replaced_surrogates

ATOM = "{http://www.w3.org/2005/Atom}"


def as_atom(some) -> ElementTree.Element:
    stream = io.StringIO()
    assert write_atom(some, stream, title="我的 <feed>", now=NOW) == len(some)
    return ElementTree.fromstring(stream.getvalue())


def as_json_feed(some) -> Any:
    stream = io.StringIO()
    assert write_json_feed(some, stream, title="我的 feed") == len(some)
    stream.getvalue().encode()
    return json.loads(stream.getvalue())


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(posts, max_size=3))
def test_any_posts_round_trip(some):
    entries = as_atom(some).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}content") for entry in entries] == [xml_text(one.content) for one in some]
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [xml_text(one.title) for one in some]
    assert [item["content_html"] for item in as_json_feed(some)["items"]] == [
        with_replaced_surrogates(one.content) for one in some
    ]


def xml_text(text: str) -> str:
    """What XML 1.0 can hold of a text; empty for none, as an element without text has none."""
    return re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text.replace("\r", "\n"))


def test_atom_has_the_elements_that_rfc_4287_requires():
    one = post(
        title="A & <B>",
        language="zh-Hans",
        tags=("新闻", ""),
        categories=("新闻", 'x "y"'),
        enclosures=(Enclosure("https://a.example/1 2.mp3", "audio/mpeg", 9), Enclosure("javascript:x", "a b", -1)),
        modified_at=datetime(2021, 5, 1, tzinfo=UTC),
    )
    feed = as_atom([one, post(from_url="https://a.example/2?a=1&b=2", author="")])
    assert " ".join(child.tag.removeprefix(ATOM) for child in feed) == "id title updated author generator entry entry"
    assert feed.findtext(f"{ATOM}title") == "我的 <feed>"
    assert feed.findtext(f"{ATOM}updated") == "2026-01-02T03:04:05.678Z"
    first, second = feed.findall(f"{ATOM}entry")
    assert first.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-Hans"
    assert first.findtext(f"{ATOM}title") == "A & <B>"
    assert first.findtext(f"{ATOM}id", "").startswith("urn:uuid:")
    assert first.findtext(f"{ATOM}id") != second.findtext(f"{ATOM}id")
    assert first.findtext(f"{ATOM}published") == "2021-04-18T01:45:12.653Z"
    assert first.findtext(f"{ATOM}updated") == "2021-05-01T00:00:00.000Z"
    assert [child.get("term") for child in first.findall(f"{ATOM}category")] == ["新闻", 'x "y"']
    assert [child.attrib for child in first.findall(f"{ATOM}link")] == [
        {"rel": "alternate", "type": "text/html", "href": POST.from_url},
        {"rel": "enclosure", "href": "https://a.example/1%202.mp3", "type": "audio/mpeg", "length": "9"},
    ]
    assert [child.attrib for child in first.findall(f"{ATOM}content")] == [{"type": "html"}]
    # An entry without an author has that of the feed.
    assert second.find(f"{ATOM}author") is None
    assert [child.get("href") for child in second.findall(f"{ATOM}link")] == ["https://a.example/2?a=1&b=2"]
    # The identifier of an article does not depend on where or when it was exported.
    assert as_atom([one]).findtext(f"{ATOM}entry/{ATOM}id") == first.findtext(f"{ATOM}id")


def test_categories_of_the_entry_stand_before_tags_with_their_schemes():
    stated = (Category("World", "https://s.example/a"), Category("Sport", "javascript:alert(1)"))
    one = post(tags=("World", "own"), categories=(), feed_categories=stated)
    found = [dict(element.attrib) for element in as_atom([one]).iter(f"{ATOM}category")]
    assert found == [{"term": "World", "scheme": "https://s.example/a"}, {"term": "Sport"}, {"term": "own"}]
    assert as_json_feed([one])["items"][0]["tags"] == ["World", "own", "Sport"]


def test_feedparser_reads_the_atom_feed():
    stream = io.StringIO()
    write_atom([POST], stream, title="我的", now=NOW)
    parsed = feedparser.parse(stream.getvalue().encode())
    assert not parsed.bozo
    assert parsed.version == "atom10"
    (entry,) = parsed.entries
    assert (entry.title, entry.link, entry.author) == (POST.title, POST.from_url, POST.author)
    assert entry.content[0].value == POST.content


def test_json_feed():
    one = post(
        language="not a tag!",
        image="https://a.example/i.png",
        enclosures=(Enclosure("https://a.example/1.mp3", "audio/mpeg"), Enclosure("https://a.example/2", None)),
        revision=2,
        updated_at=NOW,
    )
    feed = as_json_feed([one, POST])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "我的 feed"
    assert feed["items"][0] == {
        "id": POST.from_url,
        "url": POST.from_url,
        "title": POST.title,
        "content_html": POST.content,
        "date_published": "2021-04-18T01:45:12.653Z",
        "date_modified": "2026-01-02T03:04:05.678Z",
        "authors": [{"name": "联合早报"}],
        "tags": ["联合早报"],
        "image": "https://a.example/i.png",
        "attachments": [{"url": "https://a.example/1.mp3", "mime_type": "audio/mpeg"}],
    }
    assert as_json_feed([])["items"] == []


@pytest.mark.parametrize(
    "write",
    [
        lambda posts, stream: write_atom(posts, stream, title="t", now=NOW),
        lambda posts, stream: write_json_feed(posts, stream, title="t"),
    ],
    ids=["Atom", "JSON Feed"],
)
def test_posts_are_streamed(write):
    stream = io.StringIO()

    def some() -> Iterator[Post]:
        yield post(title="first")
        assert "first" in stream.getvalue()
        yield post(title="second")

    write(some(), stream)
    assert "second" in stream.getvalue()
