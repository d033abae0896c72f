"""Text → lxml trees: parsed strictly where it is well-formed, else repaired, else parsed with recovery.

No parser opens files or URLs, and none resolves entities of a DTD.
"""

from collections.abc import Mapping

from lxml import etree

from ingestd.feeds.namespaces import WELL_KNOWN, name
from ingestd.feeds.xml_repair import repair
from ingestd.text.plain_text import HTML_NAMES

#: Fields that have no child elements in any format.
_TEXT_FIELDS = frozenset(
    ("link", "guid", "pubdate", "title", "comments", "author", "category", "dc:creator", "dc:date")
)
_FIELDS = _TEXT_FIELDS | frozenset(("description", "content:encoded", "enclosure"))
#: Fields whose names are not those of HTML elements: inside any element they belong to the item.
_NOT_HTML_NAMES = frozenset(("guid", "pubdate", "content:encoded", "dc:creator", "dc:date", "enclosure"))
#: Elements within which the fields behind a text lie, where HTML in it is not escaped and has no end tag.
_IN_TEXT = (HTML_NAMES - {"source", "link", "title"}) | {"description", "content:encoded", "summary"}
_STRICT_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
)
_RECOVERING_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    recover=True,
)


def parse_strictly(text: str) -> etree._Element | None:
    """The root of well-formed XML; None where the text is not well-formed."""
    try:
        return etree.fromstring(text.encode(), _STRICT_PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None


def parse_leniently(text: str, entities: Mapping[str, str]) -> tuple[etree._Element | None, bool]:
    """The root of a text (None where it has no element), and whether it had to be repaired."""
    root = parse_strictly(text)
    if root is not None:
        return root, False
    repaired = repair(text, entities)
    root = parse_strictly(repaired)
    if root is None:
        root = _parse_recovering(repaired)
    return root, True


def _parse_recovering(text: str) -> etree._Element | None:
    try:
        return etree.fromstring(text.encode(), _RECOVERING_PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None


def move_nested_fields(item: etree._Element) -> None:
    """Move fields that are inside another field, because its end tag is missing, to the end of their item. In place."""
    for element in list(item.iterdescendants()):
        parent = element.getparent()
        key = name(element)
        if parent is None or parent is item or key not in _FIELDS:
            continue
        if (
            key in _NOT_HTML_NAMES
            or name(parent) in _TEXT_FIELDS
            or (name(parent) in _IN_TEXT and _is_own_field(element))
        ):
            item.append(element)


def _is_own_field(element: etree._Element) -> bool:
    """Whether an element within a text belongs to the item: HTML has no such element, or it is empty there (link)."""
    key = name(element)
    return key != "title" and (key != "link" or bool((element.text or "").strip()))


def wrapper_tags(namespaces: Mapping[str | None, str]) -> tuple[str, str]:
    """The start and end tag of an element that declares `namespaces` and every well-known prefix besides."""
    declared: dict[str | None, str] = {}
    declared.update(WELL_KNOWN)
    declared.update(namespaces)
    declarations = "".join(
        f' xmlns{":" + prefix if prefix else ""}="{_attribute(uri)}"'
        for prefix, uri in declared.items()
        if prefix != "xml" and uri
    )
    return f"<shell{declarations}>", "</shell>"


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def serialise_tree(root: etree._Element) -> bytes:
    """The tree as a UTF-8 document."""
    return bytes(etree.tostring(root, encoding="utf-8"))
