"""A feed that breaks off is told from one that is whole, wherever it was cut; its complete entries are read."""

import gzip
import json

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.errors import Outcome, PollError
from ingestd.model.feed import Feed

URL = "https://news.example/feed"
COUNT = 3


def item(number: int, body: str) -> str:
    return f"<item><title>第{number}条</title><link>https://news.example/{number}</link>{body}</item>"


ITEMS = "\n".join(item(number, f"<description>正文{number}</description>") for number in range(COUNT))
CDATA_ITEMS = "\n".join(
    item(number, f"<content:encoded><![CDATA[<p>正文{number}</p><!-- x --><item>]]></content:encoded>")
    for number in range(COUNT)
)
ATOM_ENTRIES = "".join(
    f'<entry><id>urn:{number}</id><title type="html">第{number}条 &lt;b></title>'
    f'<link rel="alternate" href="https://news.example/{number}?a=1&amp;b=2"/><summary>正文</summary></entry>'
    for number in range(COUNT)
)
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>晨报</title>'
RDF = (
    '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    "<channel><title>晨报</title><items/></channel>"
)
DOCUMENT = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "晨报",
    "items": [
        {
            "id": f"{number}",
            "url": f"https://news.example/{number}",
            "content_html": '<a href="x">\\[\n',
            "n": [1, -2.5e3],
        }
        for number in range(COUNT)
    ],
    "expired": None,
}
#: Feeds, and the text from whose beginning on nothing can be missing.
FEEDS = {
    "rss": (f"{RSS}{ITEMS}</channel></rss>\n", "</channel>"),
    "rss with cdata": (f"{RSS}{CDATA_ITEMS}\n<!-- made in 3 s --></channel>\n</rss>", "</channel>"),
    "rdf": (f"{RDF}{ITEMS}</rdf:RDF>", "</rdf:RDF>"),
    "atom": (f'<feed xmlns="http://www.w3.org/2005/Atom"><title>晨报</title>{ATOM_ENTRIES}</feed>', "</feed>"),
    "json": (json.dumps(DOCUMENT, ensure_ascii=False, indent=1), "}"),
    "escaped json": (json.dumps(DOCUMENT), "}"),
}


def read(text: str | bytes) -> Feed:
    return parse_feed(text.encode() if isinstance(text, str) else text, url=URL)


@pytest.mark.parametrize("name", FEEDS)
def test_a_whole_feed_is_not_truncated(name: str):
    feed = read(FEEDS[name][0])
    assert (feed.truncated, feed.total) == (False, COUNT)


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_cut_anywhere_is_truncated_or_an_error(name: str):
    text, end = FEEDS[name]
    whole = {entry.digest for entry in read(text).entries}
    complete_from = text.rindex(end) + len(end)
    for position in range(complete_from):
        try:
            feed = read(text[:position])
        except PollError as error:
            # Before the first entry is complete: a failure, which keeps no validator.
            assert error.outcome in (Outcome.NOT_A_FEED, Outcome.FEED_TRUNCATED), position
            continue
        assert feed.truncated, text[:position][-40:]
        assert {entry.digest for entry in feed.entries} <= whole, text[:position][-40:]
    for position in range(complete_from, len(text) + 1):
        assert not read(text[:position]).truncated


@pytest.mark.parametrize("name", FEEDS)
def test_every_entry_before_the_cut_is_read(name: str):
    text, _ = FEEDS[name]
    last = "urn:2" if name == "atom" else "news.example/2"
    feed = read(text[: text.index(last)])
    assert (feed.truncated, len(feed.entries)) == (True, COUNT - 1)


@pytest.mark.parametrize(
    ("text", "truncated"),
    [
        (f"{RSS}{ITEMS}</channel>", False),  # nothing can stand between the two end tags
        (f"{RSS}{ITEMS}", True),
        (f"{RSS}{ITEMS}</rss>", False),
        (f"{RSS}</channel>{ITEMS}</rss>", False),
        (f"{RSS}</channel>{ITEMS}", True),  # the items follow the channel
        (f"{RSS}{ITEMS[: ITEMS.rindex('</item>')]}</channel></rss>", False),  # an open item ends with the list
        (f"{RSS}{ITEMS}</channel></rss><!-- cached at 3", False),
        (f"{RSS}{ITEMS}<!-- </channel></rss> -->", True),
        (f"{RSS}{ITEMS}<item><description><![CDATA[how to end a feed: </item></channel></rss> is", True),
        (f"{RSS}{item(1, '<description><![CDATA[never closed</description>')}</channel></rss>", False),
        (f"<html><body><pre>{RSS}{ITEMS}</channel></rss></pre>", False),
        (f"<html><body><pre>{RSS}{ITEMS}</pre></body></html>", True),
        ('<channel HREF="https://news.example/"><title>晨报</title><item HREF="/1"><title>一</title></item>', True),
    ],
)
def test_end_of_the_list_of_entries(text: str, truncated: bool):
    assert read(text).truncated is truncated


@pytest.mark.parametrize(
    "text", [RSS, f"{RSS}<item><title>一", RDF, '{"version": "https://jsonfeed.org/version/1", "items": [{']
)
def test_a_feed_cut_before_its_first_entry_is_a_temporary_failure(text: str):
    with pytest.raises(PollError) as caught:
        read(text)
    assert (caught.value.outcome, caught.value.reason) == (
        "feed-truncated",
        "the feed breaks off before its first entry",
    )


def test_gzip_that_is_cut():
    items = "".join(item(number, f"<description>{number * 7919}</description>") for number in range(400))
    packed = gzip.compress(f"{RSS}{items}</channel></rss>".encode())
    assert not read(packed).truncated
    assert not read(packed[:-6]).truncated  # only its checksum is missing
    half = read(packed[: len(packed) // 2])
    assert half.truncated
    assert 0 < half.total < 400


@pytest.mark.parametrize(
    "text",
    [
        '{"items": [{"id": "1"}, {"id": "2" "x"}]}',
        '{"items": [{"id": 1},, {"id": 2}]}',
        "[error] no such page",
        "{error}",
    ],
)
def test_invalid_json_is_not_taken_for_a_cut(text: str):
    with pytest.raises(PollError) as caught:
        read(text)
    assert caught.value.outcome == "feed-broken"
