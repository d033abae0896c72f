"""One item or entry element → Entry.

The order of names in each function is the order of trust; docs/fields.md lists it.
"""

from dataclasses import replace

from lxml import etree

from ingestd.feeds import fields
from ingestd.feeds.feed_metadata import Head, language_tag
from ingestd.feeds.fields import Children, Reading, absolute, all_of, children_of, first_line, first_text, people
from ingestd.feeds.namespaces import XML
from ingestd.feeds.text_constructs import html_of, text_of
from ingestd.identity.urls import is_http_url
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry, Problem
from ingestd.text.plain_text import clean_line

_PUBLISHED = (
    "pubdate", "published", "atom:published", "issued", "atom:issued", "dc:date", "dcterms:issued", "dcterms:created",
    "dc:created", "created", "atom:created", "prism:publicationdate", "date", "published_at",
)  # fmt: skip
_UPDATED = ("updated", "atom:updated", "modified", "atom:modified", "dcterms:modified", "lastbuilddate")
#: Characters of one entry: no book that was ever put into a feed has as many.
MAX_ENTRY = 5_000_000
#: Entries that cannot be read, as far as they are named one by one.
MAX_PROBLEMS = 20
_MAX_GUID = 4_000
_MAX_TITLE = 2_000


def too_large(size: int) -> Problem:
    """What is said of an entry that is left out because of its size in characters."""
    reason = f"an entry has {size:,} characters, more than the {MAX_ENTRY:,} that are read"
    return Problem(Outcome.ENTRY_BROKEN, reason)


def read_entry(element: etree._Element, head: Head, reading: Reading, digest: str) -> Entry:
    """What the element says. Never raises for what a feed may contain; missing fields are empty."""
    children = children_of(element, atom=head.atom)
    base = _base(element, head.base)
    language = (
        language_tag(element.get(XML + "lang")) or language_tag(first_text(children, "dc:language")) or head.language
    )
    if language and language != reading.language:
        reading = replace(reading, language=language)
    guid = _guid(element, children)
    link = _link(children, base, head.link) or _permalink(children, guid, base)
    unread: list[str] = []
    published = fields.first_date(children, _PUBLISHED, reading, unread)
    updated = fields.first_date(children, _UPDATED, reading, unread)
    content, summary, own_base = _texts(children, head.atom, base)
    return Entry(
        title=_title(children, head.atom),
        link=link,
        guid=guid,
        authors=_authors(children, head),
        summary=summary,
        content=content,
        published=published,
        updated=updated,
        categories=fields.categories(children),
        enclosures=fields.enclosures(children, base),
        language=language,
        base_url=own_base or (base if head.atom or base != head.base else link or base),
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
    return title[:_MAX_TITLE]


def _guid(element: etree._Element, children: Children) -> str | None:
    raw = first_text(children, "guid", "id", "atom:id") or element.get(
        "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about", ""
    )
    return clean_line(raw or first_text(children, "dc:identifier"))[:_MAX_GUID] or None


def _permalink(children: Children, guid: str | None, base: str | None) -> str | None:
    """RSS: a guid is the entry's address unless it says that it is not."""
    for element in children.get("guid", ()):
        if (element.get("isPermaLink") or element.get("ispermalink") or "true").strip().lower() != "false":
            raw = text_of(element)
            stated = "isPermaLink" in element.attrib
            return absolute(raw, base) if stated or is_http_url(raw) else None
    return guid if guid and "guid" not in children and "id" not in children and is_http_url(guid) else None


def _link(children: Children, base: str | None, home: str | None) -> str | None:
    original = first_text(children, "feedburner:origlink", "pheedo:origlink")
    if original and (found := absolute(original, base)):
        return found
    candidates = [*_plain_links(children, base), *_atom_links(children, base)]
    # A link to the site's front page is nobody's article where there is another one.
    return next((link for link in candidates if link != home), candidates[0] if candidates else None)


def _plain_links(children: Children, base: str | None) -> list[str]:
    texts = (text_of(element) for element in all_of(children, "link") if not element.get("href"))
    return [found for text in texts if (found := absolute(text, base))]


def _atom_links(children: Children, base: str | None) -> list[str]:
    """Alternates: those in HTML or without a type first, and of these the ones that say that they are alternates."""
    ranked = []
    for element in all_of(children, "link", "atom:link"):
        href = element.get("href")
        if href and fields.relation(element) == "alternate" and (found := absolute(href, _base(element, base))):
            kind = (element.get("type") or "text/html").lower()
            ranked.append(("html" not in kind, element.get("rel") is None, found))
    return [found for *_, found in sorted(ranked, key=lambda rank: rank[:2])]


def _authors(children: Children, head: Head) -> tuple[str, ...]:
    names = (
        ("author", "dc:creator", "atom:author") if head.atom else ("dc:creator", "dc:author", "author", "atom:author")
    )
    found = people(children, *names) or people(children, "itunes:author", "googleplay:author", "dc:contributor")
    if not found and (sources := children.get("source")) and head.atom:
        found = people(children_of(sources[0], atom=True), "author")
    if not found and head.atom:
        return head.authors
    return tuple(found)


def _texts(children: Children, atom: bool, base: str | None) -> tuple[str, str, str | None]:
    """Content, summary, and the content's own base where it has one."""
    content, holder = _content(children, atom)
    summary = _summary(children, atom)
    if not content and not atom:
        content, summary = _two_summaries(children, summary)
    own = holder.get(XML + "base") if holder is not None else None
    return content, summary, (absolute(own, base) if own else None)


def _two_summaries(children: Children, summary: str) -> tuple[str, str]:
    """RSS with a `description` beside a `summary`: one of them is the content.

    The longer one where it is twice as long; else the one that comes last, as feedparser has it.
    """
    described, summed = (next(iter(all_of(children, key)), None) for key in ("description", "summary"))
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
    for element in all_of(children, "content:encoded"):
        if text := html_of(element, atom=False):
            return text, element
    found = [element for element in all_of(children, "content", "atom:content") if not _is_elsewhere(element)]
    # HTML before plain text, where an entry gives both.
    for element in sorted(found, key=lambda element: (element.get("type") or "html").startswith("text/plain")):
        if text := html_of(element, atom=atom or element.get("type") is not None):
            return text, element
    for element in all_of(children, "xhtml:body", "body", "fullitem", "xhtml:div"):
        if text := html_of(element, atom=False):
            return text, element
    return "", None


def _is_elsewhere(element: etree._Element) -> bool:
    """Content that is a file: named by `src`, or of a type that is no text."""
    kind = (element.get("type") or "").lower()
    return element.get("src") is not None or kind.startswith(("image/", "audio/", "video/"))


def _summary(children: Children, atom: bool) -> str:
    for element in all_of(children, "description", "summary", "atom:summary"):
        if text := html_of(element, atom=atom):
            return text
    for element in all_of(children, "media:description"):
        if text := html_of(element, atom=False):
            return text
    for group in children.get("media:group", ()):
        for element in all_of(children_of(group, atom=False), "media:description"):
            if text := html_of(element, atom=False):
                return text
    for element in all_of(children, "itunes:summary", "dc:description", "itunes:subtitle", "abstract", "tagline"):
        if text := html_of(element, atom=False):
            return text
    return ""
