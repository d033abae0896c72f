"""Markup → the tree that HTML requires, also where libxml2 would lose text: it is a parser of HTML 4.

Void elements that it does not know hold what follows them; it reads nothing behind the end tag of the document, and
nothing more once elements are nested 256 deep, as they are where many tags are never closed.
"""

import re

from lxml import etree

from ingestd.extract.html.tree import Element

#: Longer documents are parsed without libxml2's bounds of sizes and depth.
MAX_BOUNDED_BYTES = 5_000_000

_ATTRIBUTES = rb"(?:[^<>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+"
#: The end tags of a document. What follows them belongs to the body (HTML, 13.2.6.4.19 and 13.2.6.4.22).
_END_OF_DOCUMENT = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
#: Start tags of void elements (HTML, 13.1.2; of `bgsound` and `keygen` 13.2.6.4.7) that libxml2 does not know.
_VOID_TAG = re.compile(rb"<(embed|source|track|wbr|bgsound|keygen)(?=[\s/>])" + _ATTRIBUTES + rb">", re.IGNORECASE)
#: Where elements are nested too deep: tags that change how text looks, and links, which are dropped; and all others but
#: those that cannot be nested, which become paragraphs.
_FORMATTING_TAG = re.compile(
    rb"</?(?:font|span|b|i|u|s|em|strong|big|small|strike|tt|center|sup|sub|code|ins|del|mark|nobr|label|cite|q|abbr|bdo"
    rb"|time|acronym|kbd|samp|var|dfn)(?=[\s/>])" + _ATTRIBUTES + rb">",
    re.IGNORECASE,
)
_LINK_TAG = re.compile(rb"</?a(?=[\s/>])" + _ATTRIBUTES + rb">", re.IGNORECASE)
_NESTING_TAG = re.compile(
    rb"</?(?!(?:html|head|body|title|meta|link|base|script|style|p|br|img|hr)[\s/>])[a-z][^\s/<>]*+"
    + _ATTRIBUTES
    + rb">",
    re.IGNORECASE,
)
_BOUNDED, _UNBOUNDED = (
    etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, collect_ids=False, huge_tree=is_huge
    )
    for is_huge in (False, True)
)


def markup_for_parser(html: str) -> bytes:
    """Markup in UTF-8, without end tags of body and document, and with an end tag behind each unknown void element."""
    data = _END_OF_DOCUMENT.sub(b"", html.encode("utf-8", "replace"))
    return _VOID_TAG.sub(rb"\g<0></\1>", data)


def parse_html(data: bytes) -> Element | None:
    """The tree of markup from `markup_for_parser`; None where it has no element.

    Where its elements are nested too deep for libxml2, without their formatting; else as paragraphs without links.
    """
    root, is_cut = _parse(data)
    if is_cut:
        data = _FORMATTING_TAG.sub(b"", data)
        root, is_cut = _parse(data)
    if is_cut:
        root, _ = _parse(_NESTING_TAG.sub(b"<p>", _LINK_TAG.sub(b"", data)))
    return root


def _parse(data: bytes) -> tuple[Element | None, bool]:
    """The tree of markup, and whether it ends early because of its depth."""
    parser = _BOUNDED if len(data) <= MAX_BOUNDED_BYTES else _UNBOUNDED
    try:
        root = etree.fromstring(data, parser)
    except etree.LxmlError:
        return None, False
    error = parser.error_log.last_error
    return root, error is not None and error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT
