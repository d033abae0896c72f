"""What is said about a body that is no feed: the user learns what the address serves instead."""

import pytest

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.errors import Outcome, PollError

URL = "https://e.example/news/feed"
LOGIN = '<form><input name="u"><input TYPE = "password" name="p"></form>'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "the answer is empty"),
        (" \n\t", "the answer is empty"),
        ("\ufeff", "the answer is empty"),
        ("Not found", "the answer is no feed; it begins with: 'Not found'"),
        ("Not\n  found\x07", "the answer is no feed; it begins with: 'Not found'"),
        ("x" * 500, f"the answer is no feed; it begins with: {'x' * 80!r}"),
        ("%PDF-1.4", "the answer is no feed; it begins with: '%PDF-1.4'"),
        ("<urlset><url/></urlset>", "the answer is XML but no feed: its root element is <urlset>"),
        ('<?xml version="1.0"?><opml version="2.0"/>', "the answer is XML but no feed: its root element is <opml>"),
        ("<svg:svg/>", "the answer is XML but no feed: its root element is <svg:svg>"),
        ("<Error><Code>NoSuchKey</Code></Error>", "the answer is XML but no feed: its root element is <Error>"),
        ("<html><body>Hi</body></html>", "the address now serves a web page, not a feed"),
        ("<!DOCTYPE html><title>Home</title>", "the address now serves a web page (“Home”), not a feed"),
        ("<html><title> A &amp; B\n C </title>", "the address now serves a web page (“A & B C”), not a feed"),
        ("<p>Gone</p>", "the address now serves a web page, not a feed"),
        ("<div>Gone</div>", "the address now serves a web page, not a feed"),
        (f"<html><title>Sign in</title>{LOGIN}</html>", "the address now serves a login page (“Sign in”)"),
        (f"<html>{LOGIN}</html>", "the address now serves a login page"),
        (f"<html><title>{'x' * 200}</title></html>", f"the address now serves a web page (“{'x' * 80}”), not a feed"),
        (
            '<html><title>Home</title><link rel="alternate" type="application/rss+xml" href="/rss.xml"></html>',
            "the address now serves a web page (“Home”); its feed seems to be https://e.example/rss.xml",
        ),
        (
            '<html><link rel="alternate" type="application/atom+xml" href="a"><link rel="feed" href="b"></html>',
            "the address now serves a web page; its feed seems to be https://e.example/news/a",
        ),
        ('<html><a href="/feed">Feed</a></html>', "the address now serves a web page, not a feed"),
    ],
)
def test_reason(body, reason):
    with pytest.raises(PollError) as caught:
        parse_feed(body.encode(), url=URL)
    assert caught.value.outcome is Outcome.NOT_A_FEED
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("<html><body><rss><channel><title>T</title></channel></rss></body></html>", Outcome.NOT_A_FEED),
        ("<rss><channel><title>T</title>", Outcome.FEED_TRUNCATED),
        ("<rss", Outcome.NOT_A_FEED),
        ("<feed><title>T</title><entry><title>1", Outcome.FEED_TRUNCATED),
        ("<rss>" + "<a/>" * 2_000_001 + "</rss>", Outcome.FEED_TOO_COSTLY),
        ("<rss><channel><title>" + "x" * 2_000_000 + "</title></channel></rss>", Outcome.FEED_TOO_COSTLY),
    ],
    ids=["page", "cut", "root", "cut entry", "tags", "head"],
)
def test_outcome_of_a_feed_without_entries(body, outcome):
    """A page around a feed and a feed that breaks off are no successful poll without news."""
    with pytest.raises(PollError) as caught:
        parse_feed(body.encode(), url=URL)
    assert caught.value.outcome is outcome


@pytest.mark.parametrize(
    "body",
    [
        "<rss/>",
        "<rss></rss>",
        "<rss><channel/></rss>",
        "<rss><channel></channel>",
        '<feed xmlns="http://www.w3.org/2005/Atom"/>',
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'></rdf:RDF>",
        '{"version": "https://jsonfeed.org/version/1.1", "items": []}',
    ],
)
def test_complete_feed_without_entries_is_one(body):
    feed = parse_feed(body.encode(), url=URL)
    assert (feed.entries, feed.total, feed.truncated) == ((), 0, False)
