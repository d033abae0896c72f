"""Bytes to the text of one feed: unpacked, decoded, and freed of whatever stands around the feed."""

import html
import re
import zlib
from dataclasses import dataclass, field

from ingestd.feeds.xml_repair import without_c1
from ingestd.text.charset import decode

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]{1,40})""", re.I)
_DECLARED_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,500}>", re.I)
_ROOT = re.compile(r"<(?:[a-z][\w.-]{0,20}:)?(rss|rdf|feed|channel)(?=[\s/>])", re.I)
_ESCAPED_ROOT = re.compile(r"&lt;(?:[a-z][\w.-]{0,20}:)?(rss|rdf|feed)(?=[\s&])", re.I)
_ENTITY = re.compile(
    r"""<!ENTITY\s{1,20}([A-Za-z][\w.-]{0,60})\s{1,20}(?:"([^"<%]{0,500})"|'([^'<%]{0,500})')\s{0,20}>"""
)
_NESTED = re.compile(r"&#?\w+;")
_MAX_ENTITIES = 300
#: How far into a page a feed is looked for.
_LOOKED_AT = 1_000_000
#: A gzip within gzip may not grow beyond what a body may have.
MAX_UNPACKED = 15_000_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Text:
    """`text` begins with a feed's root element where `is_feed`; `entities` are the plain ones that its DTD defined."""

    text: str
    charset: str
    is_feed: bool = False
    entities: dict[str, str] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()


def clean(body: bytes, content_type: str | None) -> Text:
    """The text of a body. Never raises; what is no feed comes out as the text that it is."""
    unpacked = _unpack(body)
    text, name = decode(unpacked, header=content_type, declared=_declared(unpacked))
    repairs = [] if unpacked is body else ["unpacked"]
    text = text.lstrip("\ufeff\u200b \t\r\n\x00")
    if text.startswith(("{", "[")):
        return Text(text, name, False, {}, tuple(repairs))
    inner, entities = _without_prologue(text)
    if not _ROOT.match(inner):
        found = _unwrap(inner)
        if found is not None:
            repairs.append("unwrapped")
            inner, more = _without_prologue(found)
            entities = entities | more
    is_feed = _ROOT.match(inner) is not None
    return Text(without_c1(inner) if is_feed else inner, name, is_feed, entities, tuple(repairs))


def _unpack(body: bytes) -> bytes:
    """Gzip that no header told of, up to three times over; a cut-off one as far as it goes."""
    for _ in range(3):
        if not body.startswith(_GZIP):
            return body
        try:
            body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body, MAX_UNPACKED)
        except zlib.error:
            return body
    return body


def _declared(body: bytes) -> str | None:
    head = body[:4096]
    found = _DECLARED.search(head) or _DECLARED_META.search(head)
    return found[1].decode("ascii", "replace") if found else None


def _without_prologue(text: str) -> tuple[str, dict[str, str]]:
    """The text from its root element on, and the entities of its DTD; what stands before is skipped."""
    entities: dict[str, str] = {}
    position = 0
    while True:
        position = _skip_space(text, position)
        if text.startswith("<?", position):
            closing = text.find(">", position)
        elif text.startswith("<!--", position):
            closing = text.find("-->", position)
            closing = closing + 2 if closing >= 0 else -1
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            closing = _end_of_doctype(text, position)
            entities = _entities(text[position : closing + 1]) if closing >= 0 else {}
        else:
            return text[position:], entities
        if closing < 0:
            return text[position:], entities
        position = closing + 1


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n\ufeff\x00":
        position += 1
    return position


def _end_of_doctype(text: str, start: int) -> int:
    bracket, closing = text.find("[", start, start + 1000), text.find(">", start)
    if bracket < 0 or closing < bracket:
        return closing
    end = re.compile(r"\]\s{0,20}>").search(text, bracket)
    return end.end() - 1 if end else closing


def _entities(doctype: str) -> dict[str, str]:
    """Entities whose value is plain text. One that names another is left out: nothing is ever expanded twice."""
    found: dict[str, str] = {}
    for match in _ENTITY.finditer(doctype):
        value = html.unescape(match[2] or match[3] or "")
        if not _NESTED.search(value):
            found[match[1]] = value
        if len(found) >= _MAX_ENTITIES:
            break
    return found


def _unwrap(text: str) -> str | None:
    """The feed inside of a page, of a log, of a `<pre>`; None where there is none."""
    found = _ROOT.search(text, 0, _LOOKED_AT)
    if found is None:
        escaped = _ESCAPED_ROOT.search(text, 0, _LOOKED_AT)
        if escaped is None:
            return None
        text = html.unescape(text[escaped.start() : escaped.start() + _LOOKED_AT])
        found = _ROOT.match(text)
        if found is None:
            return None
    closing = text.rfind(f"</{text[found.start() + 1 : found.end()]}")
    end = text.find(">", closing) + 1 if closing >= 0 else 0
    return text[found.start() : end] if end else text[found.start() :]
