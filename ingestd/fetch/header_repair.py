"""Answers' heads, mended where servers get them wrong and browsers read them all the same. Pure.

The parser below is strict. What it would refuse is often only a slip: a version that does not exist, a line without a
colon, a length given twice. Mending is limited to what leaves no doubt: two different lengths stay an error.
"""

import re

_GOOD = re.compile(
    rb"HTTP/1\.[01] [1-9][0-9]{2}(?: [^\r\n\x00]*)?\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\x00]*\r\n)*\r\n"
)
_FRAMED = re.compile(rb"\n(?:content-length|transfer-encoding):", re.IGNORECASE)
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*[0-9]{1,18}[ \t]*\r\n", re.IGNORECASE)
_FIRST = re.compile(rb"(?:HTTP/[0-9](?:\.[0-9])?|ICY)[ \t]+([1-9][0-9]{2})(?![0-9])(.*)", re.IGNORECASE)
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(.*)")
_BEGINNINGS = (b"http/", b"icy ")
_KEEPS_OLD_VERSION = b"HTTP/1.0"


def may_be_head(data: bytes) -> bool:
    """Whether these bytes begin as an answer does, in any of the forms that can be mended."""
    return data[:5].lower().startswith(_BEGINNINGS)


def mend(head: bytes) -> bytes:
    """A head, from its status line to the empty line, in a form that the parser takes; unchanged where it is good."""
    framed = len(_FRAMED.findall(head))
    if _GOOD.fullmatch(head) and (framed == 0 or (framed == 1 and (b"chunked" in head or _LENGTH.search(head)))):
        return head
    first, *lines = head[:-4].replace(b"\x00", b"").split(b"\r\n")
    status = _FIRST.fullmatch(first)
    if status is None:
        return head
    version = _KEEPS_OLD_VERSION if first.startswith(_KEEPS_OLD_VERSION) else b"HTTP/1.1"
    reason = status[2].strip().replace(b"\r", b"").replace(b"\n", b"")
    headers = _framed_once(_unfolded(lines))
    return b"\r\n".join([b"%s %s %s" % (version, status[1], reason), *(b"%s: %s" % pair for pair in headers), b"", b""])


def _unfolded(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Header names and values; lines that are none are left out, continuations joined (RFC 9112, 5.2)."""
    pairs: list[tuple[bytes, bytes]] = []
    for line in lines:
        found = _HEADER.fullmatch(line)
        if line[:1] in (b" ", b"\t"):
            if pairs:
                pairs[-1] = (pairs[-1][0], pairs[-1][1] + b" " + line.strip())
        elif found:
            pairs.append((found[1], found[2].strip()))
    return pairs


def _framed_once(pairs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """One framing: chunks win over a length (RFC 9112, 6.3), one length given twice is one length."""
    rest = [pair for pair in pairs if pair[0].lower() not in (b"content-length", b"transfer-encoding")]
    codings = [value for name, value in pairs if name.lower() == b"transfer-encoding" and value.lower() != b"identity"]
    if codings:
        return [*rest, *((b"Transfer-Encoding", value) for value in codings)]
    given = [value for name, value in pairs if name.lower() == b"content-length"]
    lengths = {part.strip().removeprefix(b"+") for value in given for part in value.split(b",")} - {b""}
    return [*rest, *((b"Content-Length", value) for value in sorted(lengths))]
