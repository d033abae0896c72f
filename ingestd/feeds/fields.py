"""The fields of a head or an entry, from its child elements by name: links, people, dates, categories, files."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from lxml import etree

from ingestd.feeds.namespaces import name
from ingestd.feeds.text_constructs import as_line, line_of, text_of
from ingestd.identity.urls import absolute_url, has_http_scheme, is_serialised, serialise
from ingestd.model.feed import Enclosure, Timestamp
from ingestd.text.dates import parse_date
from ingestd.text.plain_text import clean_line

#: The child elements of one element by name, in document order.
Children = Mapping[str, list[etree._Element]]

_MAX_CHILDREN = 2_000
_MAX_URL = 8_000
_MAX_NAME = 500
_MAX_PEOPLE = 50
_MAX_CATEGORIES = 100
_MAX_FILES = 100
_CATEGORIES = ("category", "atom:category", "dc:subject", "media:category", "itunes:category")
_KEYWORDS = ("itunes:keywords", "tags")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,64}@[^\s<>()\[\],;:\"]{1,190}")
# Spaces and other characters that no URL may hold.
_NOT_IN_URLS = re.compile(r"""[\x00-\x20"<>\\^`{|}\x7f]""")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|<\s*>|\[\s*\]")


@dataclass(frozen=True, slots=True)
class Reading:
    """How dates of this document are to be read: see `ingestd.text.dates.parse_date`."""

    zone: str | None = None
    language: str | None = None
    now: datetime | None = None


def children_of(element: etree._Element, *, atom: bool) -> dict[str, list[etree._Element]]:
    """The children by name. In an Atom document the prefix of Atom is dropped, so that `title` is its title."""
    found: dict[str, list[etree._Element]] = {}
    for child in islice(element, _MAX_CHILDREN):
        key = name(child)
        if atom and key.startswith("atom:"):
            key = key[5:]
        if key in found:
            found[key].append(child)
        else:
            found[key] = [child]
    return found


def all_of(children: Children, *names: str) -> list[etree._Element]:
    """The elements of these names, name by name."""
    present = [children[key] for key in names if key in children]
    return present[0] if len(present) == 1 else [element for elements in present for element in elements]


def first_text(children: Children, *names: str) -> str:
    """The first text that is not empty, in the order of the names."""
    return next((text for element in all_of(children, *names) if (text := text_of(element))), "")


def first_line(children: Children, *names: str, atom: bool) -> str:
    """The first title or name that is not empty, as one plain line."""
    return next((line for element in all_of(children, *names) if (line := line_of(element, atom=atom))), "")


def absolute(raw: str, base: str | None) -> str | None:
    """The http(s) URL that a feed's text means at `base`, as it is written there; None where it is none.

    Line breaks within it are dropped, a missing scheme is added before `www.`, and characters that no URL may hold are
    quoted as browsers do it.
    """
    address = "".join(raw.split()) if "\n" in raw else raw.strip()
    if not address or len(address) > _MAX_URL:
        return None
    if address[:4].lower() == "www.":
        # A host without its scheme; no path begins like this.
        address = f"http://{address}"
    if is_serialised(address):
        return address
    # Joining rewrites an absolute URL too: `http://a.example/?` would lose its `?`.
    url = absolute_url(None if has_http_scheme(address) else base, address)
    return serialise(url) if url is not None and _NOT_IN_URLS.search(url) else url


def people(children: Children, *names: str) -> list[str]:
    """The persons in these elements: Atom's with name, address and page, RSS's in one text."""
    found: list[str] = []
    for element in all_of(children, *names):
        person = _structured(element) if len(element) else as_person(element.text or "")
        if person and person.casefold() not in {other.casefold() for other in found}:
            found.append(person)
        if len(found) >= _MAX_PEOPLE:
            break
    return found


def _structured(element: etree._Element) -> str:
    parts = children_of(element, atom=True)
    for key in ("name", "email", "uri", "url", "foaf:name", "rdf:value"):
        value = first_line(parts, key, atom=False)[:_MAX_NAME]
        if value:
            return as_person(value) if key == "name" else value
    return as_person(text_of(element))


def as_person(raw: str) -> str:
    """The name in `bob@example.com (Bob)`, `Bob <bob@example.com>` or `mailto:…`; the address where it stands alone."""
    line = as_line(raw[:2_000].replace("<", "‹").replace(">", "›") if "@" in raw[:2_000] else raw[:2_000])
    line = line.replace("‹", "<").replace("›", ">").removeprefix("mailto:")[:_MAX_NAME]
    found = _ADDRESS.search(line) if "@" in line else None
    if found is None:
        return line
    rest = _EMPTY_BRACKETS.sub(" ", f"{line[: found.start()]} {line[found.end() :]}")
    rest = clean_line(rest).strip("\"' ,;-:|")
    if rest.startswith(("(", "<", "[")) and rest.endswith((")", ">", "]")):
        rest = rest[1:-1].strip()
    return rest if any(character.isalnum() for character in rest) else found[0]


def first_date(children: Children, names: Iterable[str], reading: Reading, unread: list[str]) -> Timestamp | None:
    """The first date that can be read, in the order of the names; what cannot goes to `unread`.

    Of two elements of one name the later one corrects the earlier.
    """
    for element in [element for key in names if key in children for element in reversed(children[key])]:
        raw = text_of(element)
        if not raw:
            continue
        stamp = parse_date(raw, zone=reading.zone, language=reading.language, now=reading.now)
        if stamp is not None:
            return stamp
        unread.append(raw[:_MAX_NAME])
    return None


def categories(children: Children) -> tuple[str, ...]:
    """The categories, each once and in document order: Atom's terms, RSS's texts, subjects, keywords of podcasts."""
    found: dict[str, None] = {}
    for element in _in_order(children, *_CATEGORIES, *_KEYWORDS):
        found.update(dict.fromkeys(_keywords(element) if name(element) in _KEYWORDS else _terms(element)))
    found.pop("", None)
    return tuple(found)[:_MAX_CATEGORIES]


def _in_order(children: Children, *names: str) -> list[etree._Element]:
    """The elements of these names as they stand in the document."""
    found = all_of(children, *names)
    parent = found[0].getparent() if len(found) > 1 else None
    if parent is None or len(found) == max(len(children.get(key, ())) for key in names):
        return found
    places = {element: place for place, element in enumerate(islice(parent, _MAX_CHILDREN))}
    return sorted(found, key=lambda element: places.get(element, _MAX_CHILDREN))


def _keywords(element: etree._Element) -> Iterator[str]:
    yield from (clean_line(word)[:_MAX_NAME] for word in text_of(element)[:10_000].split(","))


def _terms(element: etree._Element) -> Iterator[str]:
    raw = element.get("term") or text_of(element) or element.get("label") or element.get("text") or ""
    yield as_line(raw[:_MAX_NAME])
    for nested in islice(element.iterdescendants(), 20) if len(element) else ():
        yield as_line((nested.get("text") or "")[:_MAX_NAME])


def enclosures(children: Children, base: str | None) -> tuple[Enclosure, ...]:
    """The files that an entry carries: RSS's enclosures and Atom's links of that relation."""
    found: dict[str, Enclosure] = {}
    for element in all_of(children, "enclosure"):
        _add_file(found, element, element.get("url") or element.get("href") or text_of(element), base)
    for element in all_of(children, "link", "atom:link"):
        if (element.get("rel") or "").strip().lower() == "enclosure":
            _add_file(found, element, element.get("href") or "", base)
    if not found:
        _add_media(found, children, base)
    return tuple(found.values())[:_MAX_FILES]


def _add_media(found: dict[str, Enclosure], children: Children, base: str | None) -> None:
    """Sound and film of Media RSS, where it takes the place of enclosures; its pictures are illustrations."""
    groups = (children_of(group, atom=False) for group in children.get("media:group", ()))
    for element in [
        *all_of(children, "media:content"),
        *(e for group in groups for e in all_of(group, "media:content")),
    ]:
        kind = element.get("type") or element.get("medium") or ""
        if kind.startswith(("audio", "video")):
            _add_file(found, element, element.get("url") or "", base)


def _add_file(found: dict[str, Enclosure], element: etree._Element, raw: str, base: str | None) -> None:
    url = absolute(raw, base)
    if url is not None and url not in found:
        length = length_of(element.get("length") or element.get("fileSize"))
        found[url] = Enclosure(url, (element.get("type") or "").strip() or None, length)


def length_of(raw: str | None) -> int | None:
    """A length in bytes; None where the text is none. Some write thousands separators."""
    digits = (raw or "").strip().replace(",", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None


def relation(element: etree._Element) -> str:
    """The relation of an Atom link, `alternate` where it names none (RFC 4287, section 4.2.7.2)."""
    return (element.get("rel") or "alternate").strip().lower().removeprefix("http://www.iana.org/assignments/relation/")
