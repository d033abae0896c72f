"""JSON Feed 1.0 and 1.1 as https://www.jsonfeed.org/version/1.1/ defines them, with its examples; broken values."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.errors import Outcome, PollError
from ingestd.model.feed import Category, Enclosure, Entry, Feed
from tests.feeds.helpers import URL

SIMPLE = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "My Example Feed",
    "home_page_url": "https://example.org/",
    "feed_url": "https://example.org/feed.json",
    "items": [
        {"id": "2", "content_text": "This is a second item.", "url": "https://example.org/second-item"},
        {"id": "1", "content_html": "<p>Hello, world!</p>", "url": "https://example.org/initial-post"},
    ],
}
PODCAST = {
    "version": "https://jsonfeed.org/version/1",
    "title": "The Record",
    "home_page_url": "http://therecord.co/",
    "feed_url": "http://therecord.co/feed.json",
    "items": [
        {
            "id": "http://therecord.co/chris-parrish",
            "title": "Special #1 - Chris Parrish",
            "url": "http://therecord.co/chris-parrish",
            "content_text": "Chris has worked at Adobe and as a founder of Rogue Sheep.",
            "content_html": "Chris has worked at <a href='http://adobe.com/'>Adobe</a> and was a founder.",
            "summary": "Brent interviews Chris Parrish, co-host of The Record.",
            "date_published": "2014-05-09T14:04:00-07:00",
            "attachments": [
                {
                    "url": "http://therecord.co/downloads/The-Record-sp1e1-ChrisParrish.m4a",
                    "mime_type": "audio/x-m4a",
                    "size_in_bytes": 89970236,
                    "duration_in_seconds": 6629,
                }
            ],
        }
    ],
}


def read(document: object, **arguments) -> Feed:
    return parse_feed(json.dumps(document).encode(), url=URL, **arguments)


def feed_of(**members: object) -> Feed:
    return read({"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": []} | members)


def entry_of(**members: object) -> Entry:
    (entry,) = feed_of(items=[{"id": "1"} | members]).entries
    return entry


def test_simple_example():
    feed = read(SIMPLE)
    second, first = feed.entries
    assert (feed.format, feed.title, feed.link, feed.self_url) == (
        "json11",
        "My Example Feed",
        "https://example.org/",
        "https://example.org/feed.json",
    )
    assert (second.guid, second.link, second.content) == (
        "2",
        "https://example.org/second-item",
        "This is a second item.",
    )
    assert (first.guid, first.link, first.content) == ("1", "https://example.org/initial-post", "<p>Hello, world!</p>")


def test_example_of_a_podcast():
    feed = read(PODCAST)
    (entry,) = feed.entries
    assert feed.format == "json10"
    assert entry.title == "Special #1 - Chris Parrish"
    assert entry.content.startswith("Chris has worked at <a href='http://adobe.com/'>")
    assert entry.summary == "Brent interviews Chris Parrish, co-host of The Record."
    assert entry.published is not None
    assert entry.published.utc.isoformat() == "2014-05-09T21:04:00+00:00"
    file = "http://therecord.co/downloads/The-Record-sp1e1-ChrisParrish.m4a"
    assert entry.enclosures == (Enclosure(file, "audio/x-m4a", 89_970_236),)


@pytest.mark.parametrize(
    ("members", "field", "value"),
    [
        ({"title": "A <b>bold</b> &amp; brave feed"}, "title", "A bold & brave feed"),
        ({"title": None}, "title", ""),
        ({"title": ["x"]}, "title", ""),
        ({"home_page_url": "/home"}, "link", "https://feeds.example/home"),
        ({"home_page_url": "mailto:x@e.example"}, "link", None),
        ({"language": "en_US"}, "language", "en-US"),
        ({"language": "not a tag"}, "language", None),
        ({"authors": [{"name": "A"}, {"name": "B"}]}, "authors", ("A", "B")),
        ({"authors": [{"name": "A"}, {"name": "A"}]}, "authors", ("A",)),
        ({"author": {"name": "A"}}, "authors", ("A",)),
        ({"authors": [{"name": "B"}], "author": {"name": "A"}}, "authors", ("B", "A")),
        ({"authors": [{"url": "https://e.example/a"}]}, "authors", ("https://e.example/a",)),
        ({"authors": [{"avatar": "https://e.example/a.png"}]}, "authors", ()),
        ({"authors": ["A", 7, None, {}, ["B"]]}, "authors", ("A",)),
        ({"authors": {"name": "A"}}, "authors", ("A",)),
        ({"author": "A"}, "authors", ("A",)),
        ({"hubs": [{"type": "WebSub", "url": "https://hub.example/"}]}, "hub_urls", ("https://hub.example/",)),
        ({"hubs": [{"type": "rssCloud"}, "x", None, {"url": "ftp://x.example/"}]}, "hub_urls", ()),
        ({"hubs": {"url": "/hub"}}, "hub_urls", ("https://feeds.example/hub",)),
        ({"version": "https://jsonfeed.org/version/1.1/"}, "format", "json11"),
        ({"version": "https://jsonfeed.org/version/1"}, "format", "json10"),
    ],
)
def test_member_of_the_feed(members, field, value):
    assert getattr(feed_of(items=[{"id": "1"}], **members), field) == value


@pytest.mark.parametrize(
    ("members", "field", "value"),
    [
        (
            {"id": 5},
            "guid",
            "5",
        ),  # 1.1: "if an id is presented as a number, a feed reader should coerce it to a string"
        ({"id": 5.5}, "guid", "5.5"),
        ({"id": True}, "guid", None),
        ({"id": None}, "guid", None),
        ({"id": " 1\n2 "}, "guid", "1 2"),
        ({"id": "http://e.example/1"}, "link", "http://e.example/1"),
        ({"id": "urn:1"}, "link", None),
        ({"id": "http://e.example/1", "url": "http://e.example/2"}, "link", "http://e.example/2"),
        ({"url": "two"}, "link", "https://feeds.example/news/two"),
        ({"external_url": "http://o.example/"}, "link", "http://o.example/"),
        ({"url": "http://e.example/1", "external_url": "http://o.example/"}, "link", "http://e.example/1"),
        ({"url": "http://e.example/1"}, "base_url", "http://e.example/1"),
        ({}, "base_url", URL),
        ({"title": "1 < 2 &amp; <i>3</i>"}, "title", "1 < 2 & 3"),
        ({"title": 2021}, "title", "2021"),
        ({"content_text": "1 < 2\nthree"}, "content", "1 &lt; 2<br>\nthree"),
        ({"content_text": "one\n\ntwo"}, "content", "<p>one</p><p>two</p>"),
        ({"content_html": " <p>x</p> ", "content_text": "y"}, "content", "<p>x</p>"),
        ({"content_html": "  ", "content_text": "y"}, "content", "y"),
        ({"content_html": ["x"], "content_text": "y"}, "content", "y"),
        ({"summary": "a < b"}, "summary", "a &lt; b"),
        ({"tags": ["b", "a", "b", "", None, 3]}, "categories", (Category("b"), Category("a"), Category("3"))),
        ({"tags": "single"}, "categories", (Category("single"),)),
        ({"tags": [str(n) for n in range(150)]}, "categories", tuple(Category(str(n)) for n in range(100))),
        ({"language": "fr"}, "language", "fr"),
        ({"attachments": [{"url": "/a.mp3"}]}, "enclosures", (Enclosure("https://feeds.example/a.mp3"),)),
        (
            {"attachments": [{"url": "http://e.example/a", "size_in_bytes": "12", "mime_type": " a/b "}]},
            "enclosures",
            (Enclosure("http://e.example/a", "a/b", 12),),
        ),
        (
            {"attachments": [{"mime_type": "a/b"}, "x", None, {"url": 5}]},
            "enclosures",
            (Enclosure("https://feeds.example/news/5"),),
        ),
        ({"attachments": {"url": "http://e.example/a"}}, "enclosures", (Enclosure("http://e.example/a"),)),
        ({"date_published": "soon", "date_modified": "never"}, "unread_dates", ("soon", "never")),
        ({"title": "lone \ud83d surrogate\x00"}, "title", "lone surrogate"),
    ],
)
def test_member_of_an_item(members, field, value):
    assert getattr(entry_of(**members), field) == value


def test_authors_of_an_item_replace_those_of_the_feed():
    feed = feed_of(
        authors=[{"name": "F"}], items=[{"id": 1}, {"id": 2, "authors": [{"name": "I"}]}, {"id": 3, "author": {}}]
    )
    assert [entry.authors for entry in feed.entries] == [("F",), ("I",), ("F",)]


@pytest.mark.parametrize(
    ("members", "published", "updated"),
    [
        ({"date_published": "2021-04-18T23:18:05+08:00"}, "15:18", None),
        ({"date_modified": "2021-04-18T23:18:05Z"}, None, "23:18"),
        ({"published": "2021-04-18T23:18:05Z", "updated": "2021-04-18T23:19:05Z"}, "23:18", "23:19"),
        ({"pubDate": "Sun, 18 Apr 2021 23:18:05 GMT"}, "23:18", None),
        ({"date_published": "x", "date": "2021-04-18T23:18:05Z"}, "23:18", None),
        ({"date_published": 1618787885}, "23:18", None),
        ({"date_published": {}}, None, None),
    ],
)
def test_dates_of_an_item(members, published, updated):
    entry = entry_of(**members)
    assert [stamp and f"{stamp.utc:%H:%M}" for stamp in (entry.published, entry.updated)] == [published, updated]


@pytest.mark.parametrize(
    ("document", "outcome", "word"),
    [
        ([], Outcome.NOT_A_FEED, "a list"),
        ({}, Outcome.NOT_A_FEED, "nothing in it"),
        ({"items": "x"}, Outcome.NOT_A_FEED, "items"),
        ({"error": "no", "code": 5}, Outcome.NOT_A_FEED, "error, code"),
        ({"items": []}, Outcome.NOT_A_FEED, "no version"),
        ({"items": ["x"]}, Outcome.NOT_A_FEED, "no version"),
        ({"version": "1.1", "items": []}, Outcome.NOT_A_FEED, "no version"),
    ],
)
def test_other_json_is_no_feed(document, outcome, word):
    with pytest.raises(PollError, match=word) as caught:
        read(document)
    assert caught.value.outcome is outcome


@pytest.mark.parametrize("body", [b'{"items": [1,]}', b'{"items" [1]}', b"{'items': []}", b'{"items": [01]}', b"{} x"])
def test_invalid_json_is_broken(body):
    with pytest.raises(PollError) as caught:
        parse_feed(body, url=URL)
    assert caught.value.outcome is Outcome.FEED_BROKEN


def test_items_that_are_no_objects_are_reported():
    feed = feed_of(items=[{"id": 1}, "x", None, {"id": 2}])
    assert [entry.guid for entry in feed.entries] == ["1", "2"]
    assert [problem.outcome for problem in feed.problems] == [Outcome.ENTRY_BROKEN] * 2
    assert feed.total == 4


@pytest.mark.parametrize(
    ("dates", "kept"),
    [
        (["2021-01-01", "2021-01-02", "2021-01-03"], ["1", "2"]),  # the newest is at the end
        (["2021-01-03", "2021-01-02", "2021-01-01"], ["0", "1"]),
        ([None, None, None], ["0", "1"]),
        (["2021-01-03", None, None], ["0", "1"]),
    ],
)
def test_of_too_many_items_the_newest_are_kept(dates, kept):
    items = [{"id": str(n), "date_published": date} for n, date in enumerate(dates)]
    feed = read({"version": "https://jsonfeed.org/version/1.1", "items": items}, max_entries=2)
    assert [entry.guid for entry in feed.entries] == kept
    assert (feed.total, feed.dropped) == (3, 1)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ITEMS = st.lists(
    st.fixed_dictionaries({"id": st.integers(1, 99)}, optional={"content_text": TEXTS, "tags": st.lists(TEXTS)}),
    max_size=4,
)


@given(ITEMS, st.integers(0, 400), st.booleans())
def test_a_text_that_breaks_off_gives_the_items_that_are_complete(items, cut, is_ascii):
    """At every place: an item counts once the comma or bracket behind it is there."""
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items}
    text = json.dumps(document, ensure_ascii=is_ascii)
    cut = min(cut, len(text))
    try:
        feed = parse_feed(text[:cut].encode(), url=URL)
    except PollError as error:
        assert error.outcome in (Outcome.FEED_TRUNCATED, Outcome.NOT_A_FEED)
        return
    whole = parse_feed(text.encode(), url=URL)
    assert feed.entries == whole.entries[: len(feed.entries)]
    assert feed.truncated == (cut < len(text))


NO_ZONE = "2021-04-18 23:18"


@pytest.mark.parametrize(
    ("feed", "item", "hour"),
    [
        ({"language": "zh-CN"}, {}, "15"),
        ({"language": "ja"}, {}, "14"),
        ({}, {"language": "ja"}, "14"),
        ({"language": "zh-CN"}, {"language": "ja"}, "14"),  # the item's own language counts first
        ({"language": "en"}, {}, "23"),
        ({}, {"title": "市议会投票保留图书馆"}, "15"),  # the language that the texts are in
        ({}, {"summary": "市议会投票保留图书馆"}, "15"),
        ({}, {"content_text": "市议会投票保留图书馆"}, "15"),
        ({}, {"content_html": "<p>市议会投票保留图书馆</p>"}, "15"),
        ({}, {"content_html": "<p>The council voted to keep the library</p>"}, "23"),
    ],
)
def test_dates_without_a_zone_have_that_of_the_language(feed, item, hour):
    (entry,) = feed_of(items=[{"id": "1", "date_published": NO_ZONE} | item], **feed).entries
    assert entry.published is not None
    assert f"{entry.published.utc:%H}" == hour


def test_language_of_the_source_where_the_feed_states_none():
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "date_published": NO_ZONE}]}
    for feed, language, hour in (({}, "ja", "14"), ({"language": "zh"}, "zh", "15")):
        (entry,) = read(document | feed, language="ja").entries
        assert entry.published is not None
        assert (entry.language, f"{entry.published.utc:%H}") == (language, hour)


def test_known_items_are_only_listed():
    """A digest does not depend on the order of an item's members, which is none in JSON."""
    first = feed_of(items=[{"id": "1", "title": "T"}, {"id": "2"}])
    digests = [entry.digest for entry in first.entries]
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "T"}
    again = read(document | {"items": [{"title": "T", "id": "1"}, {"id": "2"}]}, known=frozenset(digests[:1]))
    assert [entry.guid for entry in again.entries] == ["2"]
    assert again.known == (digests[0],)
    changed = read(document | {"items": [{"title": "U", "id": "1"}]}, known=frozenset(digests))
    assert [entry.title for entry in changed.entries] == ["U"]


@pytest.mark.parametrize(("chars", "is_read"), [(4_999_999, True), (5_000_001, False)])
def test_size_of_an_item(chars, is_read):
    feed = feed_of(items=[{"id": "1", "content_html": "x" * (chars - 1)}, {"id": "2"}])
    assert [entry.guid for entry in feed.entries] == (["1", "2"] if is_read else ["2"])
    assert [problem.outcome for problem in feed.problems] == ([] if is_read else [Outcome.ENTRY_BROKEN])


@pytest.mark.parametrize(
    ("name", "field", "bound"),
    [("id", "guid", 4_000), ("title", "title", 2_000), ("tags", "categories", 500), ("author", "authors", 500)],
)
def test_length_of_a_value(name, field, bound):
    for length in (bound - 1, bound, bound + 1):
        found = getattr(entry_of(**{name: "x" * length}), field)
        value = found if isinstance(found, str) else found[0]
        assert len(value.term if isinstance(value, Category) else value) == min(length, bound)


@pytest.mark.parametrize("count", [19, 20, 21])
def test_number_of_problems(count):
    assert len(feed_of(items=["x"] * count).problems) == min(count, 20)


def test_what_has_to_be_repaired():
    whole = json.dumps(SIMPLE)
    assert parse_feed(whole.encode(), url=URL).repairs == ()
    cut = parse_feed(whole[: whole.index('"id": "1"')].encode(), url=URL)
    assert (cut.repairs, cut.truncated, [entry.guid for entry in cut.entries]) == (("cut off",), True, ["2"])


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([1], "the answer is JSON but no JSON Feed: a list"),
        ({"b": 1, "a": 2}, "the answer is JSON but no JSON Feed: an object with b, a"),
        ({str(n): n for n in range(9)}, "the answer is JSON but no JSON Feed: an object with 0, 1, 2, 3, 4, 5"),
        ({"k" * 40: 1}, f"the answer is JSON but no JSON Feed: an object with {'k' * 30}"),
    ],
)
def test_reason_why_json_is_no_feed(document, reason):
    with pytest.raises(PollError) as caught:
        read(document)
    assert caught.value.reason == reason


def test_feed_without_a_version_is_one_where_its_items_are_objects():
    (entry,) = read({"title": "T", "items": [{"id": "1", "title": "One"}]}).entries
    assert entry.title == "One"
    assert read({"version": "https://jsonfeed.org/version/1", "items": ["x"]}).entries == ()
