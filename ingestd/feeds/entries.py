"""An `item` or `entry` element → Entry.

Element names are tried in the order in which each function lists them; docs/fields.md has the whole table.
"""

from dataclasses import replace

from lxml import etree

from ingestd.feeds import fields
from ingestd.feeds.feed_metadata import FeedMetadata, language_tag
from ingestd.feeds.fields import (
    Children,
    DateContext,
    absolute,
    children_of,
    elements_named,
    first_line,
    first_text,
    people,
)
from ingestd.feeds.namespaces import XML
from ingestd.feeds.text_constructs import html_of, stripped_text
from ingestd.identity.urls import is_http_url
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.text.plain_text import clean_line

_PUBLISHED = (
    "pubdate", "published", "atom:published", "issued", "atom:issued", "dc:date", "dcterms:issued", "dcterms:created",
    "dc:created", "created", "atom:created", "prism:publicationdate", "date", "published_at",
)  # fmt: skip
_UPDATED = ("updated", "atom:updated", "modified", "atom:modified", "dcterms:modified", "lastbuilddate")
#: A longer entry is left out and reported. Whole books in feeds stay below it.
MAX_ENTRY_CHARS = 5_000_000
#: Problems of single entries that one poll reports; further ones are left out of the list.
MAX_PROBLEMS = 20
_MAX_GUID_CHARS = 4_000
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
    base = _base(element, feed.base)
    language = (
        language_tag(element.get(XML + "lang")) or language_tag(first_text(children, "dc:language")) or feed.language
    )
    if language and language != dates.language:
        dates = replace(dates, language=language)
    guid = _guid(element, children)
    link = _link(children, base, feed.link) or _permalink(children, guid, base)
    unread: list[str] = []
    published = fields.first_date(children, _PUBLISHED, dates, unread)
    updated = fields.first_date(children, _UPDATED, dates, unread)
    content, summary, content_base = _texts(children, feed.atom, base)
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
        enclosures=fields.enclosures(children, base),
        language=language,
        base_url=content_base or (base if feed.atom or base != feed.base else link or base),
        digest=digest,
        unread_dates=tuple(unread[:10]),
    )


def _base(element: etree._Element, base: str | None) -> str | None:
    own = element.get(XML + "base")
    return (absolute(own, base) or base) if own else base


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
            return absolute(raw, base) if stated or is_http_url(raw) else None
    return guid if guid and "guid" not in children and "id" not in children and is_http_url(guid) else None


def _link(children: Children, base: str | None, site_url: str | None) -> str | None:
    original = first_text(children, "feedburner:origlink", "pheedo:origlink")
    if original and (found := absolute(original, base)):
        return found
    candidates = [*_plain_links(children, base), *_atom_links(children, base)]
    # The site's front page is taken only where there is no other link.
    return next((link for link in candidates if link != site_url), candidates[0] if candidates else None)


def _plain_links(children: Children, base: str | None) -> list[str]:
    texts = (stripped_text(element) for element in elements_named(children, "link") if not element.get("href"))
    return [found for text in texts if (found := absolute(text, base))]


def _atom_links(children: Children, base: str | None) -> list[str]:
    """Alternate links: HTML or untyped before other types, and of these an explicit `rel="alternate"` first."""
    ranked = []
    for element in elements_named(children, "link", "atom:link"):
        href = element.get("href")
        if href and fields.relation(element) == "alternate" and (found := absolute(href, _base(element, base))):
            media_type = (element.get("type") or "text/html").lower()
            ranked.append(("html" not in media_type, element.get("rel") is None, found))
    return [found for *_, found in sorted(ranked, key=lambda rank: rank[:2])]


def _authors(children: Children, feed: FeedMetadata) -> tuple[str, ...]:
    names = (
        ("author", "dc:creator", "atom:author") if feed.atom else ("dc:creator", "dc:author", "author", "atom:author")
    )
    found = people(children, *names) or people(children, "itunes:author", "googleplay:author", "dc:contributor")
    if not found and (sources := children.get("source")) and feed.atom:
        found = people(children_of(sources[0], atom=True), "author")
    if not found and feed.atom:
        return feed.authors
    return tuple(found)


def _texts(children: Children, atom: bool, base: str | None) -> tuple[str, str, str | None]:
    """Content, summary, and the `xml:base` of the content element, None without one."""
    content, holder = _content(children, atom)
    summary = _summary(children, atom)
    if not content and not atom:
        content, summary = _two_summaries(children, summary)
    own = holder.get(XML + "base") if holder is not None else None
    return content, summary, (absolute(own, base) if own else None)


def _two_summaries(children: Children, summary: str) -> tuple[str, str]:
    """Content and summary of an RSS entry that has a `description` and a `summary`.

    The content is the longer one where it is at least twice as long, else the one that comes last (as in feedparser).
    """
    described, summed = (next(iter(elements_named(children, key)), None) for key in ("description", "summary"))
    if described is None or summed is None:
        return "", summary
    texts = [html_of(element, atom=False) for element in (described, summed)]
    if not all(texts) or texts[0] == texts[1]:
        return "", summary
    shorter, longer = sorted(texts, key=len)
    if len(longer) >= 2 * len(shorter):
        return longer, shorter
    first, last = texts if _comes_before(described, summed) else reversed(texts)
    return last, first


def _comes_before(one: etree._Element, other: etree._Element) -> bool:
    return any(sibling is other for sibling in one.itersiblings())


def _content(children: Children, atom: bool) -> tuple[str, etree._Element | None]:
    for element in elements_named(children, "content:encoded"):
        if text := html_of(element, atom=False):
            return text, element
    found = [element for element in elements_named(children, "content", "atom:content") if not _is_media_file(element)]
    # An entry may have both HTML and plain text: HTML is preferred.
    for element in sorted(found, key=lambda element: (element.get("type") or "html").startswith("text/plain")):
        if text := html_of(element, atom=atom or element.get("type") is not None):
            return text, element
    for element in elements_named(children, "xhtml:body", "body", "fullitem", "xhtml:div"):
        if text := html_of(element, atom=False):
            return text, element
    return "", None


def _is_media_file(element: etree._Element) -> bool:
    """Whether an Atom `content` is a file: it has a `src`, or the type of an image, a sound or a film."""
    media_type = (element.get("type") or "").lower()
    return element.get("src") is not None or media_type.startswith(("image/", "audio/", "video/"))


def _summary(children: Children, atom: bool) -> str:
    for element in elements_named(children, "description", "summary", "atom:summary"):
        if text := html_of(element, atom=atom):
            return text
    for element in elements_named(children, "media:description"):
        if text := html_of(element, atom=False):
            return text
    for group in children.get("media:group", ()):
        for element in elements_named(children_of(group, atom=False), "media:description"):
            if text := html_of(element, atom=False):
                return text
    for element in elements_named(
        children, "itunes:summary", "dc:description", "itunes:subtitle", "abstract", "tagline"
    ):
        if text := html_of(element, atom=False):
            return text
    return ""
