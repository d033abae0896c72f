"""The media type of an image and its size in pixels, by its first bytes. Pure.

A server's Content-Type and the suffix of a URL are not used, because they may be wrong. SVG is refused, because it is a
document that can hold scripts.
"""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass

import imagesize

#: The media types that are accepted, and the file suffix of each.
FILE_SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/bmp": "bmp",
}
#: Bytes at the start of an image that are searched for its size.
MAX_HEAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Image:
    """The media type of an image, and its size in pixels where its first MAX_HEAD_BYTES hold that."""

    type: str
    width: int | None = None
    height: int | None = None


def read_image(data: bytes) -> Image | None:
    """The type and size of a JPEG, PNG, GIF, WebP, AVIF or BMP; None for any other bytes."""
    for is_type, media_type in _TYPES:
        if is_type(data):
            read_size = _avif_size if media_type == "image/avif" else _size
            return Image(media_type, *(read_size(data[:MAX_HEAD_BYTES]) or (None, None)))
    return None


def refusal_reason(data: bytes) -> str:
    """The reason, for a log, why `read_image` gives None for these bytes."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return "the answer is empty"
    if start.startswith(b"<") and b"<svg" in start:
        return "a drawing in SVG can hold scripts, and is not kept"
    return "the address serves a page" if start.startswith(b"<") else "no kind of image that is known"


def _size(data: bytes) -> tuple[int, int] | None:
    try:
        # The size as stored, not turned by the Exif orientation.
        width, height = imagesize.get(io.BytesIO(data), exif_rotation=False)
    except (ValueError, struct.error, IndexError, OSError):
        return None
    return (width, height) if min(width, height) >= 0 else None


def _avif_size(data: bytes) -> tuple[int, int] | None:
    # The first `ispe` box (ISO 23008-12, 6.5.3) is that of the image, later ones of its thumbnails. imagesize is not
    # used, because it needs all boxes complete, and the data may be cut.
    at = data.find(b"ispe")
    if at < 0 or at + 16 > len(data):
        return None
    width, height = struct.unpack_from(">II", data, at + 8)
    return width, height


_TYPES: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda data: data.startswith(b"\xff\xd8\xff"), "image/jpeg"),
    (lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), "image/png"),
    (lambda data: data.startswith((b"GIF87a", b"GIF89a")), "image/gif"),
    (lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", "image/webp"),
    (lambda data: data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis"), "image/avif"),
    (lambda data: data[:2] == b"BM" and data[6:10] == b"\0\0\0\0", "image/bmp"),
)
