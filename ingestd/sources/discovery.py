"""The feeds of a site: those that its page names, and the addresses where feeds usually are. Nothing is fetched."""

import re
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from ingestd.feeds.autodiscovery import FeedLink, linked_feeds
from ingestd.identity.urls import is_http_url

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
# Where the page of a channel holds its own id; the ids of other channels stand elsewhere in it.
_OWN_CHANNEL = re.compile(r'"(?:externalId|channelId)":"(UC[A-Za-z0-9_-]{22})"')


MAX_LINKS = 200


def feed_links(page: str | bytes, url: str) -> list[FeedLink]:
    """The feeds that a page names, those of its head first, each address once, MAX_LINKS at most.

    `url` is the address of the page. The page of a YouTube channel adds the channel's feed.
    """
    found: dict[str, FeedLink] = {}
    in_head, in_text = linked_feeds(page, url)
    for link in (*in_head, *_youtube_channel(page, url), *in_text):
        found.setdefault(link.url, link)
    return list(found.values())[:MAX_LINKS]


def guesses(url: str) -> list[str]:
    """Addresses where a site often has its feed, the likely first: below the page, then at the root of the site.

    For pages of YouTube these are the exact addresses of its feeds.
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
