"""Whose words stand under a URL: those of its own site, or another's about it.

A source owns the URLs of the site of its feed, and of the site that its feed names. What it lists of other sites is
either a listing of their article (aggregators and planets, which have its title or its text), or an article of its own
about it (link blogs, which have neither).
"""

from dataclasses import replace
from enum import Enum
from html import escape

from ingestd.identity import urls
from ingestd.identity.evidence import MIN_COMPARED_CHARS, Features, compare
from ingestd.identity.keys import entry_link, guid_url
from ingestd.model.feed import Entry
from ingestd.model.post import KnownPost
from ingestd.model.source import Source
from ingestd.text.content_digest import significant_text


class Claim(Enum):
    """What an article with the URL of a stored post is to that post."""

    SAME = "the same article"
    TAKE_OVER = "the same article, in the words of its own site"
    DISPLACE = "the URL's own article, while the post is another site's about it"
    ELSEWHERE = "another site's article about it"


def owns(source: Source, url: str) -> bool:
    """Whether a URL is of the site of a source's feed, or of the site that the feed names."""
    return urls.same_site(source.url, url) or bool(source.site_url and urls.same_site(source.site_url, url))


def own_permalink(entry: Entry, source: Source) -> str | None:
    """The entry's address on the site of its source, where its link leads to another site: a guid, or another link."""
    link = entry_link(entry)
    for candidate in (guid_url(entry), *entry.other_links):
        url = urls.serialise(candidate) if candidate else None
        if url and url != link and owns(source, url) and not urls.is_home(url.partition("#")[0]):
            return url
    return None


def has_own_text(text: str) -> bool:
    """Whether a text is more than counters, URLs and labels: so many letters that two texts can be compared."""
    return len(significant_text(text)) >= MIN_COMPARED_CHARS


def says_otherwise(features: Features, of_url: Features) -> bool:
    """Whether another site's entry is no listing of the article of `of_url`, but says something else about it."""
    evidence = compare(features, of_url)
    return evidence.title is False and not evidence.text and not evidence.enclosure and has_own_text(features.text)


def claim_to_url(features: Features, known: KnownPost, *, of_own_site: bool, by_own_source: bool) -> Claim:
    """What an article is to the post that has its URL.

    `of_own_site`: it says what the site of that URL says; `by_own_source`: its source is of that site.
    """
    if known.deleted:
        return Claim.SAME
    stored = Features.of_post(known)
    if of_own_site and not known.of_own_site:
        return Claim.DISPLACE if says_otherwise(stored, features) else Claim.TAKE_OVER
    if by_own_source and not known.by_own_source and not says_otherwise(features, stored):
        return Claim.TAKE_OVER
    return Claim.ELSEWHERE if not of_own_site and says_otherwise(features, stored) else Claim.SAME


def claim_beside_comment(features: Features, comment: KnownPost, *, of_own_site: bool, has_address: bool) -> Claim:
    """What an article is to a post that is about its URL, while that URL has no post of its own.

    `has_address`: it has another address of its own. Without one, and in other words than the comment, it is the
    article of the URL, as far as anybody knows.
    """
    if of_own_site or comment.deleted:
        known = replace(comment, of_own_site=False)
        return claim_to_url(features, known, of_own_site=of_own_site, by_own_source=of_own_site)
    evidence = compare(features, Features.of_post(comment))
    if evidence.title or evidence.text or evidence.enclosure:
        return Claim.SAME
    return Claim.ELSEWHERE if has_address and has_own_text(features.text) else Claim.DISPLACE


def about_entry(entry: Entry, permalink: str) -> Entry:
    """The entry under its own address, with the URL that it is about kept as a link in its text."""
    about = entry_link(entry)
    if about is None or about == permalink:
        return entry
    if entry.content:
        return replace(entry, link=permalink, content=with_link_to(entry.content, about))
    return replace(entry, link=permalink, summary=with_link_to(entry.summary, about))


def with_link_to(html: str, url: str) -> str:
    """HTML with a link to a URL below it, unless it has one. As a URL it changes no digest: see `content_digest`."""
    if f'"{url}"' in html or f'"{escape(url)}"' in html:
        return html
    return f'{html}<p><a href="{escape(url)}">{escape(url)}</a></p>'


class OwnHosts:
    """Which hosts are of a source's own sites; each is looked up once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._owned: dict[str, bool] = {}

    def has(self, link_key: str) -> bool:
        """Whether a normalised URL is of one of them."""
        host = link_key.partition("//")[2].partition("/")[0]
        if host not in self._owned:
            self._owned[host] = owns(self._source, link_key)
        return self._owned[host]
