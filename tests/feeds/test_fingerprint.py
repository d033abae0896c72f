"""The fingerprint changes with the content of a feed only."""

import pytest

from ingestd.feeds.fingerprint import context_digest, entry_digest, fingerprint

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<lastBuildDate>%s</lastBuildDate><item><title>One</title><pubDate>%s</pubDate></item></channel></rss>"""


def test_the_date_in_the_head_does_not_count():
    assert fingerprint(FEED % (b"Mon", b"Sun")) == fingerprint(FEED % (b"Tue, later", b"Sun"))


def test_the_date_of_an_item_counts():
    assert fingerprint(FEED % (b"Mon", b"Sun")) != fingerprint(FEED % (b"Mon", b"Sat"))


def test_a_comment_of_a_cache_behind_the_end_does_not_count():
    body = FEED % (b"Mon", b"Sun")
    assert fingerprint(body) == fingerprint(body + b"\n<!-- generated in 0.123 seconds -->\n")
    assert fingerprint(body) != fingerprint(body + b"<item/>")


def test_any_other_byte_counts():
    body = FEED % (b"Mon", b"Sun")
    date = range(body.index(b"<lastBuildDate"), body.index(b"</lastBuildDate>") + 16)
    for position in range(len(body)):
        changed = body[:position] + b"~" + body[position + 1 :]
        if position not in date:
            assert fingerprint(changed) != fingerprint(body), position


def test_a_json_feed_and_an_empty_body_have_one_too():
    assert fingerprint(b'{"items": []}') != fingerprint(b'{"items": [1]}')
    assert fingerprint(b"") == fingerprint(b"")


@pytest.mark.parametrize(
    "name", ["lastBuildDate", "pubDate", "updated", "modified", "dc:date", "atom:updated", "a10:updated"]
)
def test_every_date_of_a_head_is_left_out(name):
    head = "<feed><title>News</title><{0}>{1}</{0}><entry><title>One</title></entry></feed>"
    dates = ("Sun, 18 Apr 2021 23:18:05 GMT", "Mon, 19 Apr 2021 00:00:00 GMT", "", "x" * 100)
    assert len({fingerprint(head.format(name, date).encode()) for date in dates}) == 1
    assert len({fingerprint(head.format(name.upper(), date).encode()) for date in dates}) == 1
    # What is longer is no date, and that of an entry is the entry's.
    assert fingerprint(head.format(name, "x" * 101).encode()) != fingerprint(head.format(name, "x" * 102).encode())
    entry = "<feed><entry><title>One</title><{0}>{1}</{0}></entry></feed>"
    assert fingerprint(entry.format(name, "a").encode()) != fingerprint(entry.format(name, "b").encode())


@pytest.mark.parametrize(
    "first", ["<item>", "<entry>", "<rss:item>", "<atom:entry>", '<item rdf:about="x">', "<entry\n>"]
)
def test_entries_begin_where_the_first_one_begins(first):
    body = "<x><updated>{}</updated>{}<updated>{}</updated></x>"
    assert fingerprint(body.format("a", first, "c").encode()) == fingerprint(body.format("b", first, "c").encode())
    assert fingerprint(body.format("a", first, "c").encode()) != fingerprint(body.format("a", first, "d").encode())


@pytest.mark.parametrize("first", ["<items>", "<itemize>", "<entryway>", "item", ""])
def test_without_an_entry_every_byte_counts(first):
    body = "<x><updated>{}</updated>{}</x>"
    assert fingerprint(body.format("a", first).encode()) != fingerprint(body.format("b", first).encode())


def test_dates_before_the_items_of_a_json_feed_count():
    """A head of JSON holds no elements; the key `items` is where the entries begin."""
    body = '{"title": "<updated>%s</updated>", "items": [1]}'
    assert fingerprint((body % "a").encode()) == fingerprint((body % "b").encode())
    behind = '{"items" : ["<updated>%s</updated>"]}'
    assert fingerprint((behind % "a").encode()) != fingerprint((behind % "b").encode())


@pytest.mark.parametrize(
    ("tail", "counts"),
    [
        ("<!-- 0.12 s -->", False),
        ("<!-- a --><!-- b -->\n", False),
        ("\n\n  ", False),
        (f"<!-- {'x' * 190} -->", False),
        (f"<!-- {'x' * 201} -->", True),
        ("<!-- <item/> -->", True),
        ("<!-- a", True),
        ("x", True),
    ],
)
def test_what_follows_the_last_tag(tail, counts):
    body = FEED % (b"Mon", b"Sun")
    assert (fingerprint(body) != fingerprint(body + tail.encode())) is counts


def test_a_comment_far_from_the_end_counts():
    body = b"<rss><channel><item/>%s" + b"<item/>" * 100 + b"</channel></rss>"
    assert fingerprint(body % b"<!-- a -->") != fingerprint(body % b"<!-- b -->")


def test_entries_behind_a_long_head_count():
    """The first entry is sought in 64 KiB; behind them every byte counts, dates too."""
    for size, counts in ((60_000, False), (70_000, True)):
        head = b"<rss><updated>%s</updated>" + b" " * size + b"<item></item></rss>"
        assert (fingerprint(head % b"a") != fingerprint(head % b"b")) is counts


def test_digest_of_an_entry_depends_on_its_text_and_its_context():
    context, other = context_digest("a", 1, None), context_digest("a", 1, "None")
    assert context != other
    assert context == context_digest("a", 1, None)
    assert entry_digest("<item/>", context) == entry_digest("<item/>", context)
    assert len({entry_digest(raw, one) for raw in ("<item/>", "<item />", "") for one in (context, other)}) == 6
    assert len(entry_digest("\ud83d", context)) == 32
