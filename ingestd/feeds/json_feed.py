"""JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1). Values that are missing or of a wrong type are empty."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ingestd.feeds.entries import MAX_ENTRY_CHARS, MAX_PROBLEMS, entry_too_large
from ingestd.feeds.feed_metadata import language_tag
from ingestd.feeds.fields import DateContext, absolute, length_of
from ingestd.feeds.fingerprint import context_digest, entry_digest
from ingestd.feeds.json_document import load_document, text_value
from ingestd.feeds.text_constructs import as_line, text_as_html
from ingestd.identity.urls import has_http_scheme
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Category, Enclosure, Entry, Feed, Problem, Timestamp
from ingestd.text.plain_text import clean_line, plain_text
from ingestd.text.script_language import script_language

_MAX_VALUE_CHARS = 500
_MAX_LIST_ITEMS = 100
_SAMPLED_KEYS = ("title", "summary", "content_text", "content_html")
_PUBLISHED = ("date_published", "published", "pubDate", "date")
_UPDATED = ("date_modified", "updated")


def read_json_feed(
    text: str, *, url: str, dates: DateContext, known: frozenset[str], max_entries: int, charset: str
) -> Feed:
    """The feed in a JSON text. Entries whose digest is in `known` are not read, only listed in `Feed.known`.

    Raises PermanentError: NOT_A_FEED for other JSON, and what `load_document` raises.
    """
    feed, truncated = _load_feed(text)
    language = language_tag(text_value(feed, "language"))
    authors = _authors(feed)
    dates = replace(dates, language=language or dates.language, text_language=_text_language(feed["items"]))
    items = _newest(feed["items"], max_entries)
    entries, listed, problems = _read_items(items, url, authors, dates, known)
    return Feed(
        format="json11" if text_value(feed, "version").rstrip("/").endswith("1.1") else "json10",
        title=as_line(text_value(feed, "title")),
        link=absolute(text_value(feed, "home_page_url"), url),
        language=language,
        authors=authors,
        charset=charset,
        entries=tuple(entries),
        known=tuple(listed),
        total=len(feed["items"]),
        dropped=len(feed["items"]) - len(items),
        truncated=truncated,
        repairs=("cut off",) if truncated else (),
        problems=tuple(problems[:MAX_PROBLEMS]),
        hub_urls=tuple(_hubs(feed, url)),
        self_url=absolute(text_value(feed, "feed_url"), url),
    )


def _read_items(
    items: list[Any], url: str, authors: tuple[str, ...], dates: DateContext, known: frozenset[str]
) -> tuple[list[Entry], list[str], list[Problem]]:
    """(entries, digests of the items that are in `known`, problems) of the items of a feed by `authors`."""
    context = context_digest("json", url, authors, dates.zone, dates.language, dates.text_language)
    entries: list[Entry] = []
    listed: list[str] = []
    problems: list[Problem] = []
    for item in items:
        if not isinstance(item, dict):
            problems.append(Problem(Outcome.ENTRY_BROKEN, "an item of the feed is no JSON object"))
            continue
        digest = entry_digest(json.dumps(item, sort_keys=True), context)
        size = sum(len(value) for value in item.values() if isinstance(value, str))
        if digest in known:
            listed.append(digest)
        elif size > MAX_ENTRY_CHARS:
            problems.append(entry_too_large(size))
        else:
            entries.append(_entry(item, url, authors, dates, digest))
    return entries, listed, problems


def _load_feed(text: str) -> tuple[dict[str, Any], bool]:
    """The object of a JSON Feed, whose `items` is a list, and whether the text breaks off. Raises PollError."""
    document, truncated = load_document(text)
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise PermanentError(Outcome.NOT_A_FEED, f"the answer is JSON but no JSON Feed: {_describe_json(document)}")
    has_version = "jsonfeed.org" in text_value(document, "version")
    if not has_version and not any(isinstance(item, dict) for item in document["items"]):
        raise PermanentError(Outcome.NOT_A_FEED, "the answer is JSON but no JSON Feed: it names no version")
    return document, truncated


def _text_language(items: list[Any]) -> str | None:
    """The language that the titles and texts of the first items are in, by their script."""
    samples = [text_value(item, key)[:300] for item in items[:60] if isinstance(item, dict) for key in _SAMPLED_KEYS]
    return script_language(plain_text("\n".join(samples)))


def _describe_json(document: object) -> str:
    if isinstance(document, dict):
        keys = ", ".join(clean_line(str(key))[:30] for key in list(document)[:6])
        return f"an object with {keys or 'nothing in it'}"
    return "a list" if isinstance(document, list) else "a single value"


def _newest(items: list[Any], limit: int) -> list[Any]:
    """The `limit` newest items, from the end whose item (first or last) has the later date (items are in order)."""
    if len(items) <= limit:
        return items
    first, last = (
        _date(item, DateContext(), _PUBLISHED, []) if isinstance(item, dict) else None for item in (items[0], items[-1])
    )
    return items[-limit:] if first and last and last.utc > first.utc else items[:limit]


def _entry(item: dict[str, Any], url: str, feed_authors: tuple[str, ...], dates: DateContext, key: str) -> Entry:
    guid = clean_line(text_value(item, "id"))[:4_000]
    link = absolute(text_value(item, "url"), url) or absolute(text_value(item, "external_url"), url)
    language = language_tag(text_value(item, "language")) or dates.language
    dates = replace(dates, language=language)
    unread: list[str] = []
    return Entry(
        title=as_line(text_value(item, "title"))[:2_000],
        link=link or (guid if has_http_scheme(guid) else None),
        guid=guid or None,
        authors=_authors(item) or feed_authors,
        summary=text_as_html(text_value(item, "summary")),
        content=text_value(item, "content_html").strip() or text_as_html(text_value(item, "content_text")),
        published=_date(item, dates, _PUBLISHED, unread),
        updated=_date(item, dates, _UPDATED, unread),
        categories=tuple(Category(tag) for tag in dict.fromkeys(map(_line, _list(item, "tags"))) if tag),
        enclosures=tuple(_attachments(item, url)),
        language=language,
        base_url=link or url,
        digest=key,
        unread_dates=tuple(unread[:10]),
    )


def _list(object_: dict[str, Any], key: str) -> list[Any]:
    value = object_.get(key)
    if isinstance(value, str | dict):
        return [value]
    return value[:_MAX_LIST_ITEMS] if isinstance(value, list) else []


def _line(value: object) -> str:
    return as_line(text_value({"": value}, "")[:_MAX_VALUE_CHARS])


def _authors(object_: dict[str, Any]) -> tuple[str, ...]:
    """The names in `authors` (1.1) and `author` (1.0). Some feeds have strings in place of objects."""
    single = object_.get("author")
    found = []
    for author in [*_list(object_, "authors"), *([single] if single else [])]:
        name = _line(author) if isinstance(author, str) else ""
        if isinstance(author, dict):
            name = as_line((text_value(author, "name") or text_value(author, "url"))[:_MAX_VALUE_CHARS])
        if name:
            found.append(name)
    return tuple(dict.fromkeys(found))


def _date(item: dict[str, Any], dates: DateContext, names: tuple[str, ...], unread: list[str]) -> Timestamp | None:
    for name in names:
        raw = text_value(item, name).strip()
        if not raw:
            continue
        stamp = dates.parse(raw)
        if stamp is not None:
            return stamp
        unread.append(raw[:_MAX_VALUE_CHARS])
    return None


def _attachments(item: dict[str, Any], url: str) -> Iterator[Enclosure]:
    for attachment in _list(item, "attachments"):
        if isinstance(attachment, dict) and (address := absolute(text_value(attachment, "url"), url)):
            kind = text_value(attachment, "mime_type").strip() or None
            yield Enclosure(address, kind, length_of(text_value(attachment, "size_in_bytes")))


def _hubs(document: dict[str, Any], url: str) -> Iterator[str]:
    for hub in _list(document, "hubs"):
        if isinstance(hub, dict) and (address := absolute(text_value(hub, "url"), url)):
            yield address
