"""Header sections that servers get wrong and browsers read, repaired for aiohttp's parser. Pure.

The parser is strict. It refuses versions that do not exist, lines without a colon and a length that is given twice.
Only what is unambiguous is repaired: two different lengths stay an error.
"""

import re

_VALID_HEAD = re.compile(
    rb"HTTP/1\.[01] [1-9][0-9]{2}(?: [^\r\n\x00]*)?\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\x00]*\r\n)*\r\n"
)
_FRAMING_HEADER = re.compile(rb"\n(?:content-length|transfer-encoding):", re.IGNORECASE)
_CONTENT_LENGTH = re.compile(rb"\ncontent-length:[ \t]*[0-9]{1,18}[ \t]*\r\n", re.IGNORECASE)
_STATUS_LINE = re.compile(rb"(?:HTTP/[0-9](?:\.[0-9])?|ICY)[ \t]+([1-9][0-9]{2})(?![0-9])(.*)", re.IGNORECASE)
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(.*)")
_HEAD_PREFIXES = (b"http/", b"icy ")
_HTTP_1_0 = b"HTTP/1.0"


def looks_like_head(data: bytes) -> bool:
    """Whether these bytes begin as a response does, in any form that `repair_head` reads."""
    return data[:5].lower().startswith(_HEAD_PREFIXES)


def repair_head(head: bytes) -> bytes:
    """A status line and header section, up to and with the empty line, in a form that the parser takes.

    Unchanged where it is valid, and where it has no status line.
    """
    if _is_valid(head):
        return head
    first, *lines = head[:-4].replace(b"\x00", b"").split(b"\r\n")
    status = _STATUS_LINE.fullmatch(first)
    if status is None:
        return head
    version = _HTTP_1_0 if first.startswith(_HTTP_1_0) else b"HTTP/1.1"
    reason = status[2].strip().replace(b"\r", b"").replace(b"\n", b"")
    fields = _with_one_framing(_parse_fields(lines))
    return b"\r\n".join([b"%s %s %s" % (version, status[1], reason), *(b"%s: %s" % pair for pair in fields), b"", b""])


def _is_valid(head: bytes) -> bool:
    if not _VALID_HEAD.fullmatch(head):
        return False
    framing = len(_FRAMING_HEADER.findall(head))
    return framing == 0 or (framing == 1 and (b"chunked" in head or _CONTENT_LENGTH.search(head) is not None))


def _parse_fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Field names and values; other lines are left out, folded ones are joined (RFC 9112, section 5.2)."""
    pairs: list[tuple[bytes, bytes]] = []
    for line in lines:
        found = _FIELD.fullmatch(line)
        if line[:1] in (b" ", b"\t"):
            if pairs:
                pairs[-1] = (pairs[-1][0], pairs[-1][1] + b" " + line.strip())
        elif found:
            pairs.append((found[1], found[2].strip()))
    return pairs


def _with_one_framing(pairs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Chunks take precedence over a length; a length that is given twice is one (RFC 9112, section 6.3)."""
    rest = [pair for pair in pairs if pair[0].lower() not in (b"content-length", b"transfer-encoding")]
    codings = [value for name, value in pairs if name.lower() == b"transfer-encoding" and value.lower() != b"identity"]
    if codings:
        return [*rest, *((b"Transfer-Encoding", value) for value in codings)]
    given = [value for name, value in pairs if name.lower() == b"content-length"]
    lengths = {part.strip().removeprefix(b"+") for value in given for part in value.split(b",")} - {b""}
    return [*rest, *((b"Content-Length", value) for value in sorted(lengths))]
