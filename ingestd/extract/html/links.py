"""URLs inside an article: absolute http(s) links, the URL of a lazily loaded image, the page of a video. Pure."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from ingestd.identity.urls import absolute_url

#: Attributes that hold the URL of an image until it scrolls into view. The first one present is used.
LAZY_SRC_ATTRIBUTES = (
    "data-original",
    "data-src",
    "data-lazy-src",
    "data-original-src",
    "data-actualsrc",
    "data-lazy",
    "data-lazyload",
    "data-ks-lazyload",
    "data-echo",
    "data-url",
    "data-image",
    "data-img-src",
    "data-full-src",
    "data-hi-res-src",
    "data-orig-file",
    "data-backsrc",
    "data-runner-src",
    "data-croporisrc",
    "lazy-src",
    "lay-src",
    "lazysrc",
    "_src",
    "zoomfile",
    "file",
    "original",
)
#: The same for several sizes of an image (srcset).
LAZY_SRCSET_ATTRIBUTES = ("data-srcset", "data-lazy-srcset", "data-original-set", "srcset")

_INVISIBLE_CHARS = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200d\u2060\ufeff]+")
_URL_EDGE_CHARS = "".join(map(chr, range(0x21))) + "\xa0\u3000\u200b\ufeff"
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")
_LAZY_ATTRIBUTES = frozenset(LAZY_SRC_ATTRIBUTES + LAZY_SRCSET_ATTRIBUTES)
_PLACEHOLDER_URL = re.compile(
    r"(?:^|[/_.\-])(?:blank|spacer|space(?:ball)?|transparent|placeholder[\w\-]*|grey|gray|pixel|loading|lazy(?:load)?"
    r"|default_?img|1x1|clear)"
    # What follows is a size, a number, or another word for an image without content: not "blanket", "grey-heron".
    r"(?:[_\-]?(?:\d{1,4}(?:x\d{1,4})?|px|gif|png|ima?ge?|bg|background|icon|bar|spinner|white|black|gray|grey|small|large"
    r"|dot|pixel|1x1|placeholder|v?\d+))*\.(?:gif|png|svg|jpe?g|webp)(?:$|[?#])",
    re.IGNORECASE,
)
_TRACKER_URL = re.compile(
    r"//(?:[\w\-]+\.)*(?:doubleclick\.net|scorecardresearch\.com|quantserve\.com|google-analytics\.com|pixel\.wp\.com"
    r"|stats\.wordpress\.com|feedsportal\.com|feedburner\.com/~r|hm\.baidu\.com|cnzz\.com|amazon-adsystem\.com"
    r"|pixel\.facebook\.com|facebook\.com/tr|medium\.com/_/stat|wordpress\.com/b\.gif|imrworldwide\.com|outbrain\.com)"
    r"|/(?:pixel|beacon|track(?:ing)?|open)\.(?:gif|png)(?:$|[?#])|//feeds\.feedburner\.com/~",
    re.IGNORECASE,
)
_VIDEO_PLAYERS = (
    (
        re.compile(r"(?:^|\.)(?:youtube\.com|youtube-nocookie\.com)$"),
        re.compile(r"^/(?:embed|v|shorts)/([\w\-]{6,20})"),
        "https://www.youtube.com/watch?v={}",
    ),
    (re.compile(r"^player\.vimeo\.com$"), re.compile(r"^/video/(\d+)"), "https://vimeo.com/{}"),
    (
        re.compile(r"(?:^|\.)dailymotion\.com$"),
        re.compile(r"^/embed/video/(\w+)"),
        "https://www.dailymotion.com/video/{}",
    ),
    (re.compile(r"^player\.youku\.com$"), re.compile(r"^/embed/([\w=]+)"), "https://v.youku.com/v_show/id_{}.html"),
)
_PLAYER_HOSTS = re.compile(
    r"(?:^|\.)(?:bilibili\.com|v\.qq\.com|video\.qq\.com|youku\.com|tudou\.com|iqiyi\.com|ixigua\.com"
    r"|twitch\.tv|ted\.com"
    r"|streamable\.com|rumble\.com|odysee\.com|jwplatform\.com|brightcove\.net|wistia\.(?:com|net)|soundcloud\.com"
    r"|spotify\.com|podcasts\.apple\.com|bandcamp\.com|tv\.sohu\.com|loom\.com|facebook\.com/plugins/video)$"
)


def absolute_link(url: str | None, base: str | None) -> str | None:
    """A link as an absolute URL: http(s) with a host, or mailto. None for any other scheme and for an empty link.

    Surrounding white space is trimmed. Without `base` a relative link stays relative.
    """
    if not url or _ABSOLUTE_URL.fullmatch(url):
        return url or None
    url = url.strip(_URL_EDGE_CHARS)
    visible = _INVISIBLE_CHARS.sub("", url)
    if not visible:
        return None
    if _SCHEME.match(visible) and not visible.lower().startswith(("http:", "https:", "mailto:")):
        return None
    return _resolve(_escape_url(url), base)


_URL_ESCAPES = str.maketrans(
    {
        " ": "%20",
        '"': "%22",
        "<": "%3C",
        ">": "%3E",
        "`": "%60",
        "\\": "/",
        "\t": None,
        "\n": None,
        "\r": None,
        "\0": None,
    }
)


def _escape_url(url: str) -> str:
    """Spaces, quotes and angle brackets percent-encoded, line breaks removed, a backslash as `/` (WHATWG URL, 4.4)."""
    return url.translate(_URL_ESCAPES)


# An absolute URL that resolving against any base leaves unchanged.
_ABSOLUTE_URL = re.compile(
    r"https?://[A-Za-z0-9-][A-Za-z0-9.-]*(?::[0-9]{1,5})?/[A-Za-z0-9\-._~%/@!$&'()*+,=:]*"
    r"(?:\?[A-Za-z0-9\-._~%/@!$&'()*+,;=:?]+)?(?:#[A-Za-z0-9\-._~%/@!$&'()*+,;=:?]+)?"
)


def _resolve(url: str, base: str | None) -> str | None:
    if _ABSOLUTE_URL.fullmatch(url):
        return url
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return None
    if scheme == "mailto" or not (scheme or base):
        return url
    return absolute_url(base, url)


def largest_srcset_candidate(srcset: str) -> tuple[float, str] | None:
    """The widest (or densest) candidate of a srcset as (size, URL). URLs may hold commas (HTML, 4.8.4.2.1).

    The size is the width in pixels, or 1000 times the density.
    """
    best: tuple[float, str] | None = None
    for match in re.finditer(
        r"\s*([^\s,][^\s]*[^\s,]|[^\s,])(?:\s+([\d.]{1,12})([wx])(?:\s+\d{1,9}h)?)?\s*(?:,|$)", srcset[:20_000]
    ):
        if match[1].startswith("data:"):
            continue
        size = _srcset_size(match[2]) * (1.0 if match[3] == "w" else 1000.0)
        if best is None or size > best[0]:
            best = (size, match[1])
    return best


def _srcset_size(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 1.0


def is_placeholder_image(url: str | None) -> bool:
    """True where the URL of an image is missing or shows no content: inline data, a spacer, a loading sign."""
    return not url or url.startswith(("data:", "about:", "blob:")) or bool(_PLACEHOLDER_URL.search(url))


def is_tracking_pixel(url: str) -> bool:
    """True for the URL of a tracking pixel."""
    return bool(_TRACKER_URL.search(url))


def image_url(attributes: Mapping[str, str]) -> str | None:
    """The URL of the image of an `<img>`, not yet absolute; None where there is only a placeholder.

    `attributes` are those of the `<img>`. Attributes for lazy loading take precedence over `src`.
    """
    source = attributes.get("src", "").strip()
    return _lazy_image_url(attributes) or (None if is_placeholder_image(source) else source)


def _lazy_image_url(attributes: Mapping[str, str]) -> str | None:
    if _LAZY_ATTRIBUTES.isdisjoint(attributes):
        return None
    for name in LAZY_SRCSET_ATTRIBUTES:
        found = largest_srcset_candidate(attributes.get(name, ""))
        if found and not is_placeholder_image(found[1]):
            return found[1]
    for name in LAZY_SRC_ATTRIBUTES:
        value = attributes.get(name, "").strip()
        if value and not is_placeholder_image(value) and _looks_like_url(value):
            return value
    return None


def _looks_like_url(value: str) -> bool:
    return "/" in value or bool(re.search(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)(?:$|[?#])", value, re.IGNORECASE))


def video_page_url(url: str | None, base: str | None) -> str | None:
    """The URL of the page of a video, from the `src` of its player's frame; None where it is no known player."""
    url = absolute_link(url, base)
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = parts.hostname or ""
    for hosts, path, target in _VIDEO_PLAYERS:
        found = path.match(parts.path) if hosts.search(host) else None
        if found:
            return target.format(found[1])
    if host == "player.bilibili.com":
        number = parse_qs(parts.query).get("bvid")
        return f"https://www.bilibili.com/video/{number[0]}" if number else url
    return url if _PLAYER_HOSTS.search(host) or _PLAYER_HOSTS.search(host + parts.path) else None
