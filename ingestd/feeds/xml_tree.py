"""Text to lxml trees: strictly where the text is well-formed, repaired or recovered where it is not.

Nothing outside of the text is ever opened and no entity of a DTD is resolved.
"""

from collections.abc import Mapping

from lxml import etree

from ingestd.feeds.namespaces import WELL_KNOWN, name
from ingestd.feeds.xml_repair import repair

#: Fields that hold no elements in any format, and those that are looked for in them where they were never closed.
_LEAVES = frozenset(("link", "guid", "pubdate", "title", "comments", "author", "category", "dc:creator", "dc:date"))
_FIELDS = _LEAVES | frozenset(("description", "content:encoded", "enclosure"))
#: Names that no HTML has: in whatever they stand, they are the item's.
_NO_HTML = frozenset(("guid", "pubdate", "content:encoded", "dc:creator", "dc:date", "enclosure"))
_STRICT = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
)
_RECOVER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    recover=True,
)


def strict(text: str) -> etree._Element | None:
    """The tree of well-formed XML; None where it is not."""
    try:
        return etree.fromstring(text.encode(), _STRICT)
    except (etree.XMLSyntaxError, ValueError):
        return None


def whatever_it_takes(text: str, entities: Mapping[str, str]) -> tuple[etree._Element | None, bool]:
    """The tree of a text, and whether it had to be repaired; None where there is no element at all in it."""
    root = strict(text)
    if root is not None:
        return root, False
    repaired = repair(text, entities)
    root = strict(repaired)
    if root is None:
        root = _recovered(repaired)
    return root, True


def _recovered(text: str) -> etree._Element | None:
    try:
        return etree.fromstring(text.encode(), _RECOVER)
    except (etree.XMLSyntaxError, ValueError):
        return None


def unnest(item: etree._Element) -> None:
    """Fields that stand in another field whose end tag is missing go back to their item."""
    for element in list(item.iterdescendants()):
        parent = element.getparent()
        key = name(element)
        if parent is None or parent is item or key not in _FIELDS:
            continue
        if key in _NO_HTML or name(parent) in _LEAVES:
            item.append(element)


def shell(namespaces: Mapping[str | None, str]) -> tuple[str, str]:
    """A start tag that declares `namespaces` and every well-known prefix besides, and its end tag."""
    declared: dict[str | None, str] = {}
    declared.update(WELL_KNOWN)
    declared.update(namespaces)
    pairs = "".join(
        f' xmlns{":" + prefix if prefix else ""}="{_attribute(uri)}"'
        for prefix, uri in declared.items()
        if prefix != "xml" and uri
    )
    return f"<shell{pairs}>", "</shell>"


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def serialised(root: etree._Element) -> bytes:
    """The tree as a UTF-8 document."""
    return bytes(etree.tostring(root, encoding="utf-8"))
