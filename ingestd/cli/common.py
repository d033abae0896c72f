"""What every command needs: the configuration, the database, and ways to print that no stored text can abuse.

This module stays light, for `--help` and mistyped commands: what takes long to import is imported when it is used.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingestd.config.logs import configure_logging, escape_controls, log_event
from ingestd.model.errors import UsageError

if TYPE_CHECKING:
    from ingestd.config.settings import Config
    from ingestd.store.database import Database

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="NAME", help="Only posts of this source.")]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Only posts from this date on: 2024-05-01, or 7d.")
]


@dataclass
class Session:
    """One run of the command line; configuration and database are opened when they are first asked for."""

    given: str | None = None
    override: str | None = None

    @cached_property
    def config(self) -> "Config":
        """The configuration. Raises ConfigError."""
        load = import_module("ingestd.config.load")
        path = load.find_config(Path(self.given) if self.given else None, os.environ)
        config: Config = load.load_config(path)
        configure_logging(level=config.logs.level, style=config.logs.format)
        return config

    def reread(self) -> "Config":
        """The configuration as the file has it now. Raises ConfigError, and then the one before stays."""
        self.__dict__["config"] = fresh = Session(self.given, self.override).config
        return fresh

    def database(self) -> "Database":
        """The database of the configuration, not checked yet."""
        database: Database = import_module("ingestd.store.database").Database(self.config.database.url)
        return database

    def readable(self) -> "Database":
        """The database for a command that only reads it. Raises StoreError where it is not there or not upgraded."""
        database = self.database()
        database.require()
        return database


def session(context: typer.Context) -> Session:
    """The session that the root command opened."""
    found = context.find_object(Session)
    assert found is not None
    return found


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def fail(message: str, status: int) -> int:
    """Print one clear line to standard error; the exit status comes back."""
    print(f"ingestd: {escape_controls(message)}", file=sys.stderr)  # noqa: T201
    return status


def upgrade(database: "Database") -> None:
    """Bring the schema up to date and say so where something was done. Raises StoreError."""
    before, after, backup = database.upgrade(now=now())
    if before != after:
        log_event("upgraded", database=database.name, before=before, after=after, backup=backup and str(backup))


def say(text: str = "") -> None:
    """Print lines, with whatever could play tricks on a terminal escaped."""
    typer.echo("\n".join(escape_controls(line) for line in text.split("\n")))


def note(text: str) -> None:
    """The same, to standard error: for what is about the work, not its result."""
    typer.echo(escape_controls(text), err=True)


def say_json(value: object) -> None:
    """Print JSON; Chinese stays readable, control characters and bidirectional overrides are escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    typer.echo("\n".join(escape_controls(line) for line in text.split("\n")))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print a table: as wide as the terminal, or plain tab-separated lines where there is none."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        note(empty)
        return
    if not sys.stdout.isatty():
        for row in (head, *cells):
            typer.echo("\t".join(row))
        return
    _rich_table(head, cells)


def _rich_table(head: Sequence[str], cells: list[list[str]]) -> None:
    rich_table, console, text = (_rich("table").Table, _rich("console").Console, _rich("text").Text)
    shown = rich_table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        shown.add_column(name, overflow="fold")
    for row in cells:
        shown.add_row(*(text(cell) for cell in row))
    console().print(shown)


def _rich(name: str) -> Any:
    # Some 50 ms that only a terminal needs.
    return import_module(f"rich.{name}")


def _cell(value: object) -> str:
    return "" if value is None else escape_controls(str(value))


def progress(total: int, label: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """(advance, end) of a progress bar on standard error; both do nothing where that is no terminal."""
    if not sys.stderr.isatty():
        return lambda: None, lambda: None
    rich_progress = _rich("progress")
    bar = rich_progress.Progress(
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeElapsedColumn(),
        console=_rich("console").Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(label, total=total)
    bar.start()
    return lambda: bar.advance(task), bar.stop


_UNITS = {"h": 3600, "d": 86_400, "w": 604_800}


def moment(text: str | None) -> datetime | None:
    """The time that `--since` means: an ISO date or time (UTC unless it says otherwise), or how long ago (`7d`).

    Raises UsageError.
    """
    if text is None:
        return None
    try:
        if text[-1:] in _UNITS and text[:-1].isdecimal():
            return now() - timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])
        parsed = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"not a date: {text!r} (write 2024-05-01, 2024-05-01T08:00 or 7d)") from error
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
