"""A text stored as its difference from a similar one, compressed."""

import zlib
from base64 import b85decode, b85encode

# Deflate refers back 32 KB at most (RFC 1951, section 2), so a longer dictionary is of no use.
_WINDOW_BYTES = 32 * 1024


def pack(text: str, similar: str) -> str:
    """`text` compressed with `similar` as dictionary (RFC 1950), as ASCII."""
    packer = zlib.compressobj(level=6, zdict=_dictionary(similar))
    return b85encode(packer.compress(text.encode("utf-8", "replace")) + packer.flush()).decode("ascii")


def unpack(packed: str, similar: str) -> str | None:
    """The text that was packed; None where it was packed with another similar, or is damaged."""
    try:
        unpacker = zlib.decompressobj(zdict=_dictionary(similar))
        data = unpacker.decompress(b85decode(packed))
        return data.decode() if unpacker.eof else None
    except (zlib.error, ValueError):
        return None


def _dictionary(similar: str) -> bytes:
    # zlib takes an empty dictionary for none, and would then unpack with any text.
    return similar.encode("utf-8", "replace")[:_WINDOW_BYTES] or b" "
