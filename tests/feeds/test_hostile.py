"""Whatever a feed contains, parsing it ends, and reads nothing outside of it."""

import json
import time

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.errors import Outcome, PermanentError

URL = "https://feeds.example/feed"
SIZE = 2_000_000
HANG_S = 60


def rss(item: str, times: int = 1) -> bytes:
    return f"<rss version='2.0'><channel><title>t</title>{item * times}</channel></rss>".encode()


HOSTILE = {
    "author of 400 KB": rss(f"<item><title>x</title><author>{'a.' * 200_000}@</author></item>"),
    "author full of at signs": rss(f"<item><title>x</title><author>{'a@' * 20_000}</author></item>"),
    "comments that never end": rss(f"<item><title>x</title><description>{'<!--' * 20_000}</description></item>"),
    "sections that never end": rss(f"<item><title>x</title><description>{'<![CDATA[' * 20_000}</description></item>"),
    "escaped comments in a title": rss(f"<item><title>{'&lt;!--' * 200_000}</title></item>"),
    "open tags in a title": rss(f"<item><title><![CDATA[{'<b ' * 200_000}]]></title></item>"),
    "attributes": rss("<item><title " + " ".join(f'a{n}="1"' for n in range(20_000)) + ">x</title></item>"),
    "the same attribute": rss("<item><title " + 'a="1" ' * 100_000 + ">x</title></item>"),
    "style": rss(f'<item><description>&lt;p style="{"a:b;" * 50_000}"&gt;</description></item>'),
    "items": rss("<item><title>x</title><pubDate>Sun, 18 Apr 2021 23:18:05 +0800</pubDate></item>", 20_000),
    "items that never end": b"<rss><channel>" + b"<item>" * 300_000,
    "item tags without an end": b"<rss><channel>" + b"<item " * 300_000,
    "depth": rss(f"<item><description>{'<a>' * 500_000}</description></item>"),
    "a token of 2 MB": rss(f"<item><{'a' * SIZE}>x</item>"),
    "an attribute of 2 MB": rss(f"<item><enclosure url='{'a' * SIZE}'/></item>"),
    "ampersands": rss(f"<item><title>{'&' * SIZE}</title></item>"),
    "character references": rss(f"<item><title>{'&#1;' * 400_000}</title></item>"),
    "namespaces": (
        "<rss " + " ".join(f'xmlns:n{n}="u{n}"' for n in range(5_000)) + "><channel>" + "<item>&</item>" * 500
    ).encode(),
    "an entity many times": b"<!DOCTYPE r [<!ENTITY e '%s'>]>" % (b"x" * 480) + rss("<item>&e;</item>", 20_000),
    "links": rss("<item>" + "<link>http://a/</link>" * 100_000 + "</item>"),
    "unreadable dates": rss("<item>" + "<pubDate>xx yy 1 2 3 4</pubDate>" * 50_000 + "</item>"),
    "people": rss("<item>" + "".join(f"<author>x{n}</author>" for n in range(50_000)) + "</item>"),
    "one high byte": b"\xff" * SIZE,
    "JSON depth": b'{"items":' + b"[" * SIZE,
    "JSON digits": b'{"items":[{"id":' + b"1" * 500_000 + b"}]}",
    "link tags without an end": b"<html>" + b"<link rel=x " * 100_000,
    "a doctype of brackets": b"<!DOCTYPE " + b"[" * SIZE,
    "less-than signs": b"<rss><channel><item>" + b"<" * SIZE,
    "an old channel with long authors": b"<channel>"
    + b"<item href='http://a/1'><author>%s</author></item>" % (b"a" * 5_000) * 100,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.slow
def test_every_feed_is_parsed_in_bounded_time(body):
    started = time.process_time()
    try:
        feed = parse_feed(body, url=URL)
    except PermanentError as error:
        assert error.outcome in {Outcome.NOT_A_FEED, Outcome.FEED_BROKEN, Outcome.FEED_TOO_COSTLY}
    else:
        assert feed.total >= len(feed.entries)
    assert time.process_time() - started < HANG_S


def test_too_many_tags_are_refused():
    with pytest.raises(PermanentError) as caught:
        parse_feed(rss("<item/>", 2_100_000), url=URL)
    assert caught.value.outcome == Outcome.FEED_TOO_COSTLY


def test_feed_head_of_megabytes_is_refused():
    with pytest.raises(PermanentError) as caught:
        parse_feed(f"<rss><channel><title>{'x' * 3_000_000}</title></channel></rss>".encode(), url=URL)
    assert caught.value.outcome == Outcome.FEED_TOO_COSTLY


@pytest.mark.parametrize(
    "definition",
    [
        'x SYSTEM "file:///etc/hostname"',
        'x SYSTEM "http://127.0.0.1:9/x"',
        '% p SYSTEM "file:///etc/hostname"> %p; <!ENTITY x "y"',
    ],
)
def test_external_entities_are_not_resolved(definition):
    body = f"<!DOCTYPE rss [<!ENTITY {definition}>]>".encode() + rss("<item><title>[&x;]</title></item>")
    (entry,) = parse_feed(body, url=URL).entries
    assert entry.title in {"[&x;]", "[y]"}


def test_entity_expansion_is_bounded():
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    body = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{levels}]>'.encode() + rss("<item><title>&e11;</title></item>")
    (entry,) = parse_feed(body, url=URL).entries
    assert len(entry.title) < 100


def test_path_or_url_as_body_is_not_opened():
    for body in (b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1:9/"):
        with pytest.raises(PermanentError) as caught:
            parse_feed(body, url=URL)
        assert caught.value.outcome == Outcome.NOT_A_FEED


@pytest.mark.parametrize("kind", ["rss", "json"])
def test_an_entry_that_is_too_large_does_not_affect_others(kind):
    huge = "很" * 5_000_001
    if kind == "rss":
        body = rss(f"<item><title>a</title></item><item><title>b</title><description>{huge}</description></item>")
    else:
        items = [{"id": "a", "title": "a"}, {"id": "b", "title": "b", "content_html": huge}]
        body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": items}).encode()
    feed = parse_feed(body, url=URL)
    assert [entry.title for entry in feed.entries] == ["a"]
    assert (feed.total, len(feed.problems)) == (2, 1)
    assert "more than the 5,000,000 that are read" in feed.problems[0].reason


def test_problems_of_broken_items_are_bounded():
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [7] * 3000}).encode()
    assert len(parse_feed(body, url=URL).problems) == 20


def test_only_the_newest_entries_are_kept():
    days = range(1, 29)
    rising = "".join(f"<item><title>{day}</title><pubDate>{day} Apr 2021 00:00:00 GMT</pubDate></item>" for day in days)
    feed = parse_feed(rss(rising), url=URL, max_entries=5)
    assert [entry.title for entry in feed.entries] == ["24", "25", "26", "27", "28"]
    assert (feed.total, feed.dropped) == (28, 23)


def test_without_dates_the_first_entries_are_kept():
    feed = parse_feed(rss("".join(f"<item><title>{n}</title></item>" for n in range(9))), url=URL, max_entries=2)
    assert [entry.title for entry in feed.entries] == ["0", "1"]
