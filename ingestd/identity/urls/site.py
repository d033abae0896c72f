"""Whether two URLs are of one site, and whether a URL is a front page, a list of articles or an article."""

import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from ingestd.identity.urls.normalise import has_query, has_route
from ingestd.identity.urls.whatwg import host_of, serialise


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # loads the list: slow, and most commands do not need it

    return PublicSuffixList()


def registrable_domain(host: str) -> str:
    """The registrable domain of a host by https://publicsuffix.org; IP addresses and unknown hosts as they are."""
    host = host.rstrip(".")[-253:]
    if not host or ":" in host or host.rpartition(".")[2].isdigit():
        return host
    return str(_suffixes().privatesuffix(host) or host)


def same_site(a: str, b: str) -> bool:
    """Whether two URLs have one registrable domain; False where either is no http(s) URL."""
    host_a, host_b = host_of(a), host_of(b)
    if not host_a or not host_b:
        return False
    return host_a == host_b or registrable_domain(host_a) == registrable_domain(host_b)


_HOME_PATH = re.compile(r"/(?:[a-z]{2}(?:[-_][a-z]{2,4})?/?)?(?:(?:index|default|home)(?:\.[a-z]{3,5})?/?)?")
_SECTION_WORD = re.compile(r"[a-z]+(?:[-_][a-z]+)?")
_LIST_WORDS = frozenset(
    ("category", "categories", "tag", "tags", "topic", "topics", "author", "section", "channel", "page")
)


def is_home(url: str) -> bool:
    """Whether a URL is a front page: its path is empty, a language code, index.html or the like."""
    href = serialise(url)
    if href is None:
        return False
    parts = urlsplit(href)
    if has_query(parts.query) or has_route(parts.fragment):
        return False
    return _HOME_PATH.fullmatch(parts.path.lower()) is not None


def is_home_or_section(url: str) -> bool:
    """Whether a URL looks like a front page or a list of articles rather than an article.

    A heuristic: the path of a list is one to three short words; an article has a number, a long slug or a query.
    """
    href = serialise(url)
    if href is None or is_home(href):
        return href is not None
    parts = urlsplit(href)
    if has_query(parts.query) or has_route(parts.fragment):
        return False
    segments = [segment for segment in parts.path.lower().split("/") if segment]
    if segments and segments[0] in _LIST_WORDS and len(segments) <= 3:
        return True
    if segments and segments[-1].startswith("index."):
        segments.pop()
    return len(segments) <= 3 and all(len(word) <= 16 and _SECTION_WORD.fullmatch(word) for word in segments)


_EXTENSION = re.compile(r"\.[a-z]{3,5}$")


def leads_to_list(url: str, article_url: str) -> bool:
    """Whether an article's address leads to a front page or a list of articles, rather than to the article.

    What has the last word of the article's own address is the article, however short that is: `/blog/x/` for `/blog/x`.
    So is what lies as deep as an article whose own address looks like that of a list: `/blog/y` for `/blog/x`.
    """
    if not is_home_or_section(url):
        return False
    words, own_words = _words_of_path(url), _words_of_path(article_url)
    if not words or not own_words or (words[0] in _LIST_WORDS and words[0] != own_words[0]):
        return True
    is_as_deep = len(words) == len(own_words) and is_home_or_section(article_url)
    return words[-1] != own_words[-1] and not is_as_deep


def _words_of_path(url: str) -> list[str]:
    """The segments of a path, the last one without its extension; none for a front page."""
    segments = [segment for segment in urlsplit(serialise(url) or "").path.lower().split("/") if segment]
    if segments and segments[-1].startswith("index."):
        segments.pop()
    return [*segments[:-1], _EXTENSION.sub("", segments[-1])] if segments else []
