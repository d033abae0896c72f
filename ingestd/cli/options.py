"""Options that several commands share, and how `--since` is read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ingestd.model.errors import UsageError
from ingestd.text.times import utc_now

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="NAME", help="Only posts of this source.")]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Only posts from this date on: 2024-05-01, or 7d.")
]
MediaOption = Annotated[
    Path | None,
    typer.Option("--media", metavar="DIR", help="Copy the stored images into this folder, and show them from there."),
]
MediaUrlOption = Annotated[
    str | None,
    typer.Option("--media-url", metavar="URL", help="Where that folder is on the web; else a relative path."),
]

_UNIT_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}


def parse_since(text: str | None) -> datetime | None:
    """The UTC time of `--since`: an ISO date or time (UTC where it states no zone), or an age such as `7d` (h, d, w).

    Raises UsageError.
    """
    if text is None:
        return None
    try:
        if text[-1:] in _UNIT_SECONDS and text[:-1].isdecimal():
            return utc_now() - timedelta(seconds=int(text[:-1]) * _UNIT_SECONDS[text[-1]])
        parsed = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"not a date: {text!r} (write 2024-05-01, 2024-05-01T08:00 or 7d)") from error
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
