"""Lists of subscriptions: OPML (http://opml.org/spec2.opml) in both directions, and the archives' `subs.json`."""

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

MAX_BYTES = 32 * 1024 * 1024
_MAX_DEPTH = 64
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed of a list. `title` is not empty and distinct in its list; `tags` are the folders that it was in."""

    title: str
    xml_url: str
    html_url: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """What a list holds: its feeds in their order, each address once, and in words what could not be taken."""

    subscriptions: tuple[Subscription, ...]
    problems: tuple[str, ...] = ()


def read(data: bytes) -> SubscriptionList:
    """The subscriptions of an OPML document or of a `subs.json`, told apart by the first character.

    Raises ArchiveError for anything else.
    """
    if len(data) > MAX_BYTES:
        raise ArchiveError(f"the list is longer than {MAX_BYTES // 1024**2} MB")
    return read_subs_json(data) if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"[", b"{"} else read_opml(data)


def read_opml(data: bytes) -> SubscriptionList:
    """The outlines of an OPML document that have a feed's address; the outlines around them become its tags.

    The categories of an outline (`category="a/b,c"`) become tags too. Entities of a document type are not expanded
    and nothing is loaded. Raises ArchiveError where there is no OPML.
    """
    found: list[Subscription] = []
    problems: list[str] = []
    for outline, folders in _outlines(_parse(data)):
        title = _attribute(outline, "title") or _attribute(outline, "text")
        url = _attribute(outline, "xmlUrl") or (
            _attribute(outline, "url") if _attribute(outline, "type").lower() in {"rss", "atom"} else ""
        )
        if is_http_url(url):
            tags = tuple(dict.fromkeys((*folders, *_categories(_attribute(outline, "category")))))
            html_url = _attribute(outline, "htmlUrl")
            found.append(Subscription(title, url, html_url if is_http_url(html_url) else None, tags))
        elif url:
            problems.append(f"{title or 'an outline without title'}: no web address: {url[:200]!r}")
    return _distinct(found, problems)


def read_subs_json(data: bytes) -> SubscriptionList:
    """The feeds of an archive's `subs.json`: `[{"site": "…", "url": "…"}]`, with `urls` for `url` where it is a list.

    A site with several feeds gives each a name of its own, and all of them the site's name as tag. Raises ArchiveError
    where there is no such list.
    """
    try:
        items = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ArchiveError(f"the list is no JSON: {error}") from error
    if not isinstance(items, list):
        raise ArchiveError('the list is no JSON array such as [{"site": "…", "url": "…"}]')
    found: list[Subscription] = []
    problems: list[str] = []
    for number, item in enumerate(items, start=1):
        site, urls = _site_of(item)
        tags = (site,) if site else ()
        usable = [Subscription(site, url, None, tags) for url in urls if is_http_url(url)]
        found.extend(usable)
        if not usable:
            problems.append(f"item {number}: no web address: {json.dumps(item, ensure_ascii=False)[:200]}")
    return _distinct(found, problems)


def write_opml(subscriptions: Iterable[Subscription], *, title: str, now: datetime) -> str:
    """An OPML 2.0 document: the first tag of a feed is its folder, as feed readers show it, the others its `category`.

    Feeds without tags stand beside the folders. Readers of OPML know one level of folders only, so there is one.
    """
    folders: dict[str, list[Subscription]] = {}
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
    # Without entities, network or huge trees a document can do nothing but be long.
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
    """An attribute by its name in any case, as some writers have `xmlurl`; white space around it dropped."""
    values = (value for key, value in element.attrib.items() if str(key).lower() == name.lower())
    return " ".join(str(next(values, "")).split())


def _categories(text: str) -> list[str]:
    """`/a/b,c` is the tags a, b and c: a path of folders, and a plain one."""
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


def _distinct(found: list[Subscription], problems: list[str]) -> SubscriptionList:
    """Each address once, with the tags of all its places; each name once."""
    by_url: dict[str, Subscription] = {}
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
        named.append(Subscription(title, one.xml_url, one.html_url, one.tags))
    return SubscriptionList(tuple(named), tuple(problems))


def _merged(first: Subscription, other: Subscription) -> Subscription:
    tags = tuple(dict.fromkeys(first.tags + other.tags))
    return Subscription(first.title or other.title, first.xml_url, first.html_url or other.html_url, tags)


def _free_name(one: Subscription, taken: set[str]) -> str:
    """The title, else the host; where that is taken the host, the path or at last a number tells feeds apart."""
    parts = urlsplit(one.xml_url)
    host = (parts.hostname or "").removeprefix("www.")
    title = one.title or host
    path = (parts.path.strip("/") + (f"?{parts.query}" if parts.query else ""))[:60]
    candidates = [title, *(f"{title} ({detail})" for detail in (host, path) if detail and detail != title)]
    numbered = (f"{title} {number}" for number in count(2))
    return next(name for name in chain(candidates, numbered) if name not in taken)


def _outline(one: Subscription) -> str:
    html_url = f" htmlUrl={_quoted(one.html_url)}" if one.html_url else ""
    # A comma or a slash inside a tag would make two of it; the first tag is the folder, and needs no second place.
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
