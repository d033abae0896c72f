"""feedparser, for the formats that `head` and `entries` do not know: the only module that loads it, at the first need.

It is never given bytes or text directly (it would take them for a path or an address), its sanitiser and its link
resolver are off, and what it sees is bounded first, because it has places whose cost grows with the square of a length.
"""

import re
from io import BytesIO
from typing import Any

from ingestd.feeds import xml_tree
from ingestd.feeds.fields import Reading, absolute, as_person, length_of
from ingestd.feeds.fingerprint import context_digest, entry_digest
from ingestd.feeds.text_constructs import as_line
from ingestd.identity.urls import is_http_url
from ingestd.model.feed import Enclosure, Entry, Feed, Timestamp
from ingestd.text.dates import parse_date
from ingestd.text.plain_text import clean_line

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
_MAX_TEXT = 1_000_000
_MAX_ITEMS = 500
_LIKELY = re.compile(r"<(?:[\w.-]{1,20}:)?(?:rss|rdf|feed|channel|item|entry)\b", re.I)
_CDF = re.compile(r"<channel\b", re.I)
_TEXTS = frozenset(("description", "content", "encoded", "summary", "body", "div", "abstract", "p"))
_MAX_OTHER = 300
_MAX_ATTRIBUTES = 40
_PEOPLE = 20


def read_with_feedparser(text: str, *, url: str, reading: Reading) -> Feed | None:
    """The feed as feedparser understands it; None where it is none for feedparser either."""
    if len(text) > _MAX_TEXT or not _LIKELY.search(text):
        return None
    document = _bounded(text)
    if document is None:
        return None
    answer = _answer(document)
    if answer is None:
        return None
    head = answer.feed
    if (
        not answer.get("version")
        and not answer.entries
        and not (_CDF.match(text) and (head.get("title") or head.get("link")))
    ):
        return None
    language = head.get("language") or reading.language
    reading = Reading(reading.zone, language, reading.now)
    link = absolute(_text(head, "link"), url)
    context = context_digest("feedparser", url, link, reading.zone, language)
    return Feed(
        format=answer.get("version") or ("cdf" if _CDF.match(text) else "unknown"),
        title=as_line(_text(head, "title")),
        link=link,
        language=head.get("language"),
        entries=tuple(_entry(item, link or url, reading, context) for item in answer.entries[:_MAX_ITEMS]),
        total=len(answer.entries),
        dropped=max(0, len(answer.entries) - _MAX_ITEMS),
        repairs=("feedparser",),
    )


def _answer(document: bytes) -> Any | None:
    """What feedparser says; None where it fails at the document, which it may do with any exception."""
    import feedparser  # most processes never need it, and it takes a tenth of a second

    try:
        return feedparser.parse(
            BytesIO(document), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # noqa: BLE001 - a library that raises anything; what it cannot read is no feed
        return None


def _bounded(text: str) -> bytes | None:
    """The text as a well-formed document without long names, many attributes or deep nesting."""
    root, _ = xml_tree.whatever_it_takes(text, {})
    if root is None:
        return None
    for element in root.iter():
        if len(element.attrib) > _MAX_ATTRIBUTES:
            element.attrib.clear()
        local = element.tag.rpartition("}")[2].lower()
        if element.text and local not in _TEXTS and len(element.text) > _MAX_OTHER:
            element.text = element.text[:_MAX_OTHER]
    return xml_tree.serialised(root)


def _entry(item: Any, base: str, reading: Reading, context: bytes) -> Entry:
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
        published=_date(item, ("published", "created"), reading, unread),
        updated=_date(item, ("updated",), reading, unread),
        categories=tuple(dict.fromkeys(as_line(term) for tag in item.get("tags", ()) if (term := _text(tag, "term")))),
        enclosures=tuple(_enclosures(item, base)),
        language=reading.language,
        base_url=link or base,
        digest=entry_digest(repr(sorted(item.items(), key=str)), context),
        unread_dates=tuple(unread),
    )


def _text(holder: Any, key: str) -> str:
    """A value as text: feedparser has None for some that are empty."""
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _link(item: Any, base: str) -> str | None:
    for link in item.get("links", ()):
        if link.get("rel", "alternate") == "alternate" and (found := absolute(_text(link, "href"), base)):
            return found
    return None


def _authors(item: Any) -> tuple[str, ...]:
    named = [_text(author, "name") or _text(author, "email") for author in item.get("authors", ())[:_PEOPLE]]
    return tuple(dict.fromkeys(person for name in named if (person := as_person(name))))


def _date(item: Any, names: tuple[str, ...], reading: Reading, unread: list[str]) -> Timestamp | None:
    for name in names:
        raw = dict.get(item, name)
        if raw and isinstance(raw, str):
            stamp = parse_date(raw, zone=reading.zone, language=reading.language, now=reading.now)
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
