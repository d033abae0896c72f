"""What the first bytes of an image say: its media type and its size in pixels. Pure.

The bytes alone decide: a server's Content-Type and the suffix of an address may be wrong. SVG is refused, because it is
a document that can hold scripts.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

#: The media types that are taken, and the suffix of a file of each.
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/bmp": "bmp",
}
#: Bytes from the start of an image in which its size is looked for.
MAX_HEAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Image:
    """What an image's bytes say: its media type, and its size in pixels where that is near their beginning."""

    type: str
    width: int | None = None
    height: int | None = None


def read_image(data: bytes) -> Image | None:
    """What image these bytes are: JPEG, PNG, GIF, WebP, AVIF or BMP; None for anything else."""
    for is_one, media_type, read in _KINDS:
        if is_one(data):
            return Image(media_type, *_size(read, data[:MAX_HEAD_BYTES]))
    return None


def why_not(data: bytes) -> str:
    """What the bytes are where `read_image` gives None, in words."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return "the answer is empty"
    if start.startswith(b"<") and b"<svg" in start:
        return "a drawing in SVG can hold scripts, and is not kept"
    return "the address serves a page" if start.startswith(b"<") else "no kind of image that is known"


def _size(read: Callable[[bytes], tuple[int, int] | None], data: bytes) -> tuple[int | None, int | None]:
    try:
        return read(data) or (None, None)
    except (struct.error, IndexError):
        return None, None


def _png(data: bytes) -> tuple[int, int]:
    # PNG (W3C, 11.2.1): the first chunk is IHDR.
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<ii", data, 18)
    return width, abs(height)


#: JPEG's frame headers (ITU T.81, B.1.1.3), and the markers that stand alone.
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            at += 2 + max(struct.unpack_from(">H", data, at + 2)[0], 2)
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    # RFC 9649, 2.5 to 2.7: three kinds of first chunk.
    chunk = data[12:16]
    if chunk == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if chunk == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _avif(data: bytes) -> tuple[int, int] | None:
    # ISO 23008-12, 6.5.3: the first spatial extents; a thumbnail's come later where there are any.
    at = data.find(b"ispe")
    if at < 0:
        return None
    width, height = struct.unpack_from(">II", data, at + 8)
    return width, height


_KINDS: tuple[tuple[Callable[[bytes], bool], str, Callable[[bytes], tuple[int, int] | None]], ...] = (
    (lambda data: data.startswith(b"\xff\xd8\xff"), "image/jpeg", _jpeg),
    (lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), "image/png", _png),
    (lambda data: data.startswith((b"GIF87a", b"GIF89a")), "image/gif", _gif),
    (lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", "image/webp", _webp),
    (lambda data: data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"), "image/avif", _avif),
    (lambda data: data[:2] == b"BM" and data[6:10] == b"\0\0\0\0", "image/bmp", _bmp),
)
