"""Digests of a feed and of its entries, by which unchanged ones are recognised without parsing."""

import re
from hashlib import blake2b

# The first item is searched for in this many bytes; without one the whole body is hashed as it is.
_MAX_HEAD_BYTES = 65_536
_FIRST_ITEM = re.compile(rb"<(?:[A-Za-z]{1,10}:)?(?:item|entry)[\s>]|\"items\"\s{0,10}:")
_HEAD_DATES = re.compile(
    rb"<(lastBuildDate|pubDate|updated|modified|dc:date|atom:updated|a10:updated)>[^<]{0,100}</\1>", re.IGNORECASE
)
# Caches write a comment with the time behind the last tag.
_TAIL_BYTES = 512
_TAIL_COMMENT = re.compile(rb"<!--[^<>]{0,200}-->\s*")


def fingerprint(body: bytes) -> str:
    """A hash of `body` without the dates in the feed's head and the comments behind its end.

    The head of most feeds has the time when it was generated; feeds with equal fingerprints differ in nothing else.
    """
    found = _FIRST_ITEM.search(body, 0, _MAX_HEAD_BYTES)
    start = found.start() if found else 0
    end = max(start, len(body) - _TAIL_BYTES)
    digest = blake2b(_HEAD_DATES.sub(b"", body[:start]), digest_size=16)
    view = memoryview(body)
    digest.update(view[start:end])
    digest.update(_TAIL_COMMENT.sub(b"", body[end:]).rstrip())
    return digest.hexdigest()


def entry_digest(raw: str, context: bytes) -> str:
    """The digest (hex) of an item's raw text; `context` is the digest of all else that its parsing depends on."""
    return blake2b(raw.encode("utf-8", "surrogatepass"), key=context, digest_size=16).hexdigest()


def context_digest(*parts: object) -> bytes:
    """The digest of the parts of a feed's head and of the arguments that the parsing of an item depends on."""
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=32).digest()
