"""The files of a sitemap → Feed, as a poll of `kind = "sitemap"` reads it.

Of an address with the news extension the entry has its title, publication date, language and keywords. Of other
addresses it has the link alone, if that may be an article's: `lastmod` says when a page last changed, never when its
article was published, and orders the addresses only.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from ingestd.feeds.answer_dates import dated_by_answer
from ingestd.feeds.feed_metadata import language_tag
from ingestd.feeds.fields import DateContext
from ingestd.feeds.fingerprint import context_digest, entry_digest
from ingestd.feeds.json_document import BROKEN_OFF_EARLY
from ingestd.feeds.not_a_feed import describe
from ingestd.feeds.sitemaps.choice import change_date, changed_before
from ingestd.feeds.sitemaps.files import (
    MAX_SITEMAP_URLS,
    SitemapKind,
    SitemapText,
    SitemapUrl,
    open_sitemap,
    sitemap_urls,
)
from ingestd.identity.urls import host_of
from ingestd.identity.urls.article_shape import (
    ArticleShape,
    numbered_folders,
    parent_addresses,
    shape_of_numbered,
)
from ingestd.model.errors import Outcome, PermanentError, TemporaryError
from ingestd.model.feed import Category, Enclosure, Entry, Feed, Problem
from ingestd.model.sitemap import AddressBound, SitemapDocument
from ingestd.text.plain_text import clean_line

_MAX_KEYWORDS = 50
_MAX_KEYWORD_CHARS = 200
_DATE_IN_PATH = re.compile(r"(?:19[89]\d|20[0-4]\d)[/_-]?\d{1,2}(?:[/_-]?\d{1,2})?")


@dataclass(frozen=True, slots=True)
class _Addresses:
    """The addresses of articles in some files; what was left out is in `problems`. `is_news`: all are news."""

    urls: tuple[SitemapUrl, ...]
    problems: tuple[Problem, ...] = ()
    truncated: bool = False
    is_news: bool = False


def read_sitemap(
    documents: Sequence[SitemapDocument],
    *,
    site_url: str,
    timezone: str | None = None,
    language: str | None = None,
    known: frozenset[str] = frozenset(),
    max_entries: int = 5_000,
    since: datetime | None = None,
    now: datetime | None = None,
    bound: AddressBound | None = None,
) -> Feed:
    """The feed that the files of a sitemap make. Pure; the arguments are those of `parse_feed`.

    Addresses on other hosts than that of `site_url` and that of their file are left out, which one problem tells. Of
    more than `max_entries` the newest are kept. With `since`, those that last changed before are in `Feed.dropped` too.
    With `bound`, the entries that it leaves to a backfill are in `Feed.history`.
    Raises PermanentError (NOT_A_FEED) where a single file is no sitemap,
    TemporaryError (FEED_TRUNCATED) where nothing can be read of what breaks off.
    """
    texts = [open_sitemap(document.body, document.url, document.content_type) for document in documents]
    if len(texts) == 1 and texts[0].kind is None:
        raise not_a_sitemap(texts[0])
    found = _merged([_article_urls(text, site_url) for text in texts])
    if found.truncated and not found.urls:
        raise TemporaryError(Outcome.FEED_TRUNCATED, BROKEN_OFF_EARLY)
    recent = [url for url in found.urls if since is None or not changed_before(url.lastmod, since)]
    urls = _newest(recent, max_entries)
    dates = DateContext(timezone, language, now)
    entries = [_entry(url, dates) for url in urls]
    first = next((url for url in urls if url.publication), None)
    feed = Feed(
        format="news-sitemap" if found.is_news else "sitemap",
        title=first.publication if first else "",
        link=_home(site_url),
        language=language_tag(first.language) if first else None,
        entries=tuple(entry for entry in entries if entry.digest not in known),
        known=tuple(entry.digest for entry in entries if entry.digest in known),
        total=len(found.urls),
        dropped=len(found.urls) - len(urls),
        truncated=found.truncated,
        problems=found.problems,
        history=_history(list(zip(urls, entries, strict=True)), known, bound),
    )
    return dated_by_answer(feed, now)


def not_a_sitemap(text: SitemapText) -> PermanentError:
    """The error of a file that is none: it says what the file is instead."""
    shown = text.body[:200_000].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if re.search(r"<(?:\w+:)?(?:rss|feed|rdf)\b", shown[:5_000], re.I):
        reason = 'the address is that of a feed, not of a sitemap: leave out `kind = "sitemap"`'
    else:
        start = re.sub(r"\A(?:<\?[^>]*>\s*|<!--.*?-->\s*)+", "", shown[:20_000], flags=re.S)
        reason = describe(start, text.url).replace("no feed", "no sitemap").replace("not a feed", "not a sitemap")
    return PermanentError(Outcome.NOT_A_FEED, reason, url=text.url)


def _article_urls(text: SitemapText, site_url: str) -> _Addresses:
    """The addresses in one file that may be those of articles, each once."""
    if text.kind not in (SitemapKind.URLS, SitemapKind.TEXT):
        reason = f"{text.url} is no sitemap with addresses, and is left out"
        return _Addresses((), (Problem(Outcome.NOT_A_FEED, reason, text.url),))
    urls = list(sitemap_urls(text))
    problems = []
    if len(urls) > MAX_SITEMAP_URLS:
        reason = f"a sitemap has more than the {MAX_SITEMAP_URLS:,} addresses that the protocol allows: these are read"
        problems.append(Problem(Outcome.TOO_LARGE, reason, text.url))
        urls = urls[:MAX_SITEMAP_URLS]
    own, foreign = _by_host(urls, {_host(site_url), _host(text.url)})
    if foreign:
        problems.append(_other_hosts(foreign, text.url, is_robots=site_url.endswith("/robots.txt")))
    is_news = any(url.is_news for url in own)
    # A news sitemap lists articles alone; any other one lists all pages.
    articles = own if is_news else articles_of(own)
    return _Addresses(tuple(articles), tuple(problems), not text.ended, is_news)


def articles_of(urls: Sequence[SitemapUrl]) -> list[SitemapUrl]:
    """The addresses of a whole site that may be those of articles, in their order.

    Left out are lists, accounts and files by their shape, and short paths that others lie below, as sections are. Where
    the pages of a folder are numbered, none of them is the list of a year.
    """
    folders = parent_addresses(url.loc for url in urls)
    numbered = numbered_folders(url.loc for url in urls)
    found = []
    for url in urls:
        shape = shape_of_numbered(url.loc, numbered)
        is_folder = url.loc.rstrip("/") in folders and shape < ArticleShape.CERTAIN
        if url.is_news or (shape > ArticleShape.NO_ARTICLE and not is_folder):
            found.append(url)
    return found


def _by_host(urls: Iterable[SitemapUrl], hosts: Collection[str]) -> tuple[list[SitemapUrl], list[SitemapUrl]]:
    own, foreign = list[SitemapUrl](), list[SitemapUrl]()
    for url in urls:
        (own if _host(url.loc) in hosts else foreign).append(url)
    return own, foreign


def _other_hosts(foreign: Sequence[SitemapUrl], url: str, *, is_robots: bool) -> Problem:
    hosts = list(dict.fromkeys(_host(item.loc) for item in foreign))
    named = ", ".join(hosts[:3]) + (" and others" if len(hosts) > 3 else "")
    count = f"{len(foreign):,} address{'es' if len(foreign) > 1 else ''} on other hosts ({named[:200]})"
    reason = f"{count} left out: a sitemap speaks for its own host"
    if not is_robots:
        reason += ", and for another only where the robots.txt of that one names it: then set that robots.txt as `url`"
    return Problem(Outcome.OTHER_HOST, reason, url)


def _host(url: str) -> str:
    return host_of(url).removeprefix("www.")


def _merged(parts: Sequence[_Addresses]) -> _Addresses:
    """The addresses of all files, each once; one with a title is kept in place of one without."""
    by_url: dict[str, SitemapUrl] = {}
    for part in parts:
        for url in part.urls:
            if url.loc not in by_url or (url.is_news and not by_url[url.loc].is_news):
                by_url[url.loc] = url
    problems = tuple(problem for part in parts for problem in part.problems)
    urls = tuple(by_url.values())
    return _Addresses(urls, problems, any(part.truncated for part in parts), any(part.is_news for part in parts))


def _newest(urls: Sequence[SitemapUrl], limit: int) -> list[SitemapUrl]:
    """At most `limit` addresses in their order: the newest by publication, else last change, else the date in them."""
    if len(urls) <= limit:
        return list(urls)
    places = sorted(range(len(urls)), key=lambda place: _recency(urls[place]), reverse=True)
    return [urls[place] for place in sorted(places[:limit])]


def _history(
    read: Sequence[tuple[SitemapUrl, Entry]], known: frozenset[str], bound: AddressBound | None
) -> tuple[str, ...]:
    """The digests of the entries that are not known, and that a bound leaves out: never those of news."""
    if bound is None:
        return ()
    unknown = [(url, entry) for url, entry in read if entry.digest not in known and not url.is_news]
    unknown.sort(key=lambda pair: _recency(pair[0]), reverse=True)
    since = bound.changed_since
    return tuple(
        entry.digest
        for url, entry in unknown[bound.newest :]
        if since is None or not change_date(url.lastmod) or changed_before(url.lastmod, since)
    )


def _recency(url: SitemapUrl) -> str:
    if stated := change_date(url.published) or change_date(url.lastmod):
        return stated
    found = _DATE_IN_PATH.search(urlsplit(url.loc).path)
    return re.sub(r"[/_]", "-", found[0]) if found else ""


def _entry(url: SitemapUrl, dates: DateContext) -> Entry:
    tag = language_tag(url.language)
    dates = dates.in_language(tag)
    published = dates.parse(url.published) if url.published else None
    identity = repr((url.loc, url.title, url.published, url.keywords))
    return Entry(
        title=url.title,
        link=url.loc,
        published=published,
        categories=_categories(url.keywords),
        enclosures=tuple(Enclosure(image, "image") for image in url.images),
        language=tag,
        base_url=url.loc,
        digest=entry_digest(identity, context_digest(tag, dates.zone, dates.language)),
        unread_dates=(url.published[:500],) if url.published and published is None else (),
    )


def _categories(keywords: str) -> tuple[Category, ...]:
    terms = (clean_line(word)[:_MAX_KEYWORD_CHARS] for word in re.split(r"[,;，；、]", keywords))
    return tuple(Category(term) for term in dict.fromkeys(terms) if term)[:_MAX_KEYWORDS]


def _home(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
