"""The bytes of an OPML file → its elements, and what is wrong with it.

What XML forbids and can mean one thing only is repaired: bare ampersands, entities of HTML, a wrong encoding
declaration, text around the document. For the rest the parser goes on as well as it can, and its first error is told.
"""

import re
from typing import TYPE_CHECKING

from ingestd.feeds.xml_repair import repair
from ingestd.model.errors import ArchiveError
from ingestd.text.charset import decode

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from lxml.etree import _LogEntry

#: Stands for a character that XML forbids: what it was is unknown.
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_DECLARED_ENCODING = re.compile(rb"""^[^<]{0,20}<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?opml(?=[\s>/])", re.IGNORECASE)
_END = re.compile(r"</(?:[\w.-]{1,40}:)?opml\s*>", re.IGNORECASE)
_EMPTY_ROOT = re.compile(r"<[^<>]*/>")
_FIRST_TAG = re.compile(r"<([A-Za-z][\w:.-]{0,40})")
_FEED_ROOTS = frozenset(("rss", "feed", "rdf", "rdf:rdf"))


def decode_list(data: bytes) -> str:
    """The text of a list, in any charset; without white space and byte order marks before it."""
    declared = _DECLARED_ENCODING.match(data[:400])
    text, _ = decode(data, declared=declared[1].decode("ascii") if declared else None)
    return text.lstrip("\ufeff \t\r\n")


def parse_opml(text: str) -> "tuple[Element, list[str]]":
    """The root of an OPML document, and a message for damage that may have cost feeds.

    Entities of a DTD are not expanded and nothing is loaded. Raises ArchiveError where it is no OPML.
    """
    # A comment of the same length, so that positions stay.
    start = _ROOT.search(_COMMENT.sub(lambda found: " " * len(found[0]), text))
    if start is None:
        raise ArchiveError(f"the list is no OPML: {_what_it_is(text)}")
    ends = list(_END.finditer(text, start.end()))
    document = text[start.start() : ends[-1].end() if ends else len(text)]
    root, error = _parse(repair(_FORBIDDEN.sub(REPLACEMENT, document), {}))
    if not ends and not _EMPTY_ROOT.match(document):
        return root, ["the list ends before its end, without </opml>: feeds are missing"]
    if error is None:
        return root, []
    line = text.count("\n", 0, start.start()) + error.line
    return root, [f"the list is damaged in line {line}: feeds or their folders may be missing: {error.message}"]


def _parse(document: str) -> "tuple[Element, _LogEntry | None]":
    from lxml import etree  # slow to import, and commands that read no list do without

    # No entities, network or huge trees: the document is untrusted.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(document.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ArchiveError(f"the list is no OPML: {error}") from error
    if root is None:
        raise ArchiveError("the list is no OPML: it holds no element")
    # An angle bracket within an attribute is taken as it stands.
    harmless = etree.ErrorTypes.ERR_LT_IN_ATTRIBUTE
    errors = (
        entry for entry in parser.error_log if entry.domain != etree.ErrorDomains.NAMESPACE and entry.type != harmless
    )
    return root, next(errors, None)


def _what_it_is(text: str) -> str:
    """What a text without an <opml> element is instead, for the message."""
    if not text:
        return "the file is empty"
    found = _FIRST_TAG.search(_COMMENT.sub("", text))
    if found is None:
        return f"it begins with {text[:40]!r}"
    name = found[1].lower()
    hint = ": it is a feed, whose address goes into the configuration" if name in _FEED_ROOTS else ""
    hint = ": it is a web page" if name == "html" else hint
    return f"its first element is not <opml>, but <{found[1]}>{hint}"


def local_name(element: "Element") -> str:
    """The name of an element in lower case, without its namespace; "" for comments and processing instructions."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
