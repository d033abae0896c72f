"""Decoders for the content codings gzip, deflate, br and zstd (RFC 9110, section 8.4), and which one a body needs.

A Content-Encoding is only a hint: compressed bodies arrive without it, and plain ones with it. So the first bytes
decide. Every decoder gives its output in bounded pieces.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import brotli

from ingestd.model.errors import Outcome, PermanentError
from ingestd.text.zstd import ZstdError, new_decompressor

#: Bytes that a decoder gives at once.
OUTPUT_PIECE_BYTES = 256 * 1024
#: Content codings on top of each other. Real bodies have at most two; more only serve to hide a bomb.
MAX_ENCODING_LAYERS = 2
#: Members of one gzip file, or frames of Zstandard. Real files (bgzip) have some hundreds; each costs a new decoder.
MAX_MEMBERS = 2_000
#: Bytes that are enough to tell text from compressed data.
SNIFF_BYTES = 16

_GZIP_MAGIC = b"\x1f\x8b\x08"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# Bytes two to four of a skippable frame; its first byte is 0x50 to 0x5f (RFC 8878, section 3.1.2).
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"
_ASCII_TEXT = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))
# The largest window that a decoder must support and may limit itself to (RFC 9659, section 3), its memory: 8 MB.
_ZSTD_WINDOW_BITS = 23

#: What the decoders raise for data that they cannot read.
DECODER_ERRORS = (zlib.error, brotli.error, ZstdError, ValueError)


class Decoder(Protocol):
    """One layer of compression."""

    #: True once the compressed stream has reached its proper end.
    finished: bool

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """The output for `data`, in pieces of about `OUTPUT_PIECE_BYTES`. Raises one of `DECODER_ERRORS`."""


class _Zlib:
    """gzip, zlib or raw deflate (RFC 1952, 1950, 1951); several gzip members one after another."""

    def __init__(self, window_bits: int) -> None:
        self.finished = False
        self._window_bits = window_bits
        self._stream = zlib.decompressobj(window_bits)
        self._members = 1

    def pieces(self, data: bytes) -> Iterator[bytes]:
        full = False
        while data or full:
            if self.finished and not self._next_member(data):
                return
            piece = self._stream.decompress(data, OUTPUT_PIECE_BYTES)
            yield piece
            self.finished = self._stream.eof
            data = self._stream.unused_data if self.finished else self._stream.unconsumed_tail
            # After a full piece, output may be left inside the decoder although all input is consumed.
            full = len(piece) >= OUTPUT_PIECE_BYTES and not self.finished

    def _next_member(self, data: bytes) -> bool:
        """Start the next gzip member (RFC 1952, section 2.2); False for padding after the last one."""
        if self._window_bits < zlib.MAX_WBITS + 16 or not data.startswith(_GZIP_MAGIC[: len(data)]):
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise ValueError("more gzip members than any file needs")
        self._stream = zlib.decompressobj(self._window_bits)
        self.finished = False
        return True


class _Brotli:
    """Brotli (RFC 7932)."""

    def __init__(self) -> None:
        self.finished = False
        self._stream = brotli.Decompressor()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self.finished:
            return
        piece = self._stream.process(data, output_buffer_limit=OUTPUT_PIECE_BYTES)
        yield piece
        # After a full piece, output may be left inside the decoder although it would accept more input.
        while len(piece) >= OUTPUT_PIECE_BYTES or not self._stream.can_accept_more_data():
            piece = self._stream.process(b"", output_buffer_limit=OUTPUT_PIECE_BYTES)
            yield piece
        self.finished = self._stream.is_finished()


class _Zstandard:
    """Zstandard, several frames one after another (RFC 8878, section 3.1)."""

    def __init__(self) -> None:
        self.finished = False
        self._stream = new_decompressor(_ZSTD_WINDOW_BITS)
        self._frames = 1

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data or not (self.finished or self._stream.needs_input):
            if self.finished and not self._next_frame(data[: len(_ZSTD_MAGIC)]):
                return
            yield self._stream.decompress(data, OUTPUT_PIECE_BYTES)
            self.finished = self._stream.eof
            data = self._stream.unused_data if self.finished else b""

    def _next_frame(self, start: bytes) -> bool:
        """Start the next frame; False for other data after the last one, which is ignored."""
        if not _begins_zstd_frame(start):
            return False
        self._frames += 1
        if self._frames > MAX_MEMBERS:
            raise ValueError("more Zstandard frames than any body needs")
        self._stream = new_decompressor(_ZSTD_WINDOW_BITS)
        self.finished = False
        return True


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": lambda: _Zlib(zlib.MAX_WBITS + 16),
    "zlib": lambda: _Zlib(zlib.MAX_WBITS),
    "deflate": lambda: _Zlib(-zlib.MAX_WBITS),
    "br": _Brotli,
    "zstd": _Zstandard,
}
_ALIASES = {"x-gzip": "gzip", "gz": "gzip", "x-deflate": "deflate", "brotli": "br"}
_NO_ENCODING = frozenset({"", "identity", "none", "utf-8", "utf8", "binary", "text", "8bit", "chunked"})


def new_decoder(name: str) -> Decoder:
    """A decoder by a name that `sniff` gives."""
    return _DECODERS[name]()


def read_labels(encodings: Sequence[str]) -> list[str]:
    """The codings of the Content-Encoding headers `encodings`, in the order applied (RFC 9110, section 8.4).

    Words that name no coding are left out. Raises `PermanentError` (`BAD_ENCODING`) for more than
    `MAX_ENCODING_LAYERS`.
    """
    named = [part.strip().lower() for value in encodings for part in value.split(",")]
    labels = [_ALIASES.get(name, name) for name in named if name not in _NO_ENCODING]
    if len(labels) > MAX_ENCODING_LAYERS:
        raise too_many_layers()
    return labels


def sniff(data: bytes, label: str) -> str | None:
    """The name of the decoder for a body's first bytes, given its Content-Encoding; None where it is not compressed.

    Raises `PermanentError` (`BAD_ENCODING`) for an unknown coding around bytes that are no text.
    """
    if data.startswith(_GZIP_MAGIC):
        return "gzip"
    if data.startswith(_ZSTD_MAGIC):
        return "zstd"
    if not label or _looks_like_text(data):
        return None
    if label == "zstd" and len(data) >= len(_ZSTD_MAGIC) and _begins_zstd_frame(data[: len(_ZSTD_MAGIC)]):
        return "zstd"
    if label == "deflate":
        # RFC 9110, section 8.4.1.2, means zlib by it; many servers send raw deflate.
        return "zlib" if _has_zlib_header(data) else "deflate"
    if label == "br":
        return "br"
    raise PermanentError(Outcome.BAD_ENCODING, f"the body is said to be {label[:30]!r}, and is not")


def too_many_layers() -> PermanentError:
    """The error for a body with more codings than `MAX_ENCODING_LAYERS`."""
    return PermanentError(Outcome.BAD_ENCODING, f"the body is compressed more than {MAX_ENCODING_LAYERS} times over")


def _begins_zstd_frame(start: bytes) -> bool:
    """Whether a Zstandard frame begins so, as far as its first four bytes have come."""
    skippable = 0x50 <= start[0] <= 0x5F and start[1:] == _ZSTD_SKIPPABLE[: len(start) - 1]
    return skippable or start == _ZSTD_MAGIC[: len(start)]


def _has_zlib_header(data: bytes) -> bool:
    """Whether the first two bytes are a multiple of 31 and name method 8 (RFC 1950, section 2.2)."""
    return len(data) >= 2 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0


def _looks_like_text(data: bytes) -> bool:
    """Whether a body labelled as compressed begins as a plain feed or page does: ASCII after an opening bracket."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:SNIFF_BYTES]
    return start[:1] in (b"<", b"{", b"[") and all(byte in _ASCII_TEXT for byte in start)
