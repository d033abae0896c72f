"""Where HTML shows images, and what their first bytes say."""

import struct
import time
import zlib

import pytest

from ingestd.archive.images.formats import Image, read_image, refusal_reason
from ingestd.archive.images.html_images import MAX_IMAGES, image_urls, replace_image_urls
from tests.store import make

A, B = "https://a.example/1.jpg?x=1&y=2", "http://b.example/图.png"


def shown(content: str, image: str | None = None) -> tuple[str, ...]:
    return image_urls(make.post(content=content, image=image))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('<p><img src="https://a.example/1.jpg?x=1&amp;y=2" alt="x"></p>', (A,)),
        ("<IMG alt=x src=http://b.example/图.png/>", (B + "/",)),
        ("<img src='http://b.example/图.png'/>", (B,)),
        ('<img alt="a > b" src="http://b.example/图.png">', (B,)),
        ('<img alt=\'src="https://no.example/"\' src="http://b.example/图.png">', (B,)),
        ('<img alt="x" data-src="https://no.example/">', ()),
        ('<img src="data:image/gif;base64,R0lGOD"><img src="/relative.png"><img src="ftp://a.example/1">', ()),
        ('<img src="file:///etc/passwd"><img src=""><img>', ()),
        ("<imgx src=http://b.example/1><p>&lt;img src=http://b.example/2&gt;</p>", ()),
        (f'<img src="https://a.example/{"x" * 3000}">', ()),
        (f'<img src="{B}"><p><img src="{B}"></p>', (B,)),
    ],
)
def test_addresses(content, found):
    assert shown(content) == found


def test_the_lead_image_comes_first_and_once():
    assert shown(f'<img src="{B}"><img src="https://c.example/3">', B) == (B, "https://c.example/3")
    assert shown("<p>text</p>", "https://c.example/3") == ("https://c.example/3",)
    assert shown("<p>text</p>", "javascript:alert(1)") == ()


def test_a_post_wants_a_bounded_number():
    assert len(shown("".join(f'<img src="https://a.example/{n}">' for n in range(MAX_IMAGES * 2)))) == MAX_IMAGES


def test_sources_are_replaced_and_nothing_else():
    markup = (
        '<p>https://a.example/1.jpg?x=1&amp;y=2 <a href="https://a.example/1.jpg?x=1&amp;y=2">link</a>'
        '<img alt="https://b.example/" src="https://a.example/1.jpg?x=1&amp;y=2" title="t"><img src=\'http://b.example/图.png\'>'
        '<img src="https://elsewhere.example/3"></p>'
    )
    replaced = replace_image_urls(markup, {A: 'media/a&"1".jpg', B: "media/2.png"})
    assert '<img alt="https://b.example/" src="media/a&amp;&quot;1&quot;.jpg" title="t">' in replaced
    assert '<img src="media/2.png">' in replaced
    assert '<img src="https://elsewhere.example/3">' in replaced
    assert replaced.startswith(markup[: markup.index("<img")])
    assert replace_image_urls(markup, {}) == markup


@pytest.mark.parametrize(
    "hostile",
    [
        "<img " * 200_000,
        '<img "' * 200_000,
        "<img '\"<img \"'" * 100_000,
        "<img " + '"a"' * 400_000,
        "<img src=" * 200_000 + ">",
        "<img" + " " * 1_000_000,
        '<img x="' + "src=' " * 200_000 + '">',
        "<img " + "src " * 200_000 + ">",
    ],
    ids=range(8),
)
def test_no_text_makes_it_slow(hostile):
    started = time.process_time()
    replace_image_urls(hostile, {A: B})
    shown(hostile)
    assert time.process_time() - started < 20


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
def test_what_the_bytes_say(data, image):
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
def test_what_is_no_image(data, reason):
    assert read_image(data) is None
    assert reason in refusal_reason(data)


def test_a_jpeg_of_nothing_but_segments_ends():
    assert read_image(b"\xff\xd8\xff\xe1\0\2" * 1_000_000) == Image("image/jpeg")
    assert read_image(b"\xff\xd8" + b"\xff" * 1_000_000) == Image("image/jpeg")
