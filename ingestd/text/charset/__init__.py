"""Charsets: the text of bytes, whatever charset they are in and whatever is said of it."""

from ingestd.text.charset.decode import decode
from ingestd.text.charset.labels import codec_of_label

__all__ = ["codec_of_label", "decode"]
