"""The fields of a head or an entry, from its child elements by name: links, people, dates, categories, files."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from lxml import etree

from ingestd.feeds.namespaces import XML_BASE, name, name_in_rss
from ingestd.feeds.text_constructs import as_line, line_of, stripped_text
from ingestd.identity.urls import absolute_url, has_http_scheme, is_serialised, serialise
from ingestd.model.feed import Category, Enclosure, Timestamp, is_image_url
from ingestd.text.dates import parse_date
from ingestd.text.plain_text import clean_line, strip_closed_tags

#: The child elements of one element by name, in document order.
Children = Mapping[str, list[etree._Element]]

_MAX_CHILDREN = 2_000
_MAX_URL_CHARS = 8_000
_MAX_NAME_CHARS = 500
_MAX_PEOPLE = 50
_MAX_CATEGORIES = 100
_MAX_ENCLOSURES = 100
_CATEGORIES = ("category", "atom:category", "dc:subject", "media:category", "itunes:category")
_KEYWORDS = ("itunes:keywords", "tags")
_CATEGORIES_AND_KEYWORDS = (*_CATEGORIES, *_KEYWORDS)
_EMAIL_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,64}@[^\s<>()\[\],;:\"]{1,190}")
# Spaces and other characters that no URL may hold.
_NOT_URL_CHARACTERS = re.compile(r"""[\x00-\x20"<>\\^`{|}\x7f]""")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|<\s*>|\[\s*\]")


@dataclass(frozen=True, slots=True)
class DateContext:
    """What settles ambiguous dates of one document: time zone, languages, and the time of the answer (aware).

    See `ingestd.text.dates.parse_date`.
    """

    zone: str | None = None
    language: str | None = None
    now: datetime | None = None
    text_language: str | None = None

    def in_language(self, language: str | None) -> "DateContext":
        """The same for a part of the document that states a language; None for one that states none."""
        return replace(self, language=language) if language and language != self.language else self

    def parse(self, raw: str) -> Timestamp | None:
        """The instant that `raw` means; None where it means none, or where it could mean two."""
        return parse_date(raw, zone=self.zone, language=self.language, text_language=self.text_language, now=self.now)


def children_of(element: etree._Element, *, atom: bool) -> dict[str, list[etree._Element]]:
    """The child elements by name; with `atom`, the names of Atom elements come without their prefix (`title`)."""
    found: dict[str, list[etree._Element]] = {}
    for child in islice(element, _MAX_CHILDREN):
        key = name(child)
        if ":" in key:
            key = key.removeprefix("atom:") if atom else name_in_rss(child, key)
        if key in found:
            found[key].append(child)
        else:
            found[key] = [child]
    return found


def elements_named(children: Children, *names: str) -> list[etree._Element]:
    """The elements of these names, in the order of the names."""
    found: list[etree._Element] = []
    for key in names:
        if key in children:
            found = found + children[key] if found else children[key]
    return found


def first_text(children: Children, *names: str) -> str:
    """The first text that is not empty, in the order of the names; "" where there is none."""
    for element in elements_named(children, *names):
        if text := stripped_text(element):
            return text
    return ""


def first_line(children: Children, *names: str, atom: bool) -> str:
    """The first title or name that is not empty, in the order of the names, as one plain line."""
    for element in elements_named(children, *names):
        if line := line_of(element, atom=atom):
            return line
    return ""


def absolute(raw: str, base: str | None) -> str | None:
    """The absolute http(s) URL of a reference in a feed, resolved against `base`; None where it is no such URL.

    Line breaks are dropped, `http://` is added before `www.`, and characters that no URL may hold are percent-encoded
    as browsers do it. A URL that needs none of this stays as it is written.
    """
    address = "".join(raw.split()) if "\n" in raw else raw.strip()
    if not address or len(address) > _MAX_URL_CHARS:
        return None
    if address[:4].lower() == "www.":
        # A host without its scheme; no path begins like this.
        address = f"http://{address}"
    if is_serialised(address):
        return address
    # Joining rewrites an absolute URL too: `http://a.example/?` would lose its `?`.
    url = absolute_url(None if has_http_scheme(address) else base, address)
    return serialise(url) if url is not None and _NOT_URL_CHARACTERS.search(url) else url


def people(children: Children, *names: str) -> list[str]:
    """The names of the persons in these elements, each once: Atom has child elements, RSS one text."""
    found: list[str] = []
    for element in elements_named(children, *names):
        person = _structured_person(element) if len(element) else as_person(element.text or "")
        if person and (not found or person.casefold() not in {other.casefold() for other in found}):
            found.append(person)
        if len(found) >= _MAX_PEOPLE:
            break
    return found


def _structured_person(element: etree._Element) -> str:
    parts = children_of(element, atom=True)
    for key in ("name", "email", "uri", "url", "foaf:name", "rdf:value"):
        value = first_line(parts, key, atom=False)[:_MAX_NAME_CHARS]
        if value:
            return as_person(value) if key == "name" else value
    return as_person(stripped_text(element))


def as_person(raw: str) -> str:
    """The name in `bob@example.com (Bob)`, `Bob <bob@example.com>` or `mailto:…`; the address where it stands alone."""
    raw = strip_closed_tags(raw[:2_000])
    line = as_line(raw.replace("<", "‹").replace(">", "›") if "@" in raw else raw)
    line = line.replace("‹", "<").replace("›", ">").removeprefix("mailto:")[:_MAX_NAME_CHARS]
    found = _EMAIL_ADDRESS.search(line) if "@" in line else None
    if found is None:
        return line
    rest = _EMPTY_BRACKETS.sub(" ", f"{line[: found.start()]} {line[found.end() :]}")
    rest = clean_line(rest).strip("\"' ,;-:|")
    if rest.startswith(("(", "<", "[")) and rest.endswith((")", ">", "]")):
        rest = rest[1:-1].strip()
    return rest if any(character.isalnum() for character in rest) else found[0]


def first_date(children: Children, names: Iterable[str], dates: DateContext, unread: list[str]) -> Timestamp | None:
    """The first date that can be parsed, in the order of the names; unparsable texts are appended to `unread`.

    Of several elements of one name the last one is tried first.
    """
    for element in [element for key in names if key in children for element in reversed(children[key])]:
        raw = stripped_text(element)
        if not raw:
            continue
        stamp = dates.parse(raw)
        if stamp is not None:
            return stamp
        unread.append(raw[:_MAX_NAME_CHARS])
    return None


def categories(children: Children) -> tuple[Category, ...]:
    """The categories, each once and in document order: Atom's `term`, RSS's text, `dc:subject`, podcast keywords."""
    found: dict[str, Category] = {}
    for element in _in_document_order(children, _CATEGORIES_AND_KEYWORDS):
        stated = element.get("scheme") or element.get("domain")
        scheme = clean_line(stated)[:_MAX_NAME_CHARS] or None if stated else None
        for term in _keywords(element) if name(element) in _KEYWORDS else _terms(element):
            if term not in found:
                found[term] = Category(term, scheme)
    found.pop("", None)
    return tuple(found.values())[:_MAX_CATEGORIES]


def _in_document_order(children: Children, names: Iterable[str]) -> list[etree._Element]:
    """The elements of these names in document order."""
    present = [key for key in names if key in children]
    found = elements_named(children, *present)
    parent = found[0].getparent() if len(present) > 1 else None
    if parent is None:
        return found
    places = {element: place for place, element in enumerate(islice(parent, _MAX_CHILDREN))}
    return sorted(found, key=lambda element: places.get(element, _MAX_CHILDREN))


def _keywords(element: etree._Element) -> Iterator[str]:
    yield from (clean_line(word)[:_MAX_NAME_CHARS] for word in stripped_text(element)[:10_000].split(","))


def _terms(element: etree._Element) -> list[str]:
    raw = element.get("term") or stripped_text(element) or element.get("label") or element.get("text") or ""
    if not len(element):
        return [as_line(raw[:_MAX_NAME_CHARS])]
    nested = (other.get("text") or "" for other in islice(element.iterdescendants(), 20))
    return [as_line(text[:_MAX_NAME_CHARS]) for text in (raw, *nested)]


def enclosures(children: Children, files: Sequence[etree._Element], base: str | None) -> tuple[Enclosure, ...]:
    """The entry's files: `enclosure`, Atom's `link rel="enclosure"`, the pictures of Media RSS.

    `files` are the entry's `media_contents`. The audio and video files of Media RSS are taken where there is no other
    file: they are mostly the same ones.
    """
    found: dict[str, Enclosure] = {}
    for element in elements_named(children, "enclosure"):
        _add_enclosure(found, element, element.get("url") or element.get("href") or stripped_text(element), base)
    for element in elements_named(children, "link", "atom:link"):
        if relation(element) == "enclosure":
            _add_enclosure(found, element, element.get("href") or stripped_text(element), base)
    if files and not found:
        for element in files:
            if _media_type(element).startswith(("audio", "video")):
                _add_enclosure(found, element, element.get("url") or "", base)
    for element in files:
        if is_picture(element):
            _add_enclosure(found, element, element.get("url") or "", base)
    return tuple(found.values())[:_MAX_ENCLOSURES]


def media_contents(children: Children) -> list[etree._Element]:
    """The `media:content` elements of an entry, those in a `media:group` last (Media RSS 1.5.1)."""
    if "media:content" not in children and "media:group" not in children:
        return []
    groups = [children_of(group, atom=False) for group in children.get("media:group", ())]
    return [*children.get("media:content", ()), *(file for group in groups for file in group.get("media:content", ()))]


def is_picture(element: etree._Element) -> bool:
    """Whether a `media:content` is an image, and not the avatar that WordPress.com adds to each entry."""
    url = element.get("url") or ""
    stated = _media_type(element)
    return (stated.startswith("image") or (not stated and is_image_url(url))) and "gravatar.com/" not in url


def _media_type(element: etree._Element) -> str:
    return (element.get("type") or element.get("medium") or "").strip().lower()


def _add_enclosure(found: dict[str, Enclosure], element: etree._Element, raw: str, base: str | None) -> None:
    url = absolute(raw, base_of(element, base))
    if url is not None and url not in found:
        length = length_of(element.get("length") or element.get("fileSize"))
        found[url] = Enclosure(url, (element.get("type") or "").strip() or None, length)


def base_of(element: etree._Element, base: str | None) -> str | None:
    """The base of relative URLs in an element: its `xml:base` (W3C XML Base), else `base`."""
    own = element.get(XML_BASE)
    return (absolute(own, base) or base) if own else base


def length_of(raw: str | None) -> int | None:
    """A length in bytes; None where `raw` is no number. Thousands separators are accepted."""
    digits = (raw or "").strip().replace(",", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None


def relation(element: etree._Element) -> str:
    """The relation of an Atom link, `alternate` where it has no `rel` (RFC 4287, section 4.2.7.2)."""
    stated = element.get("rel")
    if not stated:
        return "alternate"
    return stated.strip().lower().removeprefix("http://www.iana.org/assignments/relation/")
