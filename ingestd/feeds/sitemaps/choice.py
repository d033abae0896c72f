"""Which files of a sitemap's index are read by a poll: those with the newest articles. Pure.

A poll reads few files. News sitemaps list what is new, by the protocol of that extension; of other files the one that
changed last is the newest. Where an index says nothing of that, the dates and numbers in the names of its files do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from ingestd.feeds.sitemaps.files import SitemapChild, SitemapKind, open_sitemap, sitemap_children
from ingestd.identity.urls import same_site
from ingestd.model.errors import Outcome
from ingestd.model.feed import Problem
from ingestd.text.dates import parse_date

#: Files of one index that a poll reads.
MAX_CHILDREN = 3

_NEWS = re.compile(r"(?:^|[^a-z])(?:google-?)?news(?:[^a-z]|$)|news-?sitemap|sitemap-?news|googlenews")
#: Files whose addresses are no articles: WordPress and its plugins, Shopify, Drupal and others name them so.
_NO_ARTICLES = re.compile(
    r"(?:^|[^a-z])(?:categor(?:y|ies)|tags?|post_tag|taxonom(?:y|ies)|authors?|users?|profiles?|pages?|images?|videos?"
    r"|products?|collections?|sections?|topics?|media|attachments?|galleries|gallery|static|misc|homepage|format"
    r"|people|places|locations?|comments|forums?|jobs?)(?:[^a-z]|$)"
)
_ARTICLES = re.compile(r"(?:^|[^a-z])(?:posts?|articles?|stories|story|entries|archives?|content|news)(?:[^a-z]|$)")
_NUMBERS = re.compile(r"\d{1,12}")
_W3C_DATE = re.compile(r"\d{4}(?:-\d{2}|\Z)")
_ZONES = timedelta(hours=14)
_YEAR = re.compile(r"(?:19[89]|20[0-4])\d")


@dataclass(frozen=True, slots=True)
class IndexChoice:
    """The files of one index that a poll reads, of how many, and what is wrong with the index."""

    children: tuple[SitemapChild, ...]
    total: int
    problems: tuple[Problem, ...] = ()


def choose_children(body: bytes, *, url: str, content_type: str | None = None) -> IndexChoice:
    """The files that a poll reads of the index, or the robots.txt, in `body`. Pure."""
    text = open_sitemap(body, url, content_type)
    own, foreign = list(sitemap_children(text)), list[SitemapChild]()
    if text.kind is not SitemapKind.ROBOTS:
        # A robots.txt may name files anywhere; an index only those on its own site.
        own, foreign = _by_site(own, url)
    problems = []
    if foreign:
        reason = (
            f"{len(foreign):,} files on other sites are left out, which an index may not name: {foreign[0].url[:200]}"
        )
        problems.append(Problem(Outcome.OTHER_HOST, reason, url))
    return IndexChoice(tuple(newest_children(own)), len(own), tuple(problems))


def is_news_file(url: str) -> bool:
    """Whether a file's address says that it is a news sitemap."""
    return _NEWS.search(_name(url)) is not None


def lists_no_articles(url: str) -> bool:
    """Whether a file's address says that it lists categories, authors, images or the like."""
    name = _name(url)
    return _NO_ARTICLES.search(name) is not None and not _ARTICLES.search(name)


def newest_children(children: Iterable[SitemapChild], *, limit: int = MAX_CHILDREN) -> list[SitemapChild]:
    """At most `limit` files that a poll reads, the newest first: the news sitemaps alone where there are some."""
    found = list(children)
    news = [child for child in found if is_news_file(child.url) and not lists_no_articles(child.url)]
    if news:
        return newest_first(news)[:limit]
    articles = [child for child in found if not lists_no_articles(child.url)] or found
    ordered = newest_first(articles)
    if len(ordered) > limit and not any(child.lastmod or _YEAR.search(_name(child.url)) for child in ordered):
        # A bare number does not tell at which end the newest articles are: both are read.
        return [*ordered[: limit - 1], ordered[-1]]
    return ordered[:limit]


def newest_first(children: Iterable[SitemapChild]) -> list[SitemapChild]:
    """Files by when they last changed, then by the dates and numbers in their names; those without either last."""
    return sorted(children, key=lambda child: (change_date(child.lastmod), _numbers(child.url)), reverse=True)


def change_date(lastmod: str) -> str:
    """A `lastmod` as it can be compared with others: W3C dates are in the order of time; "" for any other text."""
    return lastmod if _W3C_DATE.match(lastmod) else ""


def changed_before(lastmod: str, since: datetime) -> bool:
    """Whether a `lastmod` says that nothing was published from `since` on; False where it says nothing."""
    stamp = parse_date(lastmod) if change_date(lastmod) else None
    if stamp is None:
        return False
    # A day lasts until its end, and without a zone it may be that of any.
    until_end = timedelta(days=1) + _ZONES if len(lastmod.strip()) <= len("2026-11-27") else timedelta()
    return stamp.utc + until_end < since


def _by_site(children: Iterable[SitemapChild], url: str) -> tuple[list[SitemapChild], list[SitemapChild]]:
    """The files on the site of `url`, and those on others."""
    own, foreign = list[SitemapChild](), list[SitemapChild]()
    for child in children:
        (own if same_site(child.url, url) else foreign).append(child)
    return own, foreign


def _name(url: str) -> str:
    parts = urlsplit(url)
    return unquote(f"{parts.path}?{parts.query}").lower()


def _numbers(url: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBERS.findall(_name(url)))
