"""Bodies decompressed piece by piece within bounds.

What a server says about its encoding is a hint: compressed bodies arrive without the label, and plain ones with it, so
the first bytes decide. Every decoder gives its output in bounded pieces, and what they have given is counted while they
work, so a bomb ends after its first megabytes whatever it would have grown to.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import brotli
import zstandard

from ingestd.fetch.limits import MAX_WIRE
from ingestd.model.errors import Outcome, PermanentError, TemporaryError

#: Bytes that a decoder gives at once.
PIECE = 256 * 1024
#: More layers than two have no use but to hide a bomb.
MAX_LAYERS = 2
#: Beyond this size, more than `MAX_RATIO` bytes for each byte on the wire is a bomb.
FREE_SIZE = 1_000_000
MAX_RATIO = 100
#: Members of one gzip file, or frames of Zstandard: real ones (bgzip) have some hundreds, and each costs a new decoder.
MAX_MEMBERS = 2_000

_GZIP_MAGIC = b"\x1f\x8b\x08"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# Frames of the user's own, which a decoder passes over: their first byte is 0x50 to 0x5f (RFC 8878, 3.1.2).
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"
_ASCII_TEXT = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))
# Enough to tell text from compressed data by its looks.
_SNIFF = 16
# One Zstandard block of 4 bytes can stand for 128 KB, and the decoder cannot be stopped inside a call: 2 MB at most.
_ZSTD_SLICE = 64
#: The window that a decoder must offer, and may refuse to go beyond (RFC 9659): what it costs in memory.
_ZSTD_WINDOW = 8 * 1024 * 1024


class Decoder(Protocol):
    """One layer of compression."""

    #: True once the compressed stream has ended properly.
    finished: bool

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What `data` adds, in pieces of about `PIECE` bytes. Raises the library's own error for bad data."""


class _Zlib:
    """gzip, zlib or raw deflate, several gzip members one after another."""

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
            piece = self._stream.decompress(data, PIECE)
            yield piece
            self.finished = self._stream.eof
            data = self._stream.unused_data if self.finished else self._stream.unconsumed_tail
            # A full piece may have left output inside the decoder although it has eaten all the input.
            full = len(piece) >= PIECE and not self.finished

    def _next_member(self, data: bytes) -> bool:
        """Whether another gzip member follows; zeros and other padding after the last one are ignored."""
        if self._window_bits < zlib.MAX_WBITS + 16 or not data.startswith(_GZIP_MAGIC[: len(data)]):
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise ValueError("more gzip members than any file needs")
        self._stream = zlib.decompressobj(self._window_bits)
        self.finished = False
        return True


class _Brotli:
    def __init__(self) -> None:
        self.finished = False
        self._stream = brotli.Decompressor()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self.finished:
            return
        piece = self._stream.process(data, output_buffer_limit=PIECE)
        yield piece
        # A full piece may have left output inside the decoder although it would take more input.
        while len(piece) >= PIECE or not self._stream.can_accept_more_data():
            piece = self._stream.process(b"", output_buffer_limit=PIECE)
            yield piece
        self.finished = self._stream.is_finished()


class _Zstandard:
    """Zstandard, several frames one after another (RFC 8878, 3.1)."""

    def __init__(self) -> None:
        self.finished = False
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._stream = self._decompressor.decompressobj()
        self._frames = 1

    def pieces(self, data: bytes) -> Iterator[bytes]:
        place = 0
        while place < len(data):
            if self.finished and not self._next_frame(data[place : place + len(_ZSTD_MAGIC)]):
                return
            part = data[place : place + _ZSTD_SLICE]
            yield self._stream.decompress(part)
            self.finished = self._stream.eof
            place += len(part) - len(self._stream.unused_data)

    def _next_frame(self, start: bytes) -> bool:
        """Whether another frame follows; what else stands after the last one is ignored."""
        if not _begins_frame(start):
            return False
        self._frames += 1
        if self._frames > MAX_MEMBERS:
            raise ValueError("more Zstandard frames than any body needs")
        self._stream = self._decompressor.decompressobj()
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


class Body:
    """A body that grows by what arrives, decompressed within `max_body` bytes.

    `encodings` are the values of the Content-Encoding headers. Raises `PermanentError`: `TOO_LARGE` for a body or a
    bomb beyond the bounds, `BAD_ENCODING` for compressed data that cannot be read or an encoding nobody knows.
    """

    def __init__(self, encodings: Sequence[str], max_body: int) -> None:
        self._labels = read_labels(encodings)
        self._max_body = max_body
        self._decoders: list[Decoder] = []
        self._layers_open = True
        self._spent = [0] * MAX_LAYERS
        self._waiting = b""
        self._out = bytearray()
        self.wire = 0

    @property
    def size(self) -> int:
        """Bytes decompressed so far."""
        return len(self._out)

    @property
    def work(self) -> int:
        """Bytes that all layers together have given so far: what decompressing has cost."""
        return sum(self._spent)

    @property
    def compressed(self) -> bool:
        """Whether any layer of compression was found."""
        return bool(self._decoders)

    @property
    def finished(self) -> bool:
        """Whether the compressed data has ended properly, so that nothing can be missing."""
        return self.compressed and all(decoder.finished for decoder in self._decoders)

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the wire."""
        self.wire += len(data)
        if self.compressed and self.wire > MAX_WIRE:
            raise PermanentError(Outcome.TOO_LARGE, f"the compressed body is larger than {MAX_WIRE} bytes")
        self._take(data, 0)

    def tail(self, size: int) -> bytes:
        """The last bytes so far."""
        return bytes(self._out[-size:]) if self._out else self._waiting

    def start(self, size: int) -> bytes:
        """The first bytes so far."""
        return bytes(self._out[:size]) if self._out else self._waiting

    def whole(self) -> bytes:
        """The whole body. Raises `TemporaryError` (`CONNECTION_LOST`) where its compressed data just stops."""
        while self._layers_open and self._waiting:
            self._settle(len(self._decoders))
        if self.compressed and not self.finished:
            raise TemporaryError(Outcome.CONNECTION_LOST, "the compressed body is cut off before its end")
        return bytes(self._out)

    def _take(self, data: bytes, layer: int) -> None:
        if layer < len(self._decoders):
            self._decode(data, layer)
        elif self._layers_open:
            self._waiting += data
            if len(self._waiting) >= _SNIFF:
                self._settle(layer)
        else:
            self._grow(data)

    def _settle(self, layer: int) -> None:
        """Decide what the bytes at this depth are: another layer of compression, or the body itself."""
        label = self._labels.pop() if self._labels else ""
        waiting, self._waiting = self._waiting, b""
        name = sniff(waiting, label)
        if name is None:
            self._layers_open = bool(self._labels)
        elif layer >= MAX_LAYERS:
            raise PermanentError(Outcome.BAD_ENCODING, f"the body is compressed more than {MAX_LAYERS} times over")
        else:
            self._decoders.append(_DECODERS[name]())
        self._take(waiting, layer)

    def _decode(self, data: bytes, layer: int) -> None:
        try:
            for piece in self._decoders[layer].pieces(data):
                self._count(len(piece), layer)
                if piece:
                    self._take(piece, layer + 1)
        except (zlib.error, brotli.error, zstandard.ZstdError, ValueError) as problem:
            raise PermanentError(Outcome.BAD_ENCODING, f"the compressed body cannot be read: {problem}") from problem

    def _count(self, size: int, layer: int) -> None:
        """Count what one layer has given: the inner layers too, which cost time although nobody keeps their output."""
        spent = self._spent[layer] = self._spent[layer] + size
        if spent > FREE_SIZE and spent > MAX_RATIO * self.wire:
            raise PermanentError(
                Outcome.TOO_LARGE, f"a compression bomb: {self.wire} bytes on the wire became more than {spent} bytes"
            )
        if spent > self._max_body:
            raise too_large(self._max_body)

    def _grow(self, data: bytes) -> None:
        if len(self._out) + len(data) > self._max_body:
            raise too_large(self._max_body)
        self._out += data


def too_large(limit: int) -> PermanentError:
    """The error for a body beyond the configured bound."""
    return PermanentError(Outcome.TOO_LARGE, f"the body is larger than {limit} bytes")


def read_labels(encodings: Sequence[str]) -> list[str]:
    """The encodings in the order in which they were applied, those that mean nothing left out (RFC 9110, 8.4).

    Raises `PermanentError` (`BAD_ENCODING`) for more than any body needs.
    """
    named = [part.strip().lower() for value in encodings for part in value.split(",")]
    labels = [_ALIASES.get(name, name) for name in named if name not in _NO_ENCODING]
    if len(labels) > MAX_LAYERS:
        raise PermanentError(Outcome.BAD_ENCODING, f"the body is compressed more than {MAX_LAYERS} times over")
    return labels


def sniff(data: bytes, label: str) -> str | None:
    """The decoder for these first bytes, given what the server called them; None where they are not compressed.

    Raises `PermanentError` (`BAD_ENCODING`) for an encoding that nobody knows around bytes that are no text.
    """
    if data.startswith(_GZIP_MAGIC):
        return "gzip"
    if data.startswith(_ZSTD_MAGIC):
        return "zstd"
    if not label or _looks_like_text(data):
        return None
    if label == "zstd" and len(data) >= len(_ZSTD_MAGIC) and _begins_frame(data[: len(_ZSTD_MAGIC)]):
        return "zstd"
    if label == "deflate":
        return "zlib" if _zlib_header(data) else "deflate"
    if label == "br":
        return "br"
    raise PermanentError(Outcome.BAD_ENCODING, f"the body is said to be {label[:30]!r}, and is not")


def _begins_frame(start: bytes) -> bool:
    """Whether Zstandard's next frame begins so, as far as its first four bytes have come."""
    skippable = 0x50 <= start[0] <= 0x5F and start[1:] == _ZSTD_SKIPPABLE[: len(start) - 1]
    return skippable or start == _ZSTD_MAGIC[: len(start)]


def _zlib_header(data: bytes) -> bool:
    """RFC 1950, 2.2: the first two bytes are a multiple of 31 and name method 8."""
    return len(data) >= 2 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0


def _looks_like_text(data: bytes) -> bool:
    """Whether a body labelled as compressed begins as a plain feed or page does: ASCII after an opening bracket."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:_SNIFF]
    return start[:1] in (b"<", b"{", b"[") and all(byte in _ASCII_TEXT for byte in start)
