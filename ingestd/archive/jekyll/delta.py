"""A text kept beside one that is much like it, in the space of their difference."""

import zlib
from base64 import b85decode, b85encode

# Deflate looks back this far (RFC 1951), so more of the likeness would not be used.
_WINDOW = 32 * 1024


def pack(text: str, likeness: str) -> str:
    """`text` compressed with `likeness` as dictionary (RFC 1950), as ASCII."""
    packer = zlib.compressobj(level=6, zdict=_dictionary(likeness))
    return b85encode(packer.compress(text.encode("utf-8", "replace")) + packer.flush()).decode("ascii")


def unpack(packed: str, likeness: str) -> str | None:
    """The text that was packed; None where it was packed with another likeness, or is damaged."""
    try:
        unpacker = zlib.decompressobj(zdict=_dictionary(likeness))
        data = unpacker.decompress(b85decode(packed))
        return data.decode() if unpacker.eof else None
    except (zlib.error, ValueError):
        return None


def _dictionary(likeness: str) -> bytes:
    # An empty dictionary counts as none, and then any likeness would do.
    return likeness.encode("utf-8", "replace")[:_WINDOW] or b" "
