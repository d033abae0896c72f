"""Lists of feeds: OPML (http://opml.org/spec2.opml) read and written; `subs.json` of archives and plain lists read."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain, count
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from ingestd.identity.urls import is_http_url, serialise, shown_url
from ingestd.model.errors import ArchiveError
from ingestd.sources.opml_document import REPLACEMENT, decode_list, local_name, parse_opml

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_LIST_BYTES = 32 * 1024 * 1024
_MAX_DEPTH = 64
#: Values of `type` of a feed (OPML 2.0; FreshRSS writes JSONFeed), in lower case.
_FEED_TYPES = frozenset(
    ("rss", "rss1", "rss2", "atom", "rdf", "jsonfeed", "application/rss+xml", "application/atom+xml")
)
#: How FreshRSS names the type of what it scrapes (https://freshrss.github.io/FreshRSS/en/developers/OPML.html).
_SCRAPED_TYPES = ("html+", "xml+", "json+")
#: What newsboat reads in place of an address.
_NEWSBOAT_COMMANDS = ("query:", "filter:", "exec:")
_WORD = re.compile(r'"([^"]+)"|([^\s"]+)')
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """One feed of a list. `title` is not empty and unique in its list; `tags` are its folders and categories."""

    title: str
    xml_url: str
    html_url: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedList:
    """The feeds of a list in order, each URL once, and a message for each item that was not taken."""

    subscriptions: tuple[ListedFeed, ...]
    problems: tuple[str, ...] = ()


def read_feed_list(data: bytes) -> FeedList:
    """The feeds of an OPML document, a `subs.json`, or a list of addresses such as newsboat's `urls`.

    Raises ArchiveError for anything else, and for more than MAX_LIST_BYTES.
    """
    if len(data) > MAX_LIST_BYTES:
        raise ArchiveError(f"the list is longer than {MAX_LIST_BYTES // 1024**2} MB")
    text = decode_list(data)
    if text[:1] in {"[", "{"}:
        return read_subs_json(text)
    return read_url_list(text) if is_url_list(text) else read_opml(text)


def read_opml(text: str) -> FeedList:
    """The outlines of an OPML document that have a feed URL; the names of the outlines around them are its tags.

    The categories of an outline (`category="a/b,c"`) are tags too. DTD entities are not expanded and nothing is
    loaded. A damaged document gives what is certain in it, and a problem. Raises ArchiveError where it is no OPML.
    """
    found: list[ListedFeed] = []
    root, problems = parse_opml(text)
    for outline, folders in _outlines(root):
        title = (_attribute(outline, "title") or _attribute(outline, "text")).replace(REPLACEMENT, "").strip()
        written = _written_url(outline)
        url = feed_url(written)
        if problem := _problem_of(outline, written, url):
            problems.append(f"{title or 'an outline without title'}: {problem}")
        elif url is not None:
            tags = tuple(dict.fromkeys((*folders, *_categories(_attribute(outline, "category")))))
            html_url = _attribute(outline, "htmlUrl")
            found.append(ListedFeed(title, url, html_url if is_http_url(html_url) else None, tags))
    return _distinct(found, problems)


def _written_url(outline: "Element") -> str:
    """The feed's address as the outline states it; "" for none. without a type, `url` is a page's."""
    is_feed = _attribute(outline, "type").lower() in _FEED_TYPES
    return _attribute(outline, "xmlUrl") or (_attribute(outline, "url") if is_feed else "")


def _problem_of(outline: "Element", written: str, url: str | None) -> str | None:
    """Why an outline is no feed that can be polled; None where it is one, and for folders and links."""
    kind = _attribute(outline, "type").lower()
    if kind.startswith(_SCRAPED_TYPES):
        # FreshRSS: pages and JSON documents that it reads with rules of its own.
        return f"a page of the type {kind[:40]}, not a feed: {shown_url(written)}"
    if kind == "include":
        return f"another list, which is not read: {shown_url(_attribute(outline, 'url'))}"
    if written and url is None:
        return f"no web address: {shown_url(written)!r}"
    if kind in _FEED_TYPES and not written and not len(outline):
        return "a feed without an address"
    return None


def feed_url(text: str) -> str | None:
    """The http(s) URL of a feed as it is configured; None for an address that cannot be polled.

    What is certain is repaired: a scheme in capitals, and the scheme `feed:` (`feed://host/…`, `feed:https://…`).
    """
    if text[:5].lower() == "feed:":
        text = text[5:]
        text = f"http:{text}" if text.startswith("//") else text
    scheme, separator, rest = text.partition("://")
    url = f"{scheme.lower()}{separator}{rest}"
    return url if is_http_url(url) and serialise(url) is not None and REPLACEMENT not in url else None


def read_subs_json(text: str) -> FeedList:
    """The feeds of an archive's `subs.json`: `[{"site": "…", "url": "…"}]`, with `urls` for `url` where it is a list.

    Each feed of a site with several gets a unique title, and the name of the site as tag. Raises ArchiveError where
    `text` is no JSON array.
    """
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"the list is no JSON: {error}") from error
    if not isinstance(items, list):
        raise ArchiveError('the list is no JSON array such as [{"site": "…", "url": "…"}]')
    found: list[ListedFeed] = []
    problems: list[str] = []
    for number, item in enumerate(items, start=1):
        site, urls = _site_of(item)
        tags = (site,) if site else ()
        usable = [(written, feed_url(written)) for written in urls]
        found.extend(ListedFeed(site, url, None, tags) for _, url in usable if url is not None)
        if not urls:
            problems.append(f"item {number}: no web address: {json.dumps(item, ensure_ascii=False)[:200]}")
        problems += [f"item {number}: no web address: {shown_url(written)!r}" for written, url in usable if url is None]
    return _distinct(found, problems)


def is_url_list(text: str) -> bool:
    """Whether the first line that is no comment begins with an address, or with what newsboat reads in place of one."""
    words = next((words for _, words in _lines_of_words(text)), [""])
    return feed_url(words[0]) is not None or words[0].startswith(_NEWSBOAT_COMMANDS)


def read_url_list(text: str) -> FeedList:
    """The feeds of a list with one address a line, as newsboat's `urls` has them: tags behind it, a title as "~Title".

    Lines that begin with `#` are comments (https://newsboat.org/releases/2.40/docs/newsboat.html#_adding_rss_feeds).
    """
    found: list[ListedFeed] = []
    problems: list[str] = []
    for number, (written, *more) in _lines_of_words(text):
        url = feed_url(written)
        if url is None:
            what = "no feed, but a command of newsboat" if written.startswith(_NEWSBOAT_COMMANDS) else "no web address"
            problems.append(f"line {number}: {what}: {shown_url(written)!r}")
            continue
        title = next((word[1:] for word in more if word.startswith("~")), "")
        # `!` hides a feed in newsboat's list.
        tags = tuple(dict.fromkeys(word for word in more if word[0] not in "~!"))
        found.append(ListedFeed(" ".join(title.split()), url, None, tags))
    return _distinct(found, problems)


def _lines_of_words(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number, words) of each line that has any; a word in quotes may have spaces."""
    for number, line in enumerate(text.split("\n"), start=1):
        words = [quoted or plain for quoted, plain in _WORD.findall(line.split(" #")[0])]
        if words and not words[0].startswith("#"):
            yield number, words


def write_opml(subscriptions: Iterable[ListedFeed], *, title: str, now: datetime) -> str:
    """An OPML 2.0 document: the first tag of a feed is its folder, the others are its `category`.

    Feeds without tags come before the folders. There is one level of folders, as most feed readers support only one.
    """
    folders: dict[str, list[ListedFeed]] = {}
    for subscription in subscriptions:
        folders.setdefault(subscription.tags[0] if subscription.tags else "", []).append(subscription)
    created = format_datetime(now.astimezone(UTC), usegmt=True)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{_escaped(title)}</title><dateCreated>{created}</dateCreated></head>",
        "  <body>",
        *(f"    {_outline(one)}" for one in folders.pop("", [])),
    ]
    for folder, members in folders.items():
        lines.append(f"    <outline text={_quoted(folder)} title={_quoted(folder)}>")
        lines.extend(f"      {_outline(one)}" for one in members)
        lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _outlines(root: "Element") -> "Iterator[tuple[Element, tuple[str, ...]]]":
    """Every outline in document order, with the names of the outlines around it."""
    waiting: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        name = local_name(element)
        if name == "outline":
            yield element, folders
            label = _attribute(element, "text") or _attribute(element, "title")
            if label and label not in folders and len(folders) < _MAX_DEPTH:
                folders = (*folders, label)
        if name in {"opml", "body", "outline"}:
            waiting.extend((child, folders) for child in reversed(element))


def _attribute(element: "Element", name: str) -> str:
    """An attribute by its name in any case (some programs write `xmlurl`), white space collapsed; "" without it."""
    values = (value for key, value in element.attrib.items() if str(key).lower() == name.lower())
    return " ".join(str(next(values, "")).split())


def _categories(text: str) -> list[str]:
    """The tags in a `category`: `/a/b,c` (a path and a plain category) gives a, b and c."""
    return [part.strip() for path in text.split(",") for part in path.split("/") if part.strip()]


def _site_of(item: object) -> tuple[str, list[str]]:
    if not isinstance(item, dict):
        return "", []
    site = item.get("site") or item.get("name") or item.get("title") or ""
    urls = item.get("url") or item.get("urls") or []
    listed = urls if isinstance(urls, list) else [urls]
    return (" ".join(site.split()) if isinstance(site, str) else ""), [
        url.strip() if isinstance(url, str) else json.dumps(url, ensure_ascii=False) for url in listed
    ]


def _distinct(found: list[ListedFeed], problems: list[str]) -> FeedList:
    """Each URL once, with the tags of all its occurrences, and each title once."""
    by_url: dict[str, ListedFeed] = {}
    for one in found:
        before = by_url.get(one.xml_url)
        # Readers list a feed once in each of its folders, under one title: then nothing is lost.
        if before is not None and one.title not in ("", before.title):
            problems.append(f"{one.title}: listed twice: {shown_url(one.xml_url)}")
        by_url[one.xml_url] = one if before is None else _merged(before, one)
    taken: set[str] = set()
    named = []
    for one in by_url.values():
        title = _free_name(one, taken)
        taken.add(title)
        named.append(ListedFeed(title, one.xml_url, one.html_url, one.tags))
    return FeedList(tuple(named), tuple(problems))


def _merged(first: ListedFeed, other: ListedFeed) -> ListedFeed:
    tags = tuple(dict.fromkeys(first.tags + other.tags))
    return ListedFeed(first.title or other.title, first.xml_url, first.html_url or other.html_url, tags)


def _free_name(one: ListedFeed, taken: set[str]) -> str:
    """A title that is not in `taken`: the title or host, followed by the host, the path or a number where necessary."""
    parts = urlsplit(one.xml_url)
    host = (parts.hostname or "").removeprefix("www.")
    title = one.title or host
    path = (parts.path.strip("/") + (f"?{parts.query}" if parts.query else ""))[:60]
    candidates = [title, *(f"{title} ({detail})" for detail in (host, path) if detail and detail != title)]
    numbered = (f"{title} {number}" for number in count(2))
    return next(name for name in chain(candidates, numbered) if name not in taken)


def _outline(one: ListedFeed) -> str:
    html_url = f" htmlUrl={_quoted(one.html_url)}" if one.html_url else ""
    # Commas and slashes separate categories. The first tag is the folder.
    tags = ",".join(re.sub(r"[,/]", " ", tag) for tag in one.tags[1:])
    category = f" category={_quoted(tags)}" if tags else ""
    return (
        f'<outline type="rss" text={_quoted(one.title)} title={_quoted(one.title)} xmlUrl={_quoted(one.xml_url)}'
        f"{html_url}{category}/>"
    )


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub("", text))


def _escaped(text: str) -> str:
    return _NOT_XML.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
