"""What identifies an entry's own bytes, and which entries of a long feed are kept."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b

from ingestd.text.dates import parse_date

_DATE = re.compile(
    r"<(?:[\w.-]{1,20}:)?(?:pubdate|published|updated|issued|modified|date)\b[^<>]{0,100}>\s{0,40}([^<]{4,80})", re.I
)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
#: Beyond this many items only the first and the last date are looked at, to tell which end is the new one.
_SORTED = 12_000


def digest(raw: str, context: bytes) -> str:
    """The identity of an item's raw text within a head that gives it its meaning (`context`)."""
    return blake2b(raw.encode("utf-8", "surrogatepass"), key=context, digest_size=16).hexdigest()


def context_of(*parts: object) -> bytes:
    """The part of a head, and of the caller's wishes, that changes what an item means."""
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=32).digest()


def newest(items: Sequence[str], limit: int) -> list[str]:
    """The `limit` newest raw items, in document order; items without a date are taken for the oldest."""
    if len(items) <= limit:
        return list(items)
    if len(items) > _SORTED:
        return list(items[-limit:] if _date(items[-1]) > _date(items[0]) else items[:limit])
    dates = [_date(item) for item in items]
    kept = sorted(range(len(items)), key=lambda index: (dates[index], -index), reverse=True)[:limit]
    return [items[index] for index in sorted(kept)]


def _date(item: str) -> datetime:
    found = _DATE.search(item)
    stamp = parse_date(found[1]) if found else None
    return stamp.utc if stamp else _EARLIEST
