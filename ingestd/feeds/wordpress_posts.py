"""Posts of WordPress's REST API (`/wp/v2/posts`) as a feed: the values that the site's RSS feed gives for them.

https://developer.wordpress.org/rest-api/reference/posts/: rendered texts are HTML, `date_gmt` is UTC without a zone.
With `_embed`, authors and terms come with each post.
"""

import html
import json
from collections.abc import Iterator
from typing import Any

from ingestd.feeds.entries import MAX_ENTRY_CHARS, MAX_PROBLEMS, entry_too_large
from ingestd.feeds.fields import DateContext, absolute
from ingestd.feeds.fingerprint import context_digest, entry_digest
from ingestd.feeds.json_document import text_value
from ingestd.feeds.text_constructs import as_line
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Category, Entry, Feed, Problem, Timestamp
from ingestd.text.charset import decode
from ingestd.text.plain_text import clean_line

_MAX_TITLE_CHARS = 2_000
_MAX_GUID_CHARS = 4_000
_MAX_LIST_ITEMS = 100


def read_wordpress_posts(body: bytes, *, url: str, dates: DateContext) -> Feed:
    """The posts in a response of `url`. Pure. Raises PermanentError where it is no list of posts."""
    text = decode(body, declared="utf-8")[0].lstrip("\ufeff \t\r\n")
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise PermanentError(Outcome.NOT_A_FEED, "the answer is no JSON, but WordPress's list of posts is") from error
    if not isinstance(document, list):
        reason = clean_line(text_value(document, "message")) if isinstance(document, dict) else ""
        raise PermanentError(
            Outcome.NOT_A_FEED, f"the answer is no list of posts{f': {reason[:200]}' if reason else ''}"
        )
    entries: list[Entry] = []
    problems: list[Problem] = []
    for item in document:
        if not isinstance(item, dict) or not text_value(item, "link"):
            problems.append(Problem(Outcome.ENTRY_BROKEN, "an item of the list is no post"))
        elif (size := len(_rendered(item, "content"))) > MAX_ENTRY_CHARS:
            problems.append(entry_too_large(size))
        else:
            entries.append(_entry(item, url, dates))
    return Feed("wordpress", entries=tuple(entries), total=len(document), problems=tuple(problems[:MAX_PROBLEMS]))


def _entry(item: dict[str, Any], url: str, dates: DateContext) -> Entry:
    link = absolute(text_value(item, "link"), url)
    own = {key: value for key, value in item.items() if not key.startswith("_")}
    unread: list[str] = []
    return Entry(
        title=as_line(_rendered(item, "title"))[:_MAX_TITLE_CHARS],
        link=link,
        # RSS has the same guid, in which XML resolves the references.
        guid=clean_line(html.unescape(_rendered(item, "guid")))[:_MAX_GUID_CHARS] or None,
        authors=tuple(dict.fromkeys(_authors(item))),
        summary=_rendered(item, "excerpt"),
        content=_rendered(item, "content"),
        published=_date(item, "date", dates, unread),
        updated=_date(item, "modified", dates, unread),
        categories=tuple(Category(name) for name in dict.fromkeys(_terms(item))),
        base_url=link or url,
        digest=entry_digest(json.dumps(own, sort_keys=True), context_digest("wordpress", url)),
        unread_dates=tuple(unread),
    )


def _rendered(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return text_value(value, "rendered") if isinstance(value, dict) else ""


def _date(item: dict[str, Any], name: str, dates: DateContext, unread: list[str]) -> Timestamp | None:
    """`…_gmt` is UTC; the other one is the site's own time, whose zone is not stated."""
    if (utc := text_value(item, f"{name}_gmt")) and (stamp := dates.parse(f"{utc}Z")) is not None:
        return stamp
    raw = text_value(item, name)
    stamp = dates.parse(raw) if raw else None
    if raw and stamp is None:
        unread.append(raw[:100])
    return stamp


def _embedded(item: dict[str, Any], name: str) -> list[Any]:
    embedded = item.get("_embedded")
    value = embedded.get(name) if isinstance(embedded, dict) else None
    return value[:_MAX_LIST_ITEMS] if isinstance(value, list) else []


def _authors(item: dict[str, Any]) -> Iterator[str]:
    for author in _embedded(item, "author"):
        if isinstance(author, dict) and (name := as_line(text_value(author, "name"))[:500]):
            yield name


def _terms(item: dict[str, Any]) -> Iterator[str]:
    """The names of categories and tags, which RSS has as `category`."""
    for terms in _embedded(item, "wp:term"):
        for term in terms[:_MAX_LIST_ITEMS] if isinstance(terms, list) else []:
            is_term = isinstance(term, dict) and text_value(term, "taxonomy") in ("category", "post_tag")
            if is_term and (name := as_line(text_value(term, "name"))[:500]):
                yield name
