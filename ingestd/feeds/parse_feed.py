"""`parse_feed`: the bytes of a body → Feed.

bytes ─decode─▶ text ─split_entries─▶ head, raw items ─fingerprint─▶ unknown items ─xml_tree─▶ element ─entries─▶ Entry

XML that is neither RSS, RDF nor Atom goes to `feedparser_fallback`, for older formats.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from lxml import etree

from ingestd.feeds import xml_tree
from ingestd.feeds.answer_dates import dated_by_answer
from ingestd.feeds.decode import DecodedFeed, decode_feed
from ingestd.feeds.entries import MAX_ENTRY_CHARS, MAX_PROBLEMS, entry_too_large, read_entry
from ingestd.feeds.feed_metadata import FeedMetadata, read_feed_metadata
from ingestd.feeds.feedparser_fallback import read_with_feedparser
from ingestd.feeds.fields import DateContext
from ingestd.feeds.fingerprint import context_digest, entry_digest
from ingestd.feeds.json_document import BROKEN_OFF_EARLY
from ingestd.feeds.json_feed import read_json_feed
from ingestd.feeds.not_a_feed import describe
from ingestd.feeds.split_entries import Split, newest_items, split
from ingestd.model.errors import Outcome, PermanentError, TemporaryError
from ingestd.model.feed import Entry, Feed, Problem
from ingestd.text.charset import decode
from ingestd.text.dates.time_zones import zone_of_language
from ingestd.text.plain_text import plain_text
from ingestd.text.script_language import script_language

#: A head has some kilobytes; one of this size is an attack or no feed.
_MAX_HEAD_CHARS = 2_000_000
#: An item that is not well-formed is truncated to this before it is repaired.
_MAX_REPAIRED_ITEM_CHARS = 1_000_000
#: Three times as many as the largest body of ordinary text (15 MB) has.
_MAX_TAGS = 2_000_000
#: Raw items are parsed in batches, because a tree takes several times the memory of its text.
_MAX_BATCH_CHARS = 500_000

#: The sample whose script tells the language of a feed: the beginnings of the first titles and descriptions.
_MAX_SAMPLED_CHARS = 200_000
_MAX_SAMPLED_ELEMENTS = 30
_SAMPLED_ELEMENT = re.compile(
    r"<(?:[\w.-]{1,20}:)?(?:title|description|summary)\b[^<>]{0,200}>"
    r"\s{0,20}(?:<!\[CDATA\[([^\]]{0,100})|([^<]{0,100}))",
    re.I,
)

#: The part of a body that is checked for a web page around the feed.
_PAGE_START_BYTES = 200_000
_HTML_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html)\b", re.I)
_EMPTY_ROOT = re.compile(r"<[^<>]{0,2000}/>\s*\Z")


@dataclass(frozen=True, slots=True)
class _ParseOptions:
    """The arguments of `parse_feed` besides the body."""

    url: str
    dates: DateContext
    known: frozenset[str]
    max_entries: int


def parse_feed(
    body: bytes,
    *,
    url: str,
    content_type: str | None = None,
    timezone: str | None = None,
    language: str | None = None,
    known: frozenset[str] = frozenset(),
    max_entries: int = 5_000,
    now: datetime | None = None,
) -> Feed:
    """The feed in `body`, fetched from `url`. Pure: depends on its arguments alone.

    `content_type` is the Content-Type header. `timezone` and `language` are those of the source and settle ambiguous
    dates, as does `now`, the time of the answer (aware; a date is not in the future). Entries whose `digest` is in
    `known` are not parsed, only listed in `Feed.known`. Of more than `max_entries` the newest are kept.
    Raises PermanentError: NOT_A_FEED with what the body is instead, FEED_BROKEN, FEED_TOO_COSTLY; TemporaryError:
    FEED_TRUNCATED where it breaks off before its first entry.
    """
    decoded = decode_feed(body, content_type)
    options = _ParseOptions(url, DateContext(timezone, language, now), known, max_entries)
    is_json = decoded.text.startswith(("{", "["))
    return dated_by_answer(_json_feed(decoded, options) if is_json else _xml_feed(decoded, body, options), now)


def _json_feed(decoded: DecodedFeed, options: _ParseOptions) -> Feed:
    return read_json_feed(
        decoded.text,
        url=options.url,
        dates=options.dates,
        known=options.known,
        max_entries=options.max_entries,
        charset=decoded.charset,
    )


def _xml_feed(decoded: DecodedFeed, body: bytes, options: _ParseOptions) -> Feed:
    if not decoded.is_feed:
        raise PermanentError(Outcome.NOT_A_FEED, describe(decoded.text, options.url))
    if decoded.text.count("<") > _MAX_TAGS:
        raise PermanentError(Outcome.FEED_TOO_COSTLY, f"the feed has more than {_MAX_TAGS:,} tags")
    parts = split(decoded.text)
    if not parts.items:
        parts = replace(parts, ended=parts.ended or _EMPTY_ROOT.match(decoded.text) is not None)
        _check_feed_without_entries(decoded, parts, body, options.url)
    metadata, repaired = _read_metadata(decoded, parts, options.url)
    dates = options.dates
    if not dates.zone and not zone_of_language((metadata and metadata.language) or dates.language):
        options = replace(options, dates=replace(dates, text_language=_text_language(decoded.text)))
    if metadata is None:
        return replace(_parse_with_feedparser(decoded, options), truncated=not parts.ended)
    return _assemble(decoded, parts, metadata, repaired, options)


def _text_language(text: str) -> str | None:
    """The language that the titles and texts of a feed are in, by their script; a sample of the first ones is read."""
    if text.isascii() and "&#" not in text:
        return None
    found = islice(_SAMPLED_ELEMENT.finditer(text, 0, _MAX_SAMPLED_CHARS), _MAX_SAMPLED_ELEMENTS)
    sample = "\n".join(element[1] or element[2] or "" for element in found)
    return script_language(plain_text(html.unescape(plain_text(sample))))


def _check_feed_without_entries(decoded: DecodedFeed, parts: Split, body: bytes, url: str) -> None:
    """Raise PollError unless a feed without entries is complete and stands alone.

    A web page that contains a feed, or a truncated feed, must not count as a successful poll without news.
    """
    page_start = decode(body[:_PAGE_START_BYTES], declared=decoded.charset)[0] if "unwrapped" in decoded.repairs else ""
    if _HTML_PAGE.match(page_start):
        raise PermanentError(Outcome.NOT_A_FEED, describe(page_start, url))
    if not parts.ended:
        raise TemporaryError(Outcome.FEED_TRUNCATED, BROKEN_OFF_EARLY)


def _read_metadata(decoded: DecodedFeed, parts: Split, url: str) -> tuple[FeedMetadata | None, bool]:
    if len(parts.head) > _MAX_HEAD_CHARS:
        raise PermanentError(Outcome.FEED_TOO_COSTLY, f"the feed's head alone has {len(parts.head):,} characters")
    root, repaired = xml_tree.parse_leniently(parts.head, decoded.entities)
    return (None if root is None else read_feed_metadata(root, url)), repaired


def _parse_with_feedparser(decoded: DecodedFeed, options: _ParseOptions) -> Feed:
    feed = read_with_feedparser(decoded.text, url=options.url, dates=options.dates)
    if feed is None:
        raise PermanentError(Outcome.NOT_A_FEED, describe(decoded.text, options.url))
    return replace(
        feed,
        charset=decoded.charset,
        entries=tuple(entry for entry in feed.entries if entry.digest not in options.known),
        known=tuple(entry.digest for entry in feed.entries if entry.digest in options.known),
        repairs=(*decoded.repairs, *feed.repairs),
    )


def _assemble(
    decoded: DecodedFeed, parts: Split, metadata: FeedMetadata, repaired: bool, options: _ParseOptions
) -> Feed:
    context = _context(metadata, options.dates)
    raw_items = newest_items(parts.items, options.max_entries)
    digests = [entry_digest(raw, context) for raw in raw_items]
    unknown = [(raw, key) for raw, key in zip(raw_items, digests, strict=True) if key not in options.known]
    fresh = [(raw, key) for raw, key in unknown if len(raw) <= MAX_ENTRY_CHARS]
    entries, problems, any_repaired = _entries(fresh, metadata, decoded, options.dates)
    problems += [entry_too_large(len(raw)) for raw, _ in unknown if len(raw) > MAX_ENTRY_CHARS]
    repairs = list(decoded.repairs)
    repairs += ["markup"] if repaired or any_repaired else []
    repairs += ["cut off"] if parts.cut else []
    return Feed(
        format=metadata.format,
        title=metadata.title,
        link=metadata.link,
        language=metadata.language,
        authors=metadata.authors,
        charset=decoded.charset,
        entries=tuple(entries),
        known=tuple(key for key in digests if key in options.known),
        total=len(parts.items),
        dropped=len(parts.items) - len(raw_items),
        truncated=not parts.ended,
        problems=tuple(problems[:MAX_PROBLEMS]),
        repairs=tuple(repairs),
        ttl_s=metadata.ttl_s,
        skip_hours=metadata.skip_hours,
        skip_days=metadata.skip_days,
        hub_urls=metadata.hub_urls,
        self_url=metadata.self_url,
    )


def _context(metadata: FeedMetadata, dates: DateContext) -> bytes:
    """The digest of what an entry's values depend on besides its own text."""
    return context_digest(
        metadata.atom,
        metadata.base,
        metadata.language,
        metadata.authors,
        metadata.link,
        sorted(metadata.namespaces.items(), key=str),
        dates.zone,
        dates.language,
        dates.text_language,
    )


def _entries(
    fresh: list[tuple[str, str]], metadata: FeedMetadata, decoded: DecodedFeed, dates: DateContext
) -> tuple[list[Entry], list[Problem], bool]:
    """The entries of raw items (with their digests), the problems, and whether any markup was repaired."""
    opening, closing = xml_tree.wrapper_tags(metadata.namespaces)
    dates = dates.in_language(metadata.language)
    entries: list[Entry] = []
    problems: list[Problem] = []
    any_repaired = False
    for batch in _batches(fresh):
        root = xml_tree.parse_strictly(opening + "".join(raw for raw, _ in batch) + closing)
        if root is not None and len(root) == len(batch):
            entries += [
                read_entry(element, metadata, dates, key) for element, (_, key) in zip(root, batch, strict=True)
            ]
        else:
            found, failures = _one_by_one(batch, metadata, decoded, dates)
            entries, problems, any_repaired = entries + found, problems + failures, True
    return entries, problems, any_repaired


def _batches(fresh: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """The raw items in batches of _MAX_BATCH_CHARS, at least one item each."""
    batch: list[tuple[str, str]] = []
    size = 0
    for item in fresh:
        if batch and size + len(item[0]) > _MAX_BATCH_CHARS:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item[0])
    if batch:
        yield batch


def _one_by_one(
    batch: list[tuple[str, str]], metadata: FeedMetadata, decoded: DecodedFeed, dates: DateContext
) -> tuple[list[Entry], list[Problem]]:
    """The entries of a batch in which an item is not well-formed: each item is parsed by itself."""
    opening, closing = xml_tree.wrapper_tags(metadata.namespaces)
    entries, problems = [], []
    for raw, key in batch:
        element = _repaired_item(opening + raw[:_MAX_REPAIRED_ITEM_CHARS] + closing, decoded)
        if element is None:
            problems.append(Problem(Outcome.ENTRY_BROKEN, f"an entry cannot be read: {raw[:80]!r}"))
        else:
            entries.append(read_entry(element, metadata, dates, key))
    return entries, problems


def _repaired_item(document: str, decoded: DecodedFeed) -> etree._Element | None:
    root, repaired = xml_tree.parse_leniently(document, decoded.entities)
    if root is None or not len(root):
        return None
    if repaired:
        xml_tree.move_nested_fields(root[0])
    return root[0]
