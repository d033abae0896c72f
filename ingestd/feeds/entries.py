"""An `item` or `entry` element → Entry.

Element names are tried in the order in which each function lists them; docs/fields.md has the whole table.
"""

from lxml import etree

from ingestd.feeds import fields
from ingestd.feeds.entry_texts import read_texts, with_pictures
from ingestd.feeds.feed_metadata import FeedMetadata, language_tag
from ingestd.feeds.fields import (
    Children,
    DateContext,
    absolute,
    base_of,
    children_of,
    elements_named,
    first_line,
    first_text,
    people,
    relation,
)
from ingestd.feeds.namespaces import XML_LANG
from ingestd.feeds.text_constructs import stripped_text
from ingestd.identity.urls import is_http_url
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.text.plain_text import clean_line

_PUBLISHED = (
    "pubdate", "published", "atom:published", "issued", "atom:issued", "dc:date", "dcterms:issued", "dcterms:created",
    "dc:created", "created", "atom:created", "prism:publicationdate", "date", "published_at",
    "prism:coverdate", "prism:coverdisplaydate",
)  # fmt: skip
_UPDATED = ("updated", "atom:updated", "modified", "atom:modified", "dcterms:modified", "lastbuilddate")
#: A longer entry is left out and reported. Whole books in feeds stay below it.
MAX_ENTRY_CHARS = 5_000_000
#: Problems of single entries that one poll reports; further ones are left out of the list.
MAX_PROBLEMS = 20
_MAX_GUID_CHARS = 4_000
_MAX_OTHER_LINKS = 5
_MAX_TITLE_CHARS = 2_000


def entry_too_large(size: int) -> Problem:
    """The problem that reports an entry left out for its size in characters."""
    reason = f"an entry has {size:,} characters, more than the {MAX_ENTRY_CHARS:,} that are read"
    return Problem(Outcome.ENTRY_BROKEN, reason)


def read_entry(element: etree._Element, feed: FeedMetadata, dates: DateContext, digest: str) -> Entry:
    """The entry that `element` describes; missing fields are empty. Never raises, whatever the feed contains.

    `feed` gives the values that entries inherit, `dates` how ambiguous dates are parsed, `digest` goes into the entry.
    """
    children = children_of(element, atom=feed.atom)
    base = base_of(element, feed.base)
    language = language_tag(element.get(XML_LANG)) or language_tag(first_text(children, "dc:language")) or feed.language
    dates = dates.in_language(language)
    guid = _guid(element, children)
    link = _link(children, base, feed.link) or _permalink(children, guid, base)
    unread: list[str] = []
    published = fields.first_date(children, _PUBLISHED, dates, unread)
    updated = fields.first_date(children, _UPDATED, dates, unread)
    # In RSS, relative URLs belong to the page of the entry; in Atom they are resolved against `xml:base`.
    text_base = base if feed.atom or base != feed.base else link or base
    content, summary, content_base = read_texts(children, feed.atom, text_base)
    files = fields.media_contents(children)
    if files:
        content, summary = with_pictures(content, summary, files, base)
    return Entry(
        title=_title(children, feed.atom),
        link=link,
        guid=guid,
        authors=_authors(children, feed),
        summary=summary,
        content=content,
        published=published,
        updated=updated,
        categories=fields.categories(children),
        enclosures=fields.enclosures(children, files, base),
        language=language,
        base_url=content_base or text_base,
        digest=digest,
        unread_dates=tuple(unread[:10]),
        other_links=_other_links(children, base, link),
    )


def _title(children: Children, atom: bool) -> str:
    title = first_line(children, "title", atom=atom)
    title = title or first_line(children, "atom:title", "dc:title", "media:title", "itunes:title", atom=False)
    if not title and (group := children.get("media:group")):
        title = first_line(children_of(group[0], atom=False), "media:title", atom=False)
    return title[:_MAX_TITLE_CHARS]


def _guid(element: etree._Element, children: Children) -> str | None:
    raw = first_text(children, "guid", "id", "atom:id") or element.get(
        "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about", ""
    )
    return clean_line(raw or first_text(children, "dc:identifier"))[:_MAX_GUID_CHARS] or None


def _permalink(children: Children, guid: str | None, base: str | None) -> str | None:
    """The URL in an RSS guid: a guid is a permalink unless `isPermaLink` is false (RSS 2.0, `guid`)."""
    for element in children.get("guid", ()):
        if (element.get("isPermaLink") or element.get("ispermalink") or "true").strip().lower() != "false":
            raw = stripped_text(element)
            stated = "isPermaLink" in element.attrib
            return absolute(raw, base_of(element, base)) if stated or is_http_url(raw) else None
    return guid if guid and "guid" not in children and "id" not in children and is_http_url(guid) else None


def _link(children: Children, base: str | None, site_url: str | None) -> str | None:
    original = first_text(children, "feedburner:origlink", "pheedo:origlink")
    if original and (found := absolute(original, base)):
        return found
    candidates = [*_plain_links(children, base), *_atom_links(children, base)]
    # The site's front page is taken only where there is no other link.
    return next((link for link in candidates if link != site_url), candidates[0] if candidates else None)


def _plain_links(children: Children, base: str | None) -> list[str]:
    found = []
    for element in elements_named(children, "link"):
        if element.get("href") or relation(element) != "alternate":
            continue
        if address := absolute(stripped_text(element), base_of(element, base)):
            found.append(address)
    return found


def _atom_links(children: Children, base: str | None) -> list[str]:
    """Alternate links: HTML or untyped before other types, and of these an explicit `rel="alternate"` first."""
    ranked = []
    for element in elements_named(children, "link", "atom:link"):
        href = element.get("href")
        if href and relation(element) == "alternate" and (found := absolute(href, base_of(element, base))):
            media_type = (element.get("type") or "text/html").lower()
            ranked.append(("html" not in media_type, element.get("rel") is None, found))
    return [found for *_, found in sorted(ranked, key=lambda rank: rank[:2])]


def _other_links(children: Children, base: str | None, link: str | None) -> tuple[str, ...]:
    """Further addresses of the entry in Atom links: link blogs give its own as a second `alternate`, or `related`."""
    found: dict[str, None] = {}
    for element in elements_named(children, "link", "atom:link"):
        href = element.get("href")
        is_page = "html" in (element.get("type") or "text/html").lower()
        if href and is_page and relation(element) in ("alternate", "related"):
            found[absolute(href, base_of(element, base)) or ""] = None
    return tuple(other for other in found if other and other != link)[:_MAX_OTHER_LINKS]


def _authors(children: Children, feed: FeedMetadata) -> tuple[str, ...]:
    names = (
        ("author", "dc:creator", "atom:author") if feed.atom else ("dc:creator", "dc:author", "author", "atom:author")
    )
    found = people(children, *names) or people(
        children, "itunes:author", "googleplay:author", "og:author", "article:author", "dc:contributor"
    )
    if not found and (sources := children.get("source")) and feed.atom:
        found = people(children_of(sources[0], atom=True), "author")
    if not found and feed.atom:
        return feed.authors
    return tuple(found)
