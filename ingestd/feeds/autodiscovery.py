"""Feed autodiscovery (https://www.rssboard.org/rss-autodiscovery): the feeds that the markup of a page links to."""

import re
from urllib.parse import urlsplit

from lxml import etree, html

from ingestd.identity.urls import absolute_url
from ingestd.model.feed import FeedLink

_FEED_TYPES = {
    "application/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
    "application/rdf+xml": "rss",
    "application/x-rss+xml": "rss",
    "text/rss+xml": "rss",
    "text/atom+xml": "atom",
}
# Types that are not only those of feeds: accepted where the address or the title contains a word such as "rss".
_SHARED_TYPES = {"application/json": "json", "application/xml": "rss", "text/xml": "rss"}
_LOOKS_LIKE_FEED = re.compile(r"(?:^|[^a-z])(?:rss|atom|feeds?|rdf)(?:[^a-z]|$)", re.IGNORECASE)


def linked_feeds(page: str | bytes, url: str) -> tuple[list[FeedLink], list[FeedLink]]:
    """The feeds in `<link rel="alternate">` or `rel="feed"` of a page, and those that its `<a>` elements link to.

    Both lists are in document order. An `<a>` is taken where its path has a usual name of a feed. `url` is the address
    of the page. Both are empty for a page that is no HTML.
    """
    root = _parse_html(page)
    if root is None:
        return [], []
    base_element = next(root.iter("base"), None)
    base = url if base_element is None else _resolve(url, base_element.get("href") or "") or url
    return _head_links(root, base), _text_links(root, base)


def _parse_html(page: str | bytes) -> etree._Element | None:
    if not page.strip():
        return None
    try:
        # A page given as str may declare another encoding than the UTF-8 that it is encoded with here.
        data, encoded = (page.encode("utf-8", "replace"), "utf-8") if isinstance(page, str) else (page, None)
        parser = html.HTMLParser(no_network=True, huge_tree=False, encoding=encoded)
        return html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, LookupError):
        return None


def _head_links(root: etree._Element, base: str) -> list[FeedLink]:
    links = []
    for element in root.iter("link"):
        relations = (element.get("rel") or "").lower().split()
        if "alternate" not in relations and "feed" not in relations:
            continue
        address = _resolve(base, element.get("href") or "")
        title = " ".join((element.get("title") or "").split())
        feed_type = _feed_type(element.get("type") or "", f"{address} {title}", is_feed="feed" in relations)
        if address and feed_type:
            links.append(FeedLink(address, title, feed_type))
    return links


def _feed_type(media_type: str, about: str, *, is_feed: bool) -> str | None:
    """`rss`, `atom` or `json` for a link to a feed, None for any other. `about` is its address and title."""
    name = media_type.split(";")[0].strip().lower()
    if name in _FEED_TYPES:
        return _FEED_TYPES[name]
    # /wp-json/ is the REST API of WordPress.
    if name in _SHARED_TYPES and _LOOKS_LIKE_FEED.search(about) and "/wp-json/" not in about:
        return _SHARED_TYPES[name]
    return "rss" if is_feed and not name else None


def _text_links(root: etree._Element, base: str) -> list[FeedLink]:
    links = []
    for element in root.iter("a"):
        address = _resolve(base, element.get("href") or "")
        path = urlsplit(address).path.lower().rstrip("/") if address else ""
        name = path.rpartition("/")[2]
        title = " ".join("".join(str(text) for text in element.itertext()).split())[:200]
        if address and (
            name in {"feed", "rss", "atom"} or re.fullmatch(r"(?:feed|rss|atom|index)\d?\.(?:xml|rss|atom|json)", name)
        ):
            links.append(
                FeedLink(address, title, "json" if name.endswith(".json") else "atom" if "atom" in name else "rss")
            )
    return links


def _resolve(base: str, reference: str) -> str | None:
    """The absolute http(s) URL of a reference, without its fragment; None for others. `feed:` is read as http."""
    text = re.sub(r"[\t\r\n]", "", reference.strip())
    text = re.sub(r"^feed:(?://)?(?=https?:)", "", text, flags=re.IGNORECASE)
    text = re.sub(r"^feed:", "http:", text, flags=re.IGNORECASE)
    url = absolute_url(base, text) if text else None
    return url.split("#")[0] if url else None
