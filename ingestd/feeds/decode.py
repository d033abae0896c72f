"""The bytes of a response → the text of one feed: gunzipped, decoded, and without what surrounds the feed element."""

import html
import re
import zlib
from dataclasses import dataclass, field

from ingestd.feeds.xml_repair import without_c1
from ingestd.text.charset import decode

_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]{1,40})""", re.I)
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
_ROOT = re.compile(r"<(?:[a-z][\w.-]{0,20}:)?(rss|rdf|feed|channel)(?=[\s/>])", re.I)
_ESCAPED_ROOT = re.compile(r"&lt;(?:[a-z][\w.-]{0,20}:)?(rss|rdf|feed)(?=[\s&])", re.I)
_ENTITY_DECLARATION = re.compile(
    r"""<!ENTITY\s{1,20}([A-Za-z][\w.-]{0,60})\s{1,20}(?:"([^"<%]{0,500})"|'([^'<%]{0,500})')\s{0,20}>"""
)
_REFERENCE = re.compile(r"&#?\w+;")
_MAX_ENTITIES = 300
#: The part of a page that is searched for the root element of a feed.
_MAX_ROOT_SEARCH_CHARS = 1_000_000
#: Limit for the output of gzip inside the body: the largest body that is fetched.
MAX_UNPACKED_BYTES = 15_000_000
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class DecodedFeed:
    """The decoded text of a body.

    `text` begins with the root element of a feed where `is_feed`. `entities` are the plain-text entities of its DTD.
    `repairs` are names of `Feed.repairs` (docs/fields.md).
    """

    text: str
    charset: str
    is_feed: bool = False
    entities: dict[str, str] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()


def decode_feed(body: bytes, content_type: str | None) -> DecodedFeed:
    """The text of a body, which may be no feed. `content_type` is the Content-Type header. Never raises."""
    unpacked = unpack(body)
    text, name = decode(unpacked, header=content_type, declared=_declared_charset(unpacked))
    repairs = [] if unpacked is body else ["unpacked"]
    text = text.lstrip("\ufeff\u200b \t\r\n\x00")
    if text.startswith(("{", "[")):
        return DecodedFeed(text, name, False, {}, tuple(repairs))
    inner, entities = _without_prologue(text)
    if not _ROOT.match(inner):
        found = _unwrap(inner)
        if found is not None:
            repairs.append("unwrapped")
            inner, more = _without_prologue(found)
            entities = entities | more
    is_feed = _ROOT.match(inner) is not None
    return DecodedFeed(without_c1(inner) if is_feed else inner, name, is_feed, entities, tuple(repairs))


def unpack(body: bytes, max_bytes: int = MAX_UNPACKED_BYTES) -> bytes:
    """Gunzip a body that has no Content-Encoding for it, up to three layers; truncated gzip gives what it holds."""
    for _ in range(3):
        if not body.startswith(_GZIP_MAGIC):
            return body
        try:
            body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body, max_bytes)
        except zlib.error:
            return body
    return body


def _declared_charset(body: bytes) -> str | None:
    head = body[:4096]
    found = _XML_ENCODING.search(head) or _META_CHARSET.search(head)
    return found[1].decode("ascii", "replace") if found else None


def _without_prologue(text: str) -> tuple[str, dict[str, str]]:
    """The text from its root element on, and the entities of its DTD; skips declarations and comments."""
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
            entities = _dtd_entities(text[position : closing + 1]) if closing >= 0 else {}
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


def _dtd_entities(doctype: str) -> dict[str, str]:
    """The entities whose value is plain text. One that refers to another is left out: no exponential expansion."""
    found: dict[str, str] = {}
    for match in _ENTITY_DECLARATION.finditer(doctype):
        value = html.unescape(match[2] or match[3] or "")
        if not _REFERENCE.search(value):
            found[match[1]] = value
        if len(found) >= _MAX_ENTITIES:
            break
    return found


def _unwrap(text: str) -> str | None:
    """The feed inside other text (a web page, a log, an escaped feed in a `<pre>`); None where there is none."""
    found = _ROOT.search(text, 0, _MAX_ROOT_SEARCH_CHARS)
    if found is None:
        escaped = _ESCAPED_ROOT.search(text, 0, _MAX_ROOT_SEARCH_CHARS)
        if escaped is None:
            return None
        text = html.unescape(text[escaped.start() : escaped.start() + _MAX_ROOT_SEARCH_CHARS])
        found = _ROOT.match(text)
        if found is None:
            return None
    closing = text.rfind(f"</{text[found.start() + 1 : found.end()]}")
    end = text.find(">", closing) + 1 if closing >= 0 else 0
    return text[found.start() : end] if end else text[found.start() :]
