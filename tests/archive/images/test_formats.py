"""The media type and the size of an image, by its first bytes."""

import struct
import zlib

import pytest

from ingestd.archive.images.formats import Image, read_image, refusal_reason


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width: int, height: int, *, exif: int = 100) -> bytes:
    head = b"\xff\xe1" + struct.pack(">H", exif + 2) + b"\xff\xc0" * (exif // 2)
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8" + head + b"\xff\xff" + frame + b"\xff\xda\0\0\xff\xd9"


def riff(kind: bytes, data: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(data) + 12) + b"WEBP" + kind + struct.pack("<I", len(data)) + data


def ispe(width: int, height: int) -> bytes:
    return b"\0\0\0\x20ftypavif" + bytes(40) + b"\0\0\0\x14ispe" + struct.pack(">III", 0, width, height)


@pytest.mark.parametrize(
    ("data", "image"),
    [
        (png(640, 480), Image("image/png", 640, 480)),
        (b"GIF89a" + struct.pack("<HH", 640, 480) + bytes(9), Image("image/gif", 640, 480)),
        (b"GIF87a" + struct.pack("<HH", 1, 1) + bytes(9), Image("image/gif", 1, 1)),
        (jpeg(640, 480), Image("image/jpeg", 640, 480)),
        (jpeg(640, 480, exif=60_000), Image("image/jpeg", 640, 480)),
        (b"\xff\xd8\xff\xda\0\0", Image("image/jpeg")),
        (riff(b"VP8X", bytes(4) + bytes((127, 2, 0, 223, 1, 0))), Image("image/webp", 640, 480)),
        (riff(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 479 << 14)), Image("image/webp", 640, 480)),
        (riff(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 640, 480)), Image("image/webp", 640, 480)),
        (riff(b"ODD ", b"xx"), Image("image/webp")),
        (ispe(640, 480), Image("image/avif", 640, 480)),
        (b"\0\0\0\x20ftypavif", Image("image/avif")),
        (b"BM" + struct.pack("<IIIIii", 99, 0, 54, 40, 640, -480), Image("image/bmp", 640, 480)),
        (b"\x89PNG\r\n\x1a\n", Image("image/png")),
    ],
    ids=lambda value: value.type if isinstance(value, Image) else None,
)
def test_media_type_and_size_of_first_bytes(data, image):
    assert read_image(data) == image


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the answer is empty"),
        (b"  \n", "the answer is empty"),
        (b"<!doctype html><p>404", "the address serves a page"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "SVG"),
        (b"<SVG onload=alert(1)>", "SVG"),
        (b"\x1f\x8b\x08rest", "no kind of image"),
        (b"\0\0\0\x20ftypmp42", "no kind of image"),
        (b"MZ\x90", "no kind of image"),
        (b"BM, a text that begins so", "no kind of image"),
        (b"RIFF\0\0\0\0WAVEfmt ", "no kind of image"),
    ],
)
def test_other_bytes_are_no_image(data, reason):
    assert read_image(data) is None
    assert reason in refusal_reason(data)


def test_jpeg_of_segments_only_is_bounded():
    assert read_image(b"\xff\xd8\xff\xe1\0\2" * 1_000_000) == Image("image/jpeg")
    assert read_image(b"\xff\xd8" + b"\xff" * 1_000_000) == Image("image/jpeg")
