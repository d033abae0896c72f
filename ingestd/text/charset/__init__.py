"""Charsets: the text of bytes in any charset, under any declared label."""

from ingestd.text.charset.decode import decode
from ingestd.text.charset.labels import codec_of_label

__all__ = ["codec_of_label", "decode"]
