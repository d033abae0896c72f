"""Discovery of a site's feeds: those that a page links to, and usual addresses of feeds. Pure: fetches nothing."""

import re
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from ingestd.feeds.autodiscovery import linked_feeds
from ingestd.identity.urls import is_http_url
from ingestd.model.feed import FeedLink

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
# The id of the channel whose page this is; ids of other channels have other keys.
_OWN_CHANNEL = re.compile(r'"(?:externalId|channelId)":"(UC[A-Za-z0-9_-]{22})"')
#: Usual addresses of news sitemaps and of sitemaps, below the root of a site.
_SITEMAP_PATHS = ("news-sitemap.xml", "sitemap-news.xml", "sitemap_news.xml", "sitemap.xml", "sitemap_index.xml")
# Feeds of one page.
MAX_LINKS = 200


def feed_links(page: str | bytes, url: str) -> list[FeedLink]:
    """The feeds that a page links to: `<link>` elements first, each URL once, at most MAX_LINKS.

    `url` is the address of the page. For a YouTube channel its feed is added.
    """
    found: dict[str, FeedLink] = {}
    in_head, in_text = linked_feeds(page, url)
    for link in (*in_head, *_youtube_channel(page, url), *in_text):
        found.setdefault(link.url, link)
    return list(found.values())[:MAX_LINKS]


def likely_feed_urls(url: str) -> list[str]:
    """URLs where a site often has its feed: below the page, then below its folder, then below the root of the site.

    For pages of YouTube these are the exact URLs of its feeds. Empty where `url` is no http(s) URL.
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


def robots_url(url: str) -> str:
    """The address of the robots.txt of a site, which names its sitemaps."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def likely_sitemap_urls(url: str) -> list[str]:
    """URLs where a site often has a sitemap that its robots.txt does not name; those of news first."""
    return [urljoin(robots_url(url), path) for path in _SITEMAP_PATHS]


def _youtube_channel(page: str | bytes, url: str) -> list[FeedLink]:
    if not _is_youtube(url):
        return []
    text = page if isinstance(page, str) else page.decode("utf-8", "replace")
    match = _OWN_CHANNEL.search(text)
    return [FeedLink(f"{_YOUTUBE}?channel_id={match[1]}", "", "atom")] if match else []


def _youtube_feeds(url: str) -> list[str]:
    """The feeds of a channel or playlist whose id is in the URL; for `/@name` the id is only in the page."""
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
