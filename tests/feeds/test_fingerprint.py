"""The fingerprint changes with the content of a feed only."""

from ingestd.feeds.fingerprint import fingerprint

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
