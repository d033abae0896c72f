"""Links inside an article (footnotes, contents): their targets keep ids, and the links lead to them.

An id stays only where a link of the same article leads to it.
"""

import re
from urllib.parse import unquote

from ingestd.extract.html.reading_attributes import direction_of, language_of, merged
from ingestd.extract.html.tree import Element, attributes_of, raw_text, word_set, xpath_elements

_ID = re.compile(r"[^\W_][\w\-.:]{0,99}")
#: Elements that are written with an id of their own.
_CARRIER_TAGS = word_set(
    "p h1 h2 h3 h4 h5 h6 blockquote pre ul ol li dl dt dd table td th figure a abbr b cite code del dfn em i ins kbd "
    "mark q s samp small span strong sub sup u var"
)
_BLOCK_CARRIERS = word_set("p h1 h2 h3 h4 h5 h6 blockquote pre ul ol li dl table figure")
_CONTENT_TAGS = word_set("img video audio iframe")
_LINK = re.compile(r'<a href="#([^"<>]*)"')
_WRITTEN_ID = re.compile(r'(<[a-z][a-z0-9]*(?: [^<>]*)?) id="([^"<>]*)"')


def local_target(href: str | None, base: str | None) -> str | None:
    """The id that a link names in its own page; None for links that lead elsewhere."""
    if not href or "#" not in href:
        return None
    address, _, fragment = href.strip().partition("#")
    if address and (not base or address != base.partition("#")[0]):
        return None
    name = unquote(fragment)
    return name if _ID.fullmatch(name) else None


def kept_attributes(root: Element, base: str | None) -> dict[Element, str]:
    """The attributes id, lang and dir as markup, for each element below `root` that keeps some of them.

    Ids move, in the tree, to elements that are written. A language or a direction that an element inherits is not
    repeated, and `ltr` is left out where nothing else is stated.
    """
    links = xpath_elements(root, "descendant::a[contains(@href, '#')]")
    targets = {name for link in links if (name := local_target(link.get("href"), base))}
    if targets:
        _move_ids(root, targets)
    kept: dict[Element, str] = {}
    found = [
        (element, attributes_of(element))
        for element in xpath_elements(root, "descendant-or-self::*[@dir or @lang or @xml:lang or @id]")
    ]
    is_directed = any(direction_of(attributes) in ("rtl", "auto") for _element, attributes in found)
    for element, attributes in found:
        name, language, direction = attributes.get("id", ""), language_of(attributes), direction_of(attributes)
        written = merged(
            {
                "id": name if name in targets and element.tag in _CARRIER_TAGS else None,
                "lang": language if language and language != _inherited(element, root, "lang") else None,
                "dir": direction if is_directed and direction != _inherited(element, root, "dir") else None,
            }
        )
        if written:
            kept[element] = written
    return kept


def _inherited(element: Element, root: Element, name: str) -> str | None:
    read = language_of if name == "lang" else direction_of
    if element is root:
        return None
    for above in element.iterancestors():
        found = read(attributes_of(above)) if above.attrib else None
        if found or above is root:
            return found
    return None


def _move_ids(root: Element, targets: set[str]) -> None:
    """Give each target's id to an element that is written: itself, its first block, or the element around it."""
    done: set[str] = set()
    for element in xpath_elements(root, "descendant::*[@id or (self::a and @name)]"):
        name = element.get("id") or element.get("name") or ""
        is_first = name in targets and name not in done
        if element.tag != "html":
            element.attrib.pop("id", "")
        if not is_first:
            continue
        carrier = _carrier(element, root)
        if carrier is not None and not carrier.get("id"):
            carrier.set("id", name)
            done.add(name)


def _carrier(element: Element, root: Element) -> Element | None:
    if element.tag in _CARRIER_TAGS and (
        raw_text(element).strip() or next(element.iter(*_CONTENT_TAGS), None) is not None
    ):
        return element
    if element.tag not in _CARRIER_TAGS and raw_text(element).strip():
        inside = next(element.iterdescendants(*_BLOCK_CARRIERS), None)
        if inside is None:
            element.tag = "p"
            return element
        return inside
    following = element.getnext()
    above = next((part for part in element.iterancestors() if part.tag in _CARRIER_TAGS or part is root), None)
    if above is not None and above is not root:
        return above
    return following if following is not None and following.tag in _CARRIER_TAGS else None


def settled_links(html: str, base: str | None) -> str:
    """Written HTML in which each link to an id has its target, and each id a link; other links are made absolute."""
    if 'href="#' not in html and ' id="' not in html:
        return html
    ids = {found[2] for found in _WRITTEN_ID.finditer(html)}
    address = (base or "").partition("#")[0]
    if address:
        html = _LINK.sub(lambda found: found[0] if found[1] in ids else f'<a href="{address}#{found[1]}"', html)
    linked = set(_LINK.findall(html))
    return _WRITTEN_ID.sub(lambda found: found[0] if found[2] in linked else found[1], html)


def state_direction(element: Element) -> None:
    """Give an element the direction from right to left that it inherits, so that it can be taken out of its page."""
    if element.get("dir"):
        return
    if next(filter(None, (direction_of(attributes_of(above)) for above in element.iterancestors())), None) == "rtl":
        element.set("dir", "rtl")
