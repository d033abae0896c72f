"""A body decompressed piece by piece within bounds.

All output of all decoders is counted as it is produced, so a decompression bomb ends after its first megabytes,
whatever its full size.
"""

from collections.abc import Sequence

from ingestd.fetch.content_codings import (
    DECODER_ERRORS,
    MAX_ENCODING_LAYERS,
    SNIFF_BYTES,
    Decoder,
    new_decoder,
    read_labels,
    sniff,
    too_many_layers,
)
from ingestd.fetch.limits import MAX_WIRE_BYTES
from ingestd.model.errors import Outcome, PermanentError, TemporaryError

#: Output up to this size may have any ratio to the bytes on the wire. Beyond it, a larger ratio than
#: `MAX_COMPRESSION_RATIO` is a bomb.
RATIO_EXEMPT_BYTES = 1_000_000
MAX_COMPRESSION_RATIO = 100


class DecompressedBody:
    """A body that grows by what arrives, decompressed within `max_body` bytes.

    `encodings` are the values of the Content-Encoding headers. Raises `PermanentError`: `TOO_LARGE` for a body or a
    bomb beyond the bounds, `BAD_ENCODING` for compressed data that cannot be read or an unknown encoding.
    """

    def __init__(self, encodings: Sequence[str], max_body: int) -> None:
        self._labels = read_labels(encodings)
        self._max_body = max_body
        self._decoders: list[Decoder] = []
        self._layers_open = True
        self._layer_bytes = [0] * MAX_ENCODING_LAYERS
        self._unsniffed = b""
        self._output = bytearray()
        #: Bytes taken from the wire so far.
        self.wire_bytes = 0

    @property
    def size(self) -> int:
        """Bytes of the body so far."""
        return len(self._output)

    @property
    def decoded_bytes(self) -> int:
        """Bytes that all layers together have produced so far: the measure of what decompressing has cost."""
        return sum(self._layer_bytes)

    @property
    def compressed(self) -> bool:
        """Whether any layer of compression was found."""
        return bool(self._decoders)

    @property
    def finished(self) -> bool:
        """Whether the compressed data has reached its proper end, so that nothing can be missing."""
        return self.compressed and all(decoder.finished for decoder in self._decoders)

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the wire."""
        self.wire_bytes += len(data)
        if self.compressed and self.wire_bytes > MAX_WIRE_BYTES:
            raise PermanentError(Outcome.TOO_LARGE, f"the compressed body is larger than {MAX_WIRE_BYTES} bytes")
        self._pass_to_layer(data, 0)

    def tail(self, size: int) -> bytes:
        """The last bytes so far."""
        return bytes(self._output[-size:]) if self._output else self._unsniffed

    def start(self, size: int) -> bytes:
        """The first bytes so far."""
        return bytes(self._output[:size]) if self._output else self._unsniffed

    def whole(self) -> bytes:
        """The complete body. Raises `TemporaryError` (`CONNECTION_LOST`) where its compressed data is cut off."""
        while self._layers_open and self._unsniffed:
            self._detect_layer(len(self._decoders))
        if self.compressed and not self.finished:
            raise TemporaryError(Outcome.CONNECTION_LOST, "the compressed body is cut off before its end")
        return bytes(self._output)

    def _pass_to_layer(self, data: bytes, layer: int) -> None:
        if layer < len(self._decoders):
            self._decode(data, layer)
        elif self._layers_open:
            self._unsniffed += data
            if len(self._unsniffed) >= SNIFF_BYTES:
                self._detect_layer(layer)
        else:
            self._append(data)

    def _detect_layer(self, layer: int) -> None:
        """Decide whether the bytes at this depth are another layer of compression or the body itself."""
        label = self._labels.pop() if self._labels else ""
        data, self._unsniffed = self._unsniffed, b""
        name = sniff(data, label)
        if name is None:
            self._layers_open = bool(self._labels)
        elif layer >= MAX_ENCODING_LAYERS:
            raise too_many_layers()
        else:
            self._decoders.append(new_decoder(name))
        self._pass_to_layer(data, layer)

    def _decode(self, data: bytes, layer: int) -> None:
        try:
            for piece in self._decoders[layer].pieces(data):
                self._count(len(piece), layer)
                if piece:
                    self._pass_to_layer(piece, layer + 1)
        except DECODER_ERRORS as error:
            raise PermanentError(Outcome.BAD_ENCODING, f"the compressed body cannot be read: {error}") from error

    def _count(self, size: int, layer: int) -> None:
        """Count one layer's output against the bounds: each layer's, because all of them cost processor time."""
        total = self._layer_bytes[layer] = self._layer_bytes[layer] + size
        if total > RATIO_EXEMPT_BYTES and total > MAX_COMPRESSION_RATIO * self.wire_bytes:
            reason = f"a compression bomb: {self.wire_bytes} bytes on the wire became more than {total} bytes"
            raise PermanentError(Outcome.TOO_LARGE, reason)
        if total > self._max_body:
            raise too_large(self._max_body)

    def _append(self, data: bytes) -> None:
        if len(self._output) + len(data) > self._max_body:
            raise too_large(self._max_body)
        self._output += data


def too_large(limit: int) -> PermanentError:
    """The error for a body beyond the configured bound."""
    return PermanentError(Outcome.TOO_LARGE, f"the body is larger than {limit} bytes")
