"""Which links of a page lead to its own site, and which away from it. Pure."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

#: The text of a link that says something has so many letters at least: an icon's name, a "more" has not.
WORDY = 8
_SHARED = re.compile(
    r"(?:^|\.)(?:facebook|fb|twitter|x|t|linkedin|pinterest|whatsapp|wa|telegram|weibo|qq|weixin|reddit|tumblr|line|hatena"
    r"|getpocket|flipboard|instagram|vk|ok|douban|feedly|threads|bsky|addthis|addtoany|doubleclick|googleadservices|taboola"
    r"|outbrain|xing)\.\w{2,4}$|^(?:apps|itunes|play|news)\.(?:apple|google)\.com$"
)


@lru_cache(maxsize=4096)
def site_of(url: str) -> str:
    """The last two labels of an address's host (three below `co.jp`, `com.cn` and the like): what is one site."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    labels = host.split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else labels[-2:])


def leads_away(href: str | None, sites: frozenset[str]) -> bool:
    """True for a link to another site that is none for sharing, following or advertising."""
    if not sites or not href or not href.startswith(("http://", "https://", "//")):
        return False
    other = site_of(href)
    return bool(other) and other not in sites and not _SHARED.search(other)
