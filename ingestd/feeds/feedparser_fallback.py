"""feedparser as fallback, for the formats that `feed_metadata` and `entries` do not know. Imported on first use.

The document goes in as a stream, since feedparser takes a str for a path or a URL. Its sanitiser and its link resolver
are off. Texts and attributes are shortened first, because some of its expressions take quadratic time.
"""

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

from ingestd.feeds import xml_tree
from ingestd.feeds.fields import DateContext, absolute, as_person, length_of
from ingestd.feeds.fingerprint import context_digest, entry_digest
from ingestd.feeds.text_constructs import as_line
from ingestd.identity.urls import is_http_url
from ingestd.model.feed import Category, Enclosure, Entry, Feed, Timestamp
from ingestd.text.plain_text import clean_line

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
_MAX_DOCUMENT_CHARS = 1_000_000
_MAX_ITEMS = 500
_FEED_TAG = re.compile(r"<(?:[\w.-]{1,20}:)?(?:rss|rdf|feed|channel|item|entry)\b", re.I)
_CDF_ROOT = re.compile(r"<channel\b", re.I)
_LONG_TEXT_NAMES = frozenset(("description", "content", "encoded", "summary", "body", "div", "abstract", "p"))
_MAX_SHORT_VALUE_CHARS = 300
_MAX_ATTRIBUTES = 40
_MAX_AUTHORS = 20


def read_with_feedparser(text: str, *, url: str, dates: DateContext) -> Feed | None:
    """The feed as feedparser parses it; None where feedparser finds no feed. `url` is its address."""
    if len(text) > _MAX_DOCUMENT_CHARS or not _FEED_TAG.search(text):
        return None
    document = _bounded(text)
    if document is None:
        return None
    parsed = _call_feedparser(document)
    if parsed is None:
        return None
    head = parsed.feed
    if (
        not parsed.get("version")
        and not parsed.entries
        and not (_CDF_ROOT.match(text) and (head.get("title") or head.get("link")))
    ):
        return None
    language = head.get("language") or dates.language
    dates = replace(dates, language=language)
    link = absolute(_text(head, "link"), url)
    context = context_digest("feedparser", url, link, dates.zone, language, dates.text_language)
    return Feed(
        format=parsed.get("version") or ("cdf" if _CDF_ROOT.match(text) else "unknown"),
        title=as_line(_text(head, "title")),
        link=link,
        language=head.get("language"),
        entries=tuple(_entry(item, link or url, dates, context) for item in parsed.entries[:_MAX_ITEMS]),
        total=len(parsed.entries),
        dropped=max(0, len(parsed.entries) - _MAX_ITEMS),
        repairs=("feedparser",),
    )


def _call_feedparser(document: bytes) -> Any | None:
    """The result of feedparser; None where it raises any exception."""
    import feedparser  # takes 0.1 s, and few feeds need it

    try:
        return feedparser.parse(
            BytesIO(document), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # noqa: BLE001 - feedparser may raise any exception; such a document is no feed
        return None


def _bounded(text: str) -> bytes | None:
    """The text as a well-formed document without many attributes or long values; None where there is no element."""
    root, _ = xml_tree.parse_leniently(text, {})
    if root is None:
        return None
    for element in root.iter():
        if len(element.attrib) > _MAX_ATTRIBUTES:
            element.attrib.clear()
        local = element.tag.rpartition("}")[2].lower()
        if element.text and local not in _LONG_TEXT_NAMES and len(element.text) > _MAX_SHORT_VALUE_CHARS:
            element.text = element.text[:_MAX_SHORT_VALUE_CHARS]
    return xml_tree.serialise_tree(root)


def _entry(item: Any, base: str, dates: DateContext, context: bytes) -> Entry:
    guid = clean_line(_text(item, "id")) or None
    link = _link(item, base) or (guid if guid and item.get("guidislink") and is_http_url(guid) else None)
    unread: list[str] = []
    content = [part for part in item.get("content", ()) if part.get("value")]
    content.sort(key=lambda part: part.get("type") == "text/plain")
    return Entry(
        title=as_line(_text(item, "title"))[:2_000],
        link=link,
        guid=guid,
        authors=_authors(item),
        summary=_text(item, "summary").strip(),
        content=_text(content[0], "value").strip() if content else "",
        published=_date(item, ("published", "created"), dates, unread),
        updated=_date(item, ("updated",), dates, unread),
        categories=tuple(_categories(item)),
        enclosures=tuple(_enclosures(item, base)),
        language=dates.language,
        base_url=link or base,
        digest=entry_digest(repr(sorted(item.items(), key=str)), context),
        unread_dates=tuple(unread),
    )


def _text(mapping: Any, key: str) -> str:
    """A value as text, "" where it is missing or None."""
    value = mapping.get(key)
    return value if isinstance(value, str) else ""


def _link(item: Any, base: str) -> str | None:
    for link in item.get("links", ()):
        if link.get("rel", "alternate") == "alternate" and (found := absolute(_text(link, "href"), base)):
            return found
    return None


def _authors(item: Any) -> tuple[str, ...]:
    named = [_text(author, "name") or _text(author, "email") for author in item.get("authors", ())[:_MAX_AUTHORS]]
    return tuple(dict.fromkeys(person for name in named if (person := as_person(name))))


def _categories(item: Any) -> list[Category]:
    found: dict[str, Category] = {}
    for tag in item.get("tags", ()):
        if term := as_line(_text(tag, "term")):
            found.setdefault(term, Category(term, clean_line(_text(tag, "scheme")) or None))
    return list(found.values())


def _date(item: Any, names: tuple[str, ...], dates: DateContext, unread: list[str]) -> Timestamp | None:
    for name in names:
        raw = dict.get(item, name)
        if raw and isinstance(raw, str):
            stamp = dates.parse(raw)
            if stamp is not None:
                return stamp
            unread.append(raw[:500])
    return None


def _enclosures(item: Any, base: str) -> list[Enclosure]:
    return [
        Enclosure(url, link.get("type"), length_of(link.get("length")))
        for link in item.get("links", ())[:100]
        if link.get("rel") == "enclosure" and (url := absolute(_text(link, "href"), base))
    ]
