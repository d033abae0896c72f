"""Values as columns hold them: JSON, times, and lists in parts that fit a statement."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from ingestd.text.times import from_utc_text, utc_text

T = TypeVar("T")


def json_text(value: object) -> str:
    """JSON on one line, with characters beyond ASCII as they are."""
    return _ENCODE(value)


# One encoder for all calls: `json.dumps` with options makes a new one each time.
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


def optional_utc_text(moment: datetime | None) -> str | None:
    """`utc_text`, or None for None."""
    return None if moment is None else utc_text(moment)


def optional_moment(text: str | None) -> datetime | None:
    """`from_utc_text`, or None for None."""
    return None if text is None else from_utc_text(text)


#: Values that a statement is given at once: databases bound the number of parameters.
MAX_PARAMETERS = 500


def chunks(rows: Sequence[T], size: int = MAX_PARAMETERS) -> list[Sequence[T]]:
    """`rows` in parts of at most `size`."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]
