"""`parse_feed`: the whole way from the bytes of a body to a Feed.

bytes ─clean─▶ text ─split─▶ head and raw items ─digest─▶ unknown items ─tree─▶ elements ─entries─▶ Entry

What is neither RSS, RDF, Atom nor JSON Feed goes to feedparser (`authority`), which knows older formats.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from lxml import etree

from ingestd.feeds import xml_tree
from ingestd.feeds.decode import Text, clean
from ingestd.feeds.entries import MAX_ENTRY, MAX_PROBLEMS, read_entry, too_large
from ingestd.feeds.feed_metadata import Head, read_head
from ingestd.feeds.feedparser_fallback import read_with_feedparser
from ingestd.feeds.fields import Reading
from ingestd.feeds.fingerprint import context_digest, entry_digest
from ingestd.feeds.json_feed import read_json_feed
from ingestd.feeds.not_a_feed import describe
from ingestd.feeds.split_entries import Split, newest_items, split
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Entry, Feed, Problem
from ingestd.text.charset import decode

#: A head is some kilobytes; one of this size is an attack or no feed.
_MAX_HEAD = 2_000_000
#: An item that is not well-formed is mended up to here.
_MAX_BROKEN_ITEM = 1_000_000
#: 15 MB of anything that people read have a third of this.
_MAX_TAGS = 2_000_000
#: Characters of raw items that are read at once.
_MAX_RUN = 500_000

#: Bytes of a page around a feed that are looked at.
_PAGE_START = 200_000
_WEB_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html)\b", re.I)
_CLOSED = re.compile(r"</(?:[a-z][\w.-]{0,20}:)?(?:rss|feed|rdf|channel)\s*>|/>\s*\Z", re.I)


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
    """The feed in `body`, fetched from `url`. Pure: no clock, no network, nothing outside of the arguments.

    `content_type` is the Content-Type header, `timezone` and `language` are the source's, for dates that need them.
    Entries whose `digest` is in `known` are not parsed, only named in `Feed.known`. Of more than `max_entries` the
    newest are kept. `now` (aware) settles dates that could mean two days.
    Raises PermanentError: NOT_A_FEED with what it is instead, FEED_BROKEN, FEED_TOO_COSTLY.
    """
    text = clean(body, content_type)
    reading = Reading(timezone, language, now)
    if text.text.startswith(("{", "[")):
        return read_json_feed(
            text.text, url=url, reading=reading, known=known, max_entries=max_entries, charset=text.charset
        )
    if not text.is_feed:
        raise PermanentError(Outcome.NOT_A_FEED, describe(text.text, url))
    if text.text.count("<") > _MAX_TAGS:
        raise PermanentError(Outcome.FEED_TOO_COSTLY, f"the feed has more than {_MAX_TAGS:,} tags")
    parts = split(text.text)
    if not parts.items:
        _check_empty(text, body, url)
    head, repaired = _head(text, parts, url)
    wish = _Wish(url, reading, known, max_entries)
    return _by_authority(text, wish) if head is None else _assemble(text, parts, head, repaired, wish)


def _check_empty(text: Text, body: bytes, url: str) -> None:
    """Let a feed without entries pass only where it is one, and whole: an answer gone wrong must not look like it."""
    around = decode(body[:_PAGE_START], declared=text.charset)[0] if "unwrapped" in text.repairs else ""
    if _WEB_PAGE.match(around):
        raise PermanentError(Outcome.NOT_A_FEED, describe(around, url))
    if not _CLOSED.search(text.text):
        raise PermanentError(Outcome.FEED_BROKEN, "the feed breaks off before its first entry")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the caller asked for besides the text."""

    url: str
    reading: Reading
    known: frozenset[str]
    max_entries: int


def _head(text: Text, parts: Split, url: str) -> tuple[Head | None, bool]:
    if len(parts.head) > _MAX_HEAD:
        raise PermanentError(Outcome.FEED_TOO_COSTLY, f"the feed's head alone has {len(parts.head):,} characters")
    root, repaired = xml_tree.whatever_it_takes(parts.head, text.entities)
    return (None if root is None else read_head(root, url)), repaired


def _by_authority(text: Text, wish: _Wish) -> Feed:
    feed = read_with_feedparser(text.text, url=wish.url, reading=wish.reading)
    if feed is None:
        raise PermanentError(Outcome.NOT_A_FEED, describe(text.text, wish.url))
    return replace(
        feed,
        charset=text.charset,
        entries=tuple(entry for entry in feed.entries if entry.digest not in wish.known),
        known=tuple(entry.digest for entry in feed.entries if entry.digest in wish.known),
        repairs=(*text.repairs, *feed.repairs),
    )


def _assemble(text: Text, parts: Split, head: Head, repaired: bool, wish: _Wish) -> Feed:
    namespaces = sorted(head.namespaces.items(), key=str)
    reading = wish.reading
    context = context_digest(
        head.atom, head.base, head.language, head.authors, head.link, namespaces, reading.zone, reading.language
    )
    raws = newest_items(parts.items, wish.max_entries)
    digests = [entry_digest(raw, context) for raw in raws]
    unknown = [(raw, key) for raw, key in zip(raws, digests, strict=True) if key not in wish.known]
    fresh = [(raw, key) for raw, key in unknown if len(raw) <= MAX_ENTRY]
    entries, problems, mended = _entries(fresh, head, text, reading)
    problems += [too_large(len(raw)) for raw, _ in unknown if len(raw) > MAX_ENTRY]
    repairs = list(text.repairs)
    repairs += ["markup"] if repaired or mended else []
    repairs += ["cut off"] if parts.cut else []
    return Feed(
        format=head.format,
        title=head.title,
        link=head.link,
        language=head.language,
        authors=head.authors,
        charset=text.charset,
        entries=tuple(entries),
        known=tuple(key for key in digests if key in wish.known),
        total=len(parts.items),
        dropped=len(parts.items) - len(raws),
        problems=tuple(problems[:MAX_PROBLEMS]),
        repairs=tuple(repairs),
        ttl_s=head.ttl_s,
        skip_hours=head.skip_hours,
        skip_days=head.skip_days,
        hub_urls=head.hub_urls,
        self_url=head.self_url,
    )


def _entries(
    fresh: list[tuple[str, str]], head: Head, text: Text, reading: Reading
) -> tuple[list[Entry], list[Problem], bool]:
    """The entries of the raw items, what could not be read of them, and whether any markup was mended."""
    opening, closing = xml_tree.shell(head.namespaces)
    entries: list[Entry] = []
    problems: list[Problem] = []
    mended = False
    for run in _runs(fresh):
        root = xml_tree.strict(opening + "".join(raw for raw, _ in run) + closing)
        if root is not None and len(root) == len(run):
            entries += [read_entry(element, head, reading, key) for element, (_, key) in zip(root, run, strict=True)]
        else:
            found, missed = _one_by_one(run, head, text, reading)
            entries, problems, mended = entries + found, problems + missed, True
    return entries, problems, mended


def _runs(fresh: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """The raw items in runs that are read at once: a tree takes several times the memory of its text."""
    run: list[tuple[str, str]] = []
    size = 0
    for item in fresh:
        if run and size + len(item[0]) > _MAX_RUN:
            yield run
            run, size = [], 0
        run.append(item)
        size += len(item[0])
    if run:
        yield run


def _one_by_one(
    run: list[tuple[str, str]], head: Head, text: Text, reading: Reading
) -> tuple[list[Entry], list[Problem]]:
    """Items of which one is broken: each by itself, so that a broken one costs no other."""
    opening, closing = xml_tree.shell(head.namespaces)
    entries, problems = [], []
    for raw, key in run:
        element = _one(opening + raw[:_MAX_BROKEN_ITEM] + closing, text)
        if element is None:
            problems.append(Problem(Outcome.ENTRY_BROKEN, f"an entry cannot be read: {raw[:80]!r}"))
        else:
            entries.append(read_entry(element, head, reading, key))
    return entries, problems


def _one(document: str, text: Text) -> etree._Element | None:
    root, repaired = xml_tree.whatever_it_takes(document, text.entities)
    if root is None or not len(root):
        return None
    if repaired:
        xml_tree.unnest(root[0])
    return root[0]
