"""Zstandard (RFC 8878): the standard library's `compression.zstd`, and its backport for Python before 3.14."""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["MIN_DICTIONARY_BYTES", "Dictionary", "ZstdError", "compress", "decompress", "new_decompressor", "zstd"]

ZstdError = zstd.ZstdError

#: The least size of a dictionary.
MIN_DICTIONARY_BYTES = 8
# What begins a dictionary that is more than content (RFC 8878, section 5).
_DICTIONARY_MAGIC = b"\x37\xa4\x30\xec"


class Dictionary:
    """A dictionary of plain content, prepared for the compression of many bodies."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        dictionary = zstd.ZstdDict(content, is_raw=True)
        # A prefix is content whatever its bytes are; a digested dictionary is made ready once, and guesses from them.
        self.for_decompression = dictionary.as_prefix
        is_plain = not content.startswith(_DICTIONARY_MAGIC)
        self.for_compression = dictionary.as_digested_dict if is_plain else dictionary.as_prefix


def compress(body: bytes, level: int, dictionary: Dictionary | None = None) -> bytes:
    """One frame; with a dictionary it has a checksum, which a wrong dictionary fails."""
    if dictionary is None:
        return zstd.compress(body, level)
    parameters = zstd.CompressionParameter
    options: dict[int, int] = {parameters.compression_level: level, parameters.checksum_flag: 1}
    return zstd.compress(body, options=options, zstd_dict=dictionary.for_compression)


def decompress(body: bytes, size: int, dictionary: Dictionary | None = None) -> bytes:
    """The content of one frame. Raises ZstdError where it cannot be read, or is longer than `size`."""
    decompressor = zstd.ZstdDecompressor(None if dictionary is None else dictionary.for_decompression)
    # One byte more than there is: the end of the frame is then read too.
    content = decompressor.decompress(body, max_length=size + 1)
    if not decompressor.eof or len(content) > size:
        raise ZstdError("the frame is longer than it should be" if len(content) > size else "the frame is cut off")
    return content


def new_decompressor(max_window_bits: int) -> zstd.ZstdDecompressor:
    """A decompressor for one frame in pieces, which refuses a window of more than two to this power bytes."""
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: max_window_bits})
