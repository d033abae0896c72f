"""Entries that link to another site than their source's: whose words become the post of that URL. Pure.

An aggregator lists the article of its link; that is stored as its own page has it. A link blog writes about it: its
entry is an article of its own.
"""

from dataclasses import replace

from ingestd.identity.evidence import COMPARED_TEXT_CHARS, Features
from ingestd.identity.keys import GUID, LINK, entry_keys, entry_link, synthetic_url
from ingestd.identity.ownership import has_own_text, own_permalink, owns, says_otherwise
from ingestd.identity.urls import UrlRules, host_of
from ingestd.model.article import Article
from ingestd.model.feed import Entry
from ingestd.model.http import Response
from ingestd.model.post import NewPost
from ingestd.model.source import Source
from ingestd.text.plain_text import plain_text
from ingestd.text.times import epoch_ms


def is_foreign(url: str, response: Response | None, source: Source) -> bool:
    """Whether an entry's link leads to another site than its source's, also where it is redirected."""
    return not owns(source, url) and (response is None or not owns(source, response.final_url))


def is_about(entry: Entry, article: Article) -> bool:
    """Whether an entry says something else than the page of its link: neither the title nor the text is the same."""
    page = Features(article.title or "", None, article.text[:COMPARED_TEXT_CHARS])
    return says_otherwise(Features.of_entry(entry), page)


def page_entry(entry: Entry, article: Article, *, is_listing: bool) -> Entry:
    """The entry in the words of its page, which take precedence over another site's.

    `is_listing`: it lists the article of the page. Author and time of any other entry are those of another article:
    without an author on the page, the host stands for it.
    """
    site_name = (article.site_name,) if article.site_name else ()
    listed = entry.authors if is_listing else (host_of(entry_link(entry) or ""),)
    return replace(
        entry,
        title=article.title or entry.title,
        authors=article.authors or site_name or listed,
        published=None if article.published or not is_listing else entry.published,
        updated=None,
        language=article.language or entry.language,
    )


def with_feed_time(new: NewPost, entry: Entry) -> NewPost:
    """A post in the words of a page, with the published time that its source's feed gave. The date is the page's."""
    published = epoch_ms(entry.published.utc) if entry.published else None
    return replace(new, post=replace(new.post, published_ms=published))


def own_address(entry: Entry, guid: str | None, source: Source) -> str:
    """Where the entry is stored as an article of its own; `guid` is the one that no other article has."""
    return own_permalink(entry, source) or synthetic_url(replace(entry, guid=guid), source, use_guid=guid is not None)


def keys_at(
    url: str, entry: Entry, keys: tuple[tuple[str, str], ...], source: Source, rules: UrlRules
) -> tuple[tuple[str, str], ...]:
    """The keys of an entry that is stored under `url` instead of its link; `keys` are those that are its own."""
    link = entry_keys(replace(entry, link=url, guid=None), source.id, rules)
    own = tuple((key.kind, key.key) for key in link if key.kind == LINK)
    return own + tuple((kind, key) for kind, key in keys if kind == GUID)


def with_place_elsewhere(new: NewPost, entry: Entry, source: Source, rules: UrlRules) -> NewPost:
    """A post made of what a feed says about another site's URL, with its place where that URL has another article."""
    if owns(source, new.post.from_url):
        return new
    if not has_own_text(plain_text(entry.content or entry.summary)):
        return replace(new, of_own_site=False, by_own_source=False)
    guid = entry.guid if any(kind == GUID for kind, _ in new.keys) else None
    url = own_address(entry, guid, source)
    place = (url, keys_at(url, entry, new.keys, source, rules))
    return replace(new, of_own_site=False, by_own_source=False, elsewhere=place)
