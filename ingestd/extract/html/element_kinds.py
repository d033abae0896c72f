"""The kinds of HTML elements: inline and block ones, those whose content stays without them, and those that go."""

from collections.abc import Iterator

from lxml import etree

from ingestd.extract.html.tree import Element, word_set

#: Elements that are written inside a paragraph.
INLINE_TAGS = word_set("a abbr b cite code del dfn em i ins kbd mark q ruby rb rt rp s samp small strong sub sup u var")
HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: Elements whose content is dropped with them.
DROPPED_TAGS = word_set(
    "script style noscript template iframe frame frameset object embed applet form button select textarea "
    "input option datalist svg math canvas dialog link meta base title head map area param track source "
    "nav menu"
)
#: Block elements that are replaced by their content.
_UNWRAPPED_TAGS = word_set(
    "address article aside body center details dialog div fieldset footer header hgroup html main section "
    "summary legend"
)
#: Elements that end a paragraph.
BLOCK_TAGS = (
    _UNWRAPPED_TAGS
    | HEADING_TAGS
    | word_set("p pre blockquote ul ol li dl dt dd table figure figcaption hr tr td th caption thead tbody tfoot")
)


def has_block(element: Element) -> bool:
    """Whether a block element stands anywhere inside an element."""
    if not len(element):
        return False
    return any(inside.tag in BLOCK_TAGS for inside in element.iterdescendants(etree.Element))


def visible_text(element: Element) -> Iterator[str]:
    """The text below an element in pieces, in document order, without scripts and the like."""
    for node in element.iter(etree.Element):
        if node.tag not in ("script", "style", "template", "textarea") and node.text:
            yield node.text
        if node is not element and node.tail:
            yield node.tail
