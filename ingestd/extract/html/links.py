"""Addresses inside an article: absolute, http(s) only, and the best one of a lazily loaded image. Pure functions."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urljoin, urlsplit

#: Where sites park an image's real address until it scrolls into view; the first that is there wins.
LAZY_ATTRIBUTES = (
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
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set", "srcset")

_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\u200b-\u200d\u2060\ufeff]+")
_EDGES = "".join(map(chr, range(0x21))) + "\xa0\u3000\u200b\ufeff"
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")
_PARKED = frozenset(LAZY_ATTRIBUTES + LAZY_SETS)
_PLACEHOLDER = re.compile(
    r"(?:^|[/_.\-])(?:blank|spacer|space|transparent|placeholder|grey|gray|pixel|loading|lazy(?:load)?"
    r"|default_?img|1x1|clear)"
    r"[\w\-]*\.(?:gif|png|svg|jpe?g|webp)(?:$|[?#])",
    re.IGNORECASE,
)
_TRACKER = re.compile(
    r"//(?:[\w\-]+\.)*(?:doubleclick\.net|scorecardresearch\.com|quantserve\.com|google-analytics\.com|pixel\.wp\.com"
    r"|stats\.wordpress\.com|feedsportal\.com|feedburner\.com/~r|hm\.baidu\.com|cnzz\.com|amazon-adsystem\.com"
    r"|pixel\.facebook\.com|facebook\.com/tr|medium\.com/_/stat|wordpress\.com/b\.gif|imrworldwide\.com|outbrain\.com)"
    r"|/(?:pixel|beacon|track(?:ing)?|open)\.(?:gif|png)(?:$|[?#])|//feeds\.feedburner\.com/~",
    re.IGNORECASE,
)
_VIDEO_HOSTS = (
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
_PLAYERS = re.compile(
    r"(?:^|\.)(?:bilibili\.com|v\.qq\.com|video\.qq\.com|youku\.com|tudou\.com|iqiyi\.com|ixigua\.com"
    r"|twitch\.tv|ted\.com"
    r"|streamable\.com|rumble\.com|odysee\.com|jwplatform\.com|brightcove\.net|wistia\.(?:com|net)|soundcloud\.com"
    r"|spotify\.com|podcasts\.apple\.com|bandcamp\.com|tv\.sohu\.com|loom\.com|facebook\.com/plugins/video)$"
)


def absolute(url: str | None, base: str | None) -> str | None:
    """The address with `base` applied (white space trimmed), or None where it is no http(s) or mailto address.

    Without a base a relative address stays relative.
    """
    if not url or _WHOLE.fullmatch(url):
        return url or None
    url = url.strip(_EDGES)
    bare = _UNSEEN.sub("", url)
    if not bare:
        return None
    if _SCHEME.match(bare) and not bare.lower().startswith(("http:", "https:", "mailto:")):
        return None
    return _joined(_without_breaks(url), base)


_ESCAPES = str.maketrans(
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


def _without_breaks(url: str) -> str:
    """White space and quotes as the URL standard writes them (WHATWG URL, 4.4 and the path percent-encode set)."""
    return url.translate(_ESCAPES)


# An absolute address that joining with any base leaves as it is.
_WHOLE = re.compile(
    r"https?://[A-Za-z0-9-][A-Za-z0-9.-]*(?::[0-9]{1,5})?/[A-Za-z0-9\-._~%/@!$&'()*+,=:]*"
    r"(?:\?[A-Za-z0-9\-._~%/@!$&'()*+,;=:?]+)?(?:#[A-Za-z0-9\-._~%/@!$&'()*+,;=:?]+)?"
)


def _joined(url: str, base: str | None) -> str | None:
    if _WHOLE.fullmatch(url):
        return url
    try:
        joined = urljoin(base, url) if base else url
        scheme, host = urlsplit(joined)[:2]
    except ValueError:
        return None
    if scheme == "mailto":
        return joined
    if scheme in ("http", "https"):
        return joined if host else None
    return None if scheme or base else joined


def best_of_set(srcset: str) -> tuple[float, str] | None:
    """The widest (or densest) candidate of a srcset as (size, address); addresses may hold commas (HTML, 4.8.4.2.1)."""
    best: tuple[float, str] | None = None
    for match in re.finditer(
        r"\s*([^\s,][^\s]*[^\s,]|[^\s,])(?:\s+([\d.]{1,12})([wx])(?:\s+\d{1,9}h)?)?\s*(?:,|$)", srcset[:20_000]
    ):
        if match[1].startswith("data:"):
            continue
        size = _number(match[2]) * (1.0 if match[3] == "w" else 1000.0)
        if best is None or size > best[0]:
            best = (size, match[1])
    return best


def _number(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 1.0


def is_placeholder(url: str | None) -> bool:
    """True where the address is missing or shows nothing: inline data, a spacer, a loading sign."""
    return not url or url.startswith(("data:", "about:", "blob:")) or bool(_PLACEHOLDER.search(url))


def is_tracker(url: str) -> bool:
    """True for the address of a counting pixel."""
    return bool(_TRACKER.search(url))


def image_address(attributes: Mapping[str, str]) -> str | None:
    """The address of the real image behind an `<img>` (not yet absolute), None where there is only a placeholder."""
    source = attributes.get("src", "").strip()
    return _parked_address(attributes) or (None if is_placeholder(source) else source)


def _parked_address(attributes: Mapping[str, str]) -> str | None:
    if _PARKED.isdisjoint(attributes):
        return None
    for name in LAZY_SETS:
        found = best_of_set(attributes.get(name, ""))
        if found and not is_placeholder(found[1]):
            return found[1]
    for name in LAZY_ATTRIBUTES:
        value = attributes.get(name, "").strip()
        if value and not is_placeholder(value) and _looks_like_address(value):
            return value
    return None


def _looks_like_address(value: str) -> bool:
    return "/" in value or bool(re.search(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)(?:$|[?#])", value, re.IGNORECASE))


def video_link(url: str | None, base: str | None) -> str | None:
    """The address to watch what a player's frame shows, None where the frame is no known player."""
    url = absolute(url, base)
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = parts.hostname or ""
    for hosts, path, target in _VIDEO_HOSTS:
        found = path.match(parts.path) if hosts.search(host) else None
        if found:
            return target.format(found[1])
    if host == "player.bilibili.com":
        number = parse_qs(parts.query).get("bvid")
        return f"https://www.bilibili.com/video/{number[0]}" if number else url
    return url if _PLAYERS.search(host) or _PLAYERS.search(host + parts.path) else None
