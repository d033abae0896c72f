"""The metadata of an XML feed (RSS, RDF, Atom): its own fields, and the values that its entries inherit."""

import re
from dataclasses import dataclass, field

from lxml import etree

from ingestd.feeds.fields import (
    Children,
    absolute,
    children_of,
    elements_named,
    first_line,
    first_text,
    people,
    relation,
)
from ingestd.feeds.namespaces import XML_BASE, XML_LANG, is_atom_03, name, namespace_of
from ingestd.feeds.text_constructs import stripped_text

_WEEKDAYS = frozenset(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
_PERIODS_S = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}")
_MAX_NAMESPACES = 100
_MAX_TTL_S = 31_536_000.0


@dataclass(frozen=True, slots=True)
class FeedMetadata:
    """The fields of a channel or feed element.

    `atom` is True for Atom 0.3 and 1.0, False for RSS and RDF. Entries inherit `base` (for relative URLs) and
    `language`, and in Atom `authors`. `namespaces` are those that the entries' ancestors declare, by prefix.
    `ttl_s` is the polling interval in seconds that the feed asks for.
    """

    format: str
    atom: bool
    title: str = ""
    link: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    base: str | None = None
    namespaces: dict[str | None, str] = field(default_factory=dict)
    ttl_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    hub_urls: tuple[str, ...] = ()
    self_url: str | None = None


def read_feed_metadata(root: etree._Element, url: str) -> FeedMetadata | None:
    """The metadata of a feed document without its entries; `url` is its address. None for an unknown format."""
    feed_format = _format(root)
    if feed_format is None:
        return None
    container = _container(root)
    atom = feed_format.startswith("atom")
    ancestors = [root] if container is root else [root, container]
    children = children_of(container, atom=atom)
    if feed_format == "rss10" and container is root:
        children = children_of(root, atom=atom)
    base = _base(ancestors, url)
    link = _link(children, base)
    if not atom and not any(element.get(XML_BASE) for element in ancestors):
        base = link or url
    return FeedMetadata(
        format=feed_format,
        atom=atom,
        title=first_line(children, "title", "dc:title", "atom:title", "itunes:title", atom=atom),
        link=link,
        language=_language(ancestors, children),
        authors=_authors(children, atom),
        base=base,
        namespaces=_namespaces(ancestors),
        ttl_s=_ttl(children),
        skip_hours=_skip_hours(children),
        skip_days=_skip_days(children),
        hub_urls=tuple(_links(children, "hub", base)),
        self_url=next(iter(_links(children, "self", base)), None),
    )


def _format(root: etree._Element) -> str | None:
    local = name(root).rpartition(":")[2]
    if local == "feed":
        return "atom03" if is_atom_03(namespace_of(root)) or root.get("version") == "0.3" else "atom10"
    if local == "rdf":
        return "rss090" if any("netscape.com" in (uri or "") for uri in root.nsmap.values()) else "rss10"
    if local == "channel" and not any(name(child) == "link" for child in root):
        # The Channel Definition Format of 1997 has its links in attributes; feedparser reads it.
        return None
    if local in ("rss", "channel"):
        version = (root.get("version") or "").strip()
        return {"0.90": "rss090", "0.91": "rss091", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}.get(
            version, "rss10" if version.startswith("1") else "rss20"
        )
    return None


def _container(root: etree._Element) -> etree._Element:
    """The element that has the title and the links as children: `channel`, or the root itself."""
    return next((child for child in root if name(child).rpartition(":")[2] in ("channel", "feed")), root)


def _namespaces(ancestors: list[etree._Element]) -> dict[str | None, str]:
    found = {prefix: uri for element in ancestors for prefix, uri in element.nsmap.items()}
    return dict(list(found.items())[:_MAX_NAMESPACES])


def _base(ancestors: list[etree._Element], url: str) -> str:
    base = url
    for element in ancestors:
        if own := element.get(XML_BASE):
            base = absolute(own, base) or base
    return base


def _link(children: Children, base: str) -> str | None:
    for element in elements_named(children, "link"):
        href = element.get("href")
        if href and relation(element) == "alternate" and (found := absolute(href, base)):
            return found
    for element in elements_named(children, "link"):
        if not element.get("href") and (found := absolute(stripped_text(element), base)):
            return found
    return next(iter(_links(children, "alternate", base)), None)


def _links(children: Children, wanted: str, base: str) -> list[str]:
    found = []
    for element in elements_named(children, "link", "atom:link"):
        href = element.get("href")
        if href and relation(element) == wanted and (address := absolute(href, base)):
            found.append(address)
    return found[:10]


def language_tag(raw: str | None) -> str | None:
    """A language tag with hyphens (BCP 47); None where `raw` is no language tag."""
    found = _LANGUAGE.fullmatch(raw.strip()) if raw else None
    return found[0].replace("_", "-") if found else None


def _language(ancestors: list[etree._Element], children: Children) -> str | None:
    stated = next((tag for element in reversed(ancestors) if (tag := language_tag(element.get(XML_LANG)))), None)
    return stated or language_tag(first_text(children, "language", "dc:language"))


def _authors(children: Children, atom: bool) -> tuple[str, ...]:
    names = (
        ("author", "dc:creator", "atom:author")
        if atom
        else ("dc:creator", "dc:author", "author", "atom:author", "managingeditor")
    )
    found = people(children, *names) or people(children, "itunes:author", "googleplay:author")
    return tuple(found)


def _ttl(children: Children) -> float | None:
    """The polling interval (seconds): the longer one of `ttl` (minutes) and `sy:updatePeriod`/`sy:updateFrequency`."""
    intervals = []
    minutes = first_text(children, "ttl")[:12]
    if minutes.isascii() and minutes.isdecimal():
        intervals.append(int(minutes) * 60.0)
    period = _PERIODS_S.get(first_text(children, "sy:updateperiod").lower())
    if period:
        frequency = first_text(children, "sy:updatefrequency")[:6]
        times = int(frequency) if frequency.isascii() and frequency.isdecimal() else 1
        intervals.append(period / max(1, times))
    longest = max(intervals, default=0.0)
    return min(longest, _MAX_TTL_S) if longest > 0 else None


def _skip_hours(children: Children) -> tuple[int, ...]:
    """`skipHours`, 0 to 23 (UTC). RSS 2.0 counts from 0 and RSS 0.91 from 1, where 24 is midnight."""
    found = {
        int(text) % 24
        for element in elements_named(children, "skiphours")
        for hour in element
        if (text := stripped_text(hour)).isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= 24
    }
    return tuple(sorted(found))


def _skip_days(children: Children) -> tuple[str, ...]:
    days = [stripped_text(day).lower() for element in elements_named(children, "skipdays") for day in element]
    return tuple(dict.fromkeys(day for day in days if day in _WEEKDAYS))
