"""A feed of one entry, from the XML of that entry."""

from typing import Any

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.feed import Entry, Feed

URL = "https://feeds.example/news/feed.xml"
#: The namespaces that modules of RSS and Atom state in their specifications.
MODULES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    ' xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:og="http://ogp.me/ns#"'
    ' xmlns:googleplay="http://www.google.com/schemas/play-podcasts/1.0" xmlns:foaf="http://xmlns.com/foaf/0.1/"'
)


def rss(item: str = "", channel: str = "", **arguments: Any) -> Feed:
    """An RSS 2.0 feed with the elements of its channel and of one item."""
    items = f"<item>{item}</item>" if item else ""
    body = f'<rss version="2.0" {MODULES}><channel><title>News</title>{channel}{items}</channel></rss>'
    return parse_feed(body.encode(), url=URL, **arguments)


def atom(entry: str = "", feed: str = "", attributes: str = "", **arguments: Any) -> Feed:
    """An Atom feed with the elements of its head and of one entry."""
    entries = f"<entry>{entry}</entry>" if entry else ""
    body = f'<feed xmlns="http://www.w3.org/2005/Atom" {MODULES.replace("xmlns:atom", "xmlns:a")} {attributes}>'
    return parse_feed(f"{body}<title>News</title>{feed}{entries}</feed>".encode(), url=URL, **arguments)


def rss_entry(item: str, channel: str = "", **arguments: Any) -> Entry:
    """The entry of `rss`."""
    (entry,) = rss(item, channel, **arguments).entries
    return entry


def atom_entry(entry: str, feed: str = "", attributes: str = "", **arguments: Any) -> Entry:
    """The entry of `atom`."""
    (found,) = atom(entry, feed, attributes, **arguments).entries
    return found
