"""Lists of feeds: OPML (http://opml.org/spec2.opml) read and written, and the archives' `subs.json` read."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain, count
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from lxml import etree

from ingestd.identity.urls import is_http_url
from ingestd.model.errors import ArchiveError

MAX_LIST_BYTES = 32 * 1024 * 1024
_MAX_DEPTH = 64
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
    """The feeds of an OPML document or a `subs.json`, distinguished by the first character.

    Raises ArchiveError for anything else, and for more than MAX_LIST_BYTES.
    """
    if len(data) > MAX_LIST_BYTES:
        raise ArchiveError(f"the list is longer than {MAX_LIST_BYTES // 1024**2} MB")
    return read_subs_json(data) if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"[", b"{"} else read_opml(data)


def read_opml(data: bytes) -> FeedList:
    """The outlines of an OPML document that have a feed URL; the names of the outlines around them are its tags.

    The categories of an outline (`category="a/b,c"`) are tags too. DTD entities are not expanded and nothing is
    loaded. Raises ArchiveError where the document is no OPML.
    """
    found: list[ListedFeed] = []
    problems: list[str] = []
    for outline, folders in _outlines(_parse(data)):
        title = _attribute(outline, "title") or _attribute(outline, "text")
        url = _attribute(outline, "xmlUrl") or (
            _attribute(outline, "url") if _attribute(outline, "type").lower() in {"rss", "atom"} else ""
        )
        if is_http_url(url):
            tags = tuple(dict.fromkeys((*folders, *_categories(_attribute(outline, "category")))))
            html_url = _attribute(outline, "htmlUrl")
            found.append(ListedFeed(title, url, html_url if is_http_url(html_url) else None, tags))
        elif url:
            problems.append(f"{title or 'an outline without title'}: no web address: {url[:200]!r}")
    return _distinct(found, problems)


def read_subs_json(data: bytes) -> FeedList:
    """The feeds of an archive's `subs.json`: `[{"site": "…", "url": "…"}]`, with `urls` for `url` where it is a list.

    Each feed of a site with several gets a unique title, and the name of the site as tag. Raises ArchiveError where
    `data` is no JSON array.
    """
    try:
        items = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ArchiveError(f"the list is no JSON: {error}") from error
    if not isinstance(items, list):
        raise ArchiveError('the list is no JSON array such as [{"site": "…", "url": "…"}]')
    found: list[ListedFeed] = []
    problems: list[str] = []
    for number, item in enumerate(items, start=1):
        site, urls = _site_of(item)
        tags = (site,) if site else ()
        usable = [ListedFeed(site, url, None, tags) for url in urls if is_http_url(url)]
        found.extend(usable)
        if not usable:
            problems.append(f"item {number}: no web address: {json.dumps(item, ensure_ascii=False)[:200]}")
    return _distinct(found, problems)


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


def _parse(data: bytes) -> etree._Element:
    # No entities, network or huge trees: the document is untrusted.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ArchiveError(f"the list is no OPML: {error}") from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise ArchiveError("the list is no OPML: its first element is not <opml>")
    return root


def _outlines(root: etree._Element) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    """Every outline in document order, with the names of the outlines around it."""
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        name = _local_name(element)
        if name == "outline":
            yield element, folders
            label = _attribute(element, "text") or _attribute(element, "title")
            if label and label not in folders and len(folders) < _MAX_DEPTH:
                folders = (*folders, label)
        if name in {"opml", "body", "outline"}:
            waiting.extend((child, folders) for child in reversed(element))


def _local_name(element: etree._Element) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _attribute(element: etree._Element, name: str) -> str:
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
        url.strip() for url in listed if isinstance(url, str)
    ]


def _distinct(found: list[ListedFeed], problems: list[str]) -> FeedList:
    """Each URL once, with the tags of all its occurrences, and each title once."""
    by_url: dict[str, ListedFeed] = {}
    for one in found:
        before = by_url.get(one.xml_url)
        if before is not None:
            problems.append(f"{one.title or one.xml_url}: listed twice: {one.xml_url}")
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
