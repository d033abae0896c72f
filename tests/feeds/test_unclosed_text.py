"""Texts whose HTML is not escaped and has no end tags: the fields behind them are those of the entry, and no text."""

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.feed import Entry

FIELDS = (
    "<link>http://e.example/1</link><guid>g</guid><author>Anna</author><category>c</category>"
    "<pubDate>Sun, 18 Apr 2021 23:18:05 GMT</pubDate><comments>http://e.example/c</comments>"
    '<enclosure url="http://e.example/a.mp3"/>'
)


def entry_of(item: str) -> Entry:
    body = f"<rss><channel><title>News</title><item>{item}</item><item><title>Next</title></item></channel></rss>"
    feed = parse_feed(body.encode(), url="https://feeds.example/f")
    assert [entry.title for entry in feed.entries][1:] == ["Next"]
    return feed.entries[0]


@pytest.mark.parametrize(
    "text",
    [
        "one<br>two",
        "<p>one<p>two",
        "<p>one<br>two</p>",
        "<b>one",
        "<b>one<i>two</b></i>",
        "<img src=x>one",
        "<ul><li>one<li>two</ul>",
        "<a href=http://e.example/x>one",
        "<table><tr><td>one</table>",
        "one & two<br>",
        "<font color=red>one</p>",
        "<hr>",
    ],
)
@pytest.mark.parametrize("name", ["description", "content:encoded"])
def test_fields_behind_a_text(name, text):
    entry = entry_of(f"<title>Title</title><{name}>{text}</{name}>{FIELDS}")
    assert entry.title == "Title"
    assert entry.link == "http://e.example/1"
    assert entry.guid == "g"
    assert entry.authors == ("Anna",)
    assert [category.term for category in entry.categories] == ["c"]
    assert entry.published is not None
    assert [file.url for file in entry.enclosures] == ["http://e.example/a.mp3"]
    shown = f"{entry.content}{entry.summary}"
    assert ("one" in shown) == ("one" in text)
    for foreign in ("Anna", "http://e.example/1<", "18 Apr"):
        assert foreign not in shown


@pytest.mark.parametrize("order", ["before", "behind"])
def test_fields_before_a_text_count_first(order):
    text = "<description>one<br>two</description>"
    link = "<link>http://e.example/own</link>"
    inside = "<link>http://e.example/later</link>"
    entry = entry_of(
        f"<title>T & U</title>{link}{text}{inside}" if order == "before" else f"<title>T & U</title>{text}{link}"
    )
    assert entry.link == "http://e.example/own"


def test_fields_of_other_things_stay_theirs():
    """A link of an image, a title of a source: what they are about is not the entry."""
    entry = entry_of(
        "<title>T & U</title><image><title>Logo</title><link>http://e.example/logo</link></image>"
        "<source url='http://e.example/s'>S</source><link>http://e.example/1</link>"
    )
    assert (entry.title, entry.link) == ("T & U", "http://e.example/1")


def test_an_author_of_the_source_of_an_atom_entry_is_not_its_own():
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>T & U</title>'
        "<author><name>Own</name></author><source><title>S</title><author><name>Other</name></author></source>"
        "<link href='http://e.example/1'/></entry></feed>"
    )
    (entry,) = parse_feed(body.encode(), url="https://feeds.example/f").entries
    assert (entry.title, entry.authors, entry.link) == ("T & U", ("Own",), "http://e.example/1")
