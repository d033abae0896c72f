"""Options that several commands share, and how `--since` and `--until` are read."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ingestd.model.errors import UsageError
from ingestd.text.periods import read_period
from ingestd.text.times import utc_now

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="NAME", help="Only posts of this source.")]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Only posts from this date on (UTC): 2024-05-01, or 7d.")
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="DATE", help="Only posts until this date (UTC), itself included: 2024-05, 7d."),
]
AuthorOption = Annotated[str | None, typer.Option("--author", metavar="NAME", help="Only posts of this author.")]
MediaOption = Annotated[
    Path | None,
    typer.Option("--media", metavar="DIR", help="Copy the stored images into this folder, and show them from there."),
]
MediaUrlOption = Annotated[
    str | None,
    typer.Option("--media-url", metavar="URL", help="Where that folder is on the web; else a relative path."),
]


class SearchOrder(StrEnum):
    """The orders of found posts."""

    DATE = "date"
    RELEVANCE = "relevance"


def parse_since(text: str | None) -> datetime | None:
    """The UTC time at which the period of `--since` begins. Raises UsageError."""
    return None if text is None else _period(text)[0]


def parse_until(text: str | None) -> datetime | None:
    """The UTC time at which the period of `--until` ends. Raises UsageError."""
    return None if text is None else _period(text)[1]


def _period(text: str) -> tuple[datetime, datetime]:
    try:
        return read_period(text, utc_now())
    except (ValueError, OverflowError) as error:
        raise UsageError(f"not a date: {text!r} (write 2024-05-01, 2024-05-01T08:00 or 7d)") from error
