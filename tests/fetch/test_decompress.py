"""Bodies decompressed within bounds: what is read, what is refused, and how much memory a bomb gets."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache

import brotli
import pytest

from ingestd.fetch.content_codings import MAX_MEMBERS
from ingestd.fetch.decompress import DecompressedBody
from ingestd.model.errors import Outcome, PermanentError, PollError
from ingestd.text.zstd import zstd

TEXT = "<?xml version='1.0'?><rss><channel><title>联合早报</title></channel></rss>".encode() * 50
GZIP = gzip.compress(TEXT)
LIMIT = 15_000_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zstd_stream(data: bytes, **parameters: int) -> bytes:
    """Zstandard of a server that does not know the size in advance."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter[name]: value for name, value in parameters.items()})
    return packer.compress(data) + packer.flush()


SKIPPED = b"\x5a\x2a\x4d\x18\x05\x00\x00\x00hello"


def read(data: bytes, *encodings: str, piece: int = 1000, limit: int = LIMIT) -> bytes:
    body = DecompressedBody(encodings, limit)
    for start in range(0, len(data), piece):
        body.feed(data[start : start + piece])
    return body.whole()


READABLE = [
    ("plain", TEXT, ()),
    ("plain, with words that mean nothing", TEXT, ("identity, utf-8",)),
    ("gzip", GZIP, ("gzip",)),
    ("gzip under its old name", GZIP, ("X-GZIP",)),
    ("gzip in two members", gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]), ("gzip",)),
    ("gzip with padding after it", GZIP + b"\0" * 2000, ("gzip",)),
    ("gzip with garbage after it", GZIP + b"<!-- cached -->", ("gzip",)),
    ("gzip without a label", GZIP, ()),
    ("gzip called deflate", GZIP, ("deflate",)),
    ("gzip called br", GZIP, ("br",)),
    ("plain called gzip", TEXT, ("gzip",)),
    ("plain called br", TEXT, ("br",)),
    ("plain called something unknown", TEXT, ("x-own-invention",)),
    ("JSON called deflate", b'{"version": "https://jsonfeed.org/version/1"}', ("deflate",)),
    ("zlib", zlib.compress(TEXT), ("deflate",)),
    ("raw deflate", raw_deflate(TEXT), ("deflate",)),
    ("brotli", brotli.compress(TEXT), ("br",)),
    ("zstd", zstd.compress(TEXT), ("zstd",)),
    ("zstd in two frames", zstd.compress(TEXT[:99]) + zstd.compress(TEXT[99:]), ("zstd",)),
    ("zstd between frames to be skipped", SKIPPED + zstd.compress(TEXT) + SKIPPED, ("zstd",)),
    ("zstd with padding after it", zstd.compress(TEXT) + bytes(2000), ("zstd",)),
    ("zstd with garbage after it", zstd.compress(TEXT) + b"<!-- cached -->", ("zstd",)),
    ("zstd as a stream without its size", zstd_stream(TEXT), ("zstd",)),
    ("zstd with a checksum", zstd.compress(TEXT, options={zstd.CompressionParameter.checksum_flag: 1}), ("zstd",)),
    ("zstd with the largest window that counts", zstd_stream(TEXT, window_log=23), ("zstd",)),
    ("zstd without a label", zstd.compress(TEXT), ()),
    ("plain called zstd", TEXT, ("zstd",)),
    ("gzip called zstd", GZIP, ("zstd",)),
    ("zstd in gzip", gzip.compress(zstd.compress(TEXT)), ("zstd, gzip",)),
    ("gzip in zstd", zstd.compress(GZIP), ("gzip, zstd",)),
    ("zstd called gzip", zstd.compress(TEXT), ("gzip",)),
    ("gzip in gzip", gzip.compress(GZIP), ("gzip, gzip",)),
    ("gzip in gzip, labelled once", gzip.compress(GZIP), ("gzip",)),
    ("a .gz file, compressed once more on the way", gzip.compress(GZIP), ()),
    ("deflate in brotli", brotli.compress(zlib.compress(TEXT)), ("deflate, br",)),
    ("brotli in gzip, in two headers", gzip.compress(brotli.compress(TEXT)), ("br", "gzip")),
]


@pytest.mark.parametrize("piece", [1, 17, 100_000])
@pytest.mark.parametrize(("name", "data", "encodings"), READABLE, ids=[row[0] for row in READABLE])
def test_read(name, data, encodings, piece):
    expected = data if data.startswith(b"{") else TEXT
    assert read(data, *encodings, piece=piece) == expected


LONG = b" ".join(b"<item><title>%d</title></item>" % (number * 7919 % 100_003) for number in range(100_000))
LONG_BODIES = {
    "gzip": (gzip.compress(LONG), "gzip"),
    "zlib": (zlib.compress(LONG), "deflate"),
    "brotli": (brotli.compress(LONG, quality=1), "br"),
    "zstd": (zstd.compress(LONG), "zstd"),
}


@pytest.mark.parametrize("piece", [1000, 16_384, 10_000_000])
@pytest.mark.parametrize("name", LONG_BODIES)
def test_a_long_body_is_read_to_its_end_whatever_the_pieces(name, piece):
    """A decoder may hold on to output after it has eaten all the input."""
    data, encoding = LONG_BODIES[name]
    assert read(data, encoding, piece=piece) == LONG


@pytest.mark.parametrize("body", [b"", b"<", b"\x1f\x8b", b"\x1f", b"short"])
def test_bodies_too_short_to_be_anything_are_themselves(body):
    assert read(body) == body


ZSTD_CHECKED = zstd.compress(TEXT, options={zstd.CompressionParameter.checksum_flag: 1})
UNREADABLE = [
    ("gzip cut off", GZIP[:-20], ("gzip",), Outcome.CONNECTION_LOST),
    ("gzip without its last bytes", GZIP[:-4], ("gzip",), Outcome.CONNECTION_LOST),
    ("brotli cut off", brotli.compress(TEXT)[:-3], ("br",), Outcome.CONNECTION_LOST),
    ("zstd cut off", zstd.compress(TEXT)[:-3], ("zstd",), Outcome.CONNECTION_LOST),
    ("zstd cut off in its second frame", (zstd.compress(TEXT) * 2)[:-3], ("zstd",), Outcome.CONNECTION_LOST),
    (
        "zstd cut off in its second frame's first bytes",
        zstd.compress(TEXT) + b"\x28\xb5",
        ("zstd",),
        Outcome.CONNECTION_LOST,
    ),
    ("zstd with a wrong checksum", ZSTD_CHECKED[:-1] + bytes([ZSTD_CHECKED[-1] ^ 1]), ("zstd",), Outcome.BAD_ENCODING),
    ("zstd damaged", ZSTD_CHECKED[:8] + b"\xff" * 40 + ZSTD_CHECKED[48:], ("zstd",), Outcome.BAD_ENCODING),
    (
        "zstd that needs a dictionary",
        b"\x28\xb5\x2f\xfd\x23\x01\x02\x03\x04\x10" + bytes(50),
        ("zstd",),
        Outcome.BAD_ENCODING,
    ),
    ("zstd with a window of 2 GB", b"\x28\xb5\x2f\xfd\x00\xa8" + bytes(50), ("zstd",), Outcome.BAD_ENCODING),
    ("noise called zstd", b"\xff" * 100, ("zstd",), Outcome.BAD_ENCODING),
    ("more frames than any body has", zstd.compress(b"") * (MAX_MEMBERS + 1), ("zstd",), Outcome.BAD_ENCODING),
    ("zlib cut off", zlib.compress(TEXT)[:-6], ("deflate",), Outcome.CONNECTION_LOST),
    ("gzip damaged", GZIP[:30] + bytes(20) + GZIP[50:], ("gzip",), Outcome.BAD_ENCODING),
    ("gzip with a wrong checksum", GZIP[:-8] + b"\1\2\3\4" + GZIP[-4:], ("gzip",), Outcome.BAD_ENCODING),
    ("noise called br", b"\xff" * 100, ("br",), Outcome.BAD_ENCODING),
    ("noise called gzip", b"\xfe" * 100, ("gzip",), Outcome.BAD_ENCODING),
    ("noise called compress", b"\x1f\x9d\x90" * 30, ("compress",), Outcome.BAD_ENCODING),
    ("three layers", gzip.compress(gzip.compress(GZIP)), (), Outcome.BAD_ENCODING),
    ("three labels", TEXT, ("gzip, br, deflate",), Outcome.BAD_ENCODING),
    ("a thousand labels", TEXT, ("gzip," * 1000,), Outcome.BAD_ENCODING),
    ("more members than any file has", gzip.compress(b"") * (MAX_MEMBERS + 1), ("gzip",), Outcome.BAD_ENCODING),
    ("a plain body too large", b"x" * 1001, (), Outcome.TOO_LARGE),
]


@pytest.mark.parametrize(("name", "data", "encodings", "outcome"), UNREADABLE, ids=[row[0] for row in UNREADABLE])
def test_refused(name, data, encodings, outcome):
    with pytest.raises(PollError) as caught:
        read(data, *encodings, limit=1000 if outcome is Outcome.TOO_LARGE else LIMIT)
    assert caught.value.outcome is outcome


def gzip_bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1_000_000)
    return b"".join(packer.compress(zeros) for _ in range(size // len(zeros))) + packer.flush()


# A window of 8 MB, and one byte repeated 128 KB in every four bytes (RFC 8878, 3.1.1.2.2).
_RLE_BLOCK = (0 | 1 << 1 | (128 * 1024) << 3).to_bytes(3, "little") + b"x"
DENSE_ZSTD = b"\x28\xb5\x2f\xfd\x00\x68" + _RLE_BLOCK * 50_000

BOMBS: dict[str, tuple[Callable[[], bytes], tuple[str, ...]]] = {
    "gzip": (lambda: gzip_bomb(80_000_000), ("gzip",)),
    "gzip without a label": (lambda: gzip_bomb(80_000_000), ()),
    "gzip in gzip": (lambda: gzip.compress(gzip_bomb(80_000_000)), ("gzip, gzip",)),
    "gzip in gzip, labelled once": (lambda: gzip.compress(gzip_bomb(80_000_000)), ("gzip",)),
    "zlib": (lambda: zlib.compress(bytes(80_000_000)), ("deflate",)),
    "brotli": (lambda: brotli.compress(bytes(80_000_000), quality=5), ("br",)),
    "zstd": (lambda: zstd.compress(bytes(80_000_000)), ("zstd",)),
    "zstd without a label": (lambda: zstd.compress(bytes(80_000_000)), ()),
    "zstd in gzip": (lambda: gzip.compress(zstd.compress(bytes(80_000_000))), ("zstd, gzip",)),
    "gzip in zstd": (lambda: zstd.compress(gzip_bomb(80_000_000)), ("gzip, zstd",)),
    "zstd of the densest blocks": (lambda: DENSE_ZSTD, ("zstd",)),
    "many frames": (lambda: zstd.compress(bytes(1_000_000)) * 100, ("zstd",)),
    "many members": (lambda: gzip.compress(bytes(1_000_000)) * 100, ("gzip",)),
}


@cache
def made_bomb(name: str) -> tuple[bytes, tuple[str, ...]]:
    make, encodings = BOMBS[name]
    return make(), encodings


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("piece", [pytest.param(100, marks=pytest.mark.slow), 65_536])
def test_a_bomb_ends_early_and_costs_little(name, piece):
    data, encodings = made_bomb(name)
    tracemalloc.start()
    with pytest.raises(PermanentError) as caught:
        read(data, *encodings, piece=piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.outcome is Outcome.TOO_LARGE
    assert peak < 30_000_000


def test_zstd_with_a_huge_window_is_refused():
    data = zstd_stream(TEXT * 10, window_log=27)
    with pytest.raises(PermanentError) as caught:
        read(data, "zstd")
    assert caught.value.outcome is Outcome.BAD_ENCODING


def test_text_that_compresses_very_well_is_no_bomb_below_a_megabyte():
    assert read(gzip.compress(b" " * 900_000), "gzip") == b" " * 900_000
