"""The feeds of a site: those that a page names, and the addresses where feeds usually are. Nothing is fetched here."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from lxml import etree, html

from ingestd.identity.urls import absolute_url, is_http_url

MAX_LINKS = 200

_FEED_TYPES = {
    "application/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
    "application/rdf+xml": "rss",
    "application/x-rss+xml": "rss",
    "text/rss+xml": "rss",
    "text/atom+xml": "atom",
}
# Types that feeds share with other things: taken only where the address or the title speaks of a feed.
_SHARED_TYPES = {"application/json": "json", "application/xml": "rss", "text/xml": "rss"}
_LOOKS_LIKE_FEED = re.compile(r"(?:^|[^a-z])(?:rss|atom|feeds?|rdf)(?:[^a-z]|$)", re.IGNORECASE)

_COMMON_PATHS = (
    "feed",
    "feed.xml",
    "rss.xml",
    "atom.xml",
    "index.xml",
    "rss",
    "feed.json",
    "feeds/posts/default",
    "?feed=rss2",
)

_YOUTUBE = "https://www.youtube.com/feeds/videos.xml"
_YOUTUBE_HOSTS = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"})
_CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}")
_PLAYLIST_ID = re.compile(r"[A-Za-z0-9_-]{10,64}")
# Where the page of a channel says its own id; a page names other channels too.
_OWN_CHANNEL = re.compile(r'"(?:externalId|channelId)":"(UC[A-Za-z0-9_-]{22})"')


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page names: absolute address, the title it gives it, and `rss`, `atom` or `json`."""

    url: str
    title: str
    type: str


def feed_links(page: str | bytes, url: str) -> list[FeedLink]:
    """The feeds that a page names with `<link rel="alternate">` or `rel="feed"`, in its order, each address once.

    `url` is the address of the page. Links in the text that lead to something called feed, RSS or Atom follow after
    those of the head. The page of a YouTube channel adds the channel's feed. A page that is no HTML has none.
    """
    root = _tree(page)
    if root is None:
        return []
    base_element = next(root.iter("base"), None)
    base = url if base_element is None else _join(url, base_element.get("href") or "") or url
    found: dict[str, FeedLink] = {}
    for link in (*_head_links(root, base), *_youtube_channel(page, url), *_text_links(root, base)):
        found.setdefault(link.url, link)
    return list(found.values())[:MAX_LINKS]


def guesses(url: str) -> list[str]:
    """Addresses where a site often has its feed, the likely first: below the page, then at the root of the site.

    For pages of YouTube these are not guesses but where its feeds are.
    """
    youtube = _youtube_feeds(url)
    if youtube:
        return youtube
    if not is_http_url(url, allow_spaces=True):
        return []
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}/"
    folder = urljoin(root, parts.path.rsplit("/", 1)[0].lstrip("/") + "/") if parts.path.strip("/") else root
    page = url.split("#")[0].split("?")[0].rstrip("/") + "/"
    places = dict.fromkeys((page, folder, root))
    return list(dict.fromkeys(place + path for place in places for path in _COMMON_PATHS))


def _tree(page: str | bytes) -> etree._Element | None:
    if not page.strip():
        return None
    try:
        # A text may declare an encoding that it no longer has.
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
        address = _join(base, element.get("href") or "")
        title = " ".join((element.get("title") or "").split())
        kind = _kind(element.get("type") or "", f"{address} {title}", is_feed="feed" in relations)
        if address and kind:
            links.append(FeedLink(address, title, kind))
    return links


def _kind(media_type: str, about: str, *, is_feed: bool) -> str | None:
    """What sort of feed a link leads to, None where it leads to none."""
    name = media_type.split(";")[0].strip().lower()
    if name in _FEED_TYPES:
        return _FEED_TYPES[name]
    # The JSON of WordPress is its programming interface and not a feed.
    if name in _SHARED_TYPES and _LOOKS_LIKE_FEED.search(about) and "/wp-json/" not in about:
        return _SHARED_TYPES[name]
    return "rss" if is_feed and not name else None


def _text_links(root: etree._Element, base: str) -> list[FeedLink]:
    links = []
    for element in root.iter("a"):
        address = _join(base, element.get("href") or "")
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


def _youtube_channel(page: str | bytes, url: str) -> list[FeedLink]:
    if not _is_youtube(url):
        return []
    text = page if isinstance(page, str) else page.decode("utf-8", "replace")
    match = _OWN_CHANNEL.search(text)
    return [FeedLink(f"{_YOUTUBE}?channel_id={match[1]}", "", "atom")] if match else []


def _youtube_feeds(url: str) -> list[str]:
    """The feeds of a channel or a playlist, where its address holds their id; a name (`/@name`) needs the page."""
    if not _is_youtube(url):
        return []
    parts = urlsplit(url)
    steps = parts.path.strip("/").split("/")
    feeds = []
    if playlist := parse_qs(parts.query).get("list", [""])[0]:
        feeds.append(f"{_YOUTUBE}?playlist_id={playlist}" if _PLAYLIST_ID.fullmatch(playlist) else "")
    if len(steps) > 1 and steps[0] == "channel" and _CHANNEL_ID.fullmatch(steps[1]):
        feeds.append(f"{_YOUTUBE}?channel_id={steps[1]}")
    if len(steps) > 1 and steps[0] == "user":
        feeds.append(f"{_YOUTUBE}?user={quote(steps[1], safe='')}")
    return [feed for feed in feeds if feed]


def _is_youtube(url: str) -> bool:
    try:
        return (urlsplit(url).hostname or "").lower() in _YOUTUBE_HOSTS
    except ValueError:
        return False


def _join(base: str, reference: str) -> str | None:
    """The absolute web address of a reference, without its fragment; None for anything else (`feed:` is http)."""
    text = re.sub(r"[\t\r\n]", "", reference.strip())
    text = re.sub(r"^feed:(?://)?(?=https?:)", "", text, flags=re.IGNORECASE)
    text = re.sub(r"^feed:", "http:", text, flags=re.IGNORECASE)
    url = absolute_url(base, text) if text else None
    return url.split("#")[0] if url else None
