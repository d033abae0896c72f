"""Standard output and error: streams that accept any character; text, JSON, tables and progress bars.

Every function escapes the control characters of stored texts.

Importing this module must stay fast, for `--help` and wrong usage: Rich is imported only for a terminal.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any, TextIO

import typer

from ingestd.config.logs import escape_controls
from ingestd.identity.urls import redact_text


def repair_standard_streams() -> None:
    """Make the standard streams usable, however this process was started.

    A closed stream is opened on /dev/null: else the next file that is opened, such as the database, would get its
    descriptor. A character that the stream's charset lacks is written as a backslash escape.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - open until the process ends
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def discard_output(stream: TextIO) -> None:
    """Send what `stream` buffers to /dev/null: it cannot be written, which the interpreter would report at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def print_text(text: str = "") -> None:
    """Print lines to standard output: the result of a command."""
    typer.echo("\n".join(escape_controls(line) for line in text.split("\n")))


def print_note(text: str) -> None:
    """Print one line to standard error: a remark beside the result, without the secrets of URLs."""
    typer.echo(escape_controls(redact_text(text)), err=True)


def print_error(message: str, status: int) -> int:
    """Print one line to standard error, with the program's name, without secrets of URLs; gives `status` back."""
    print(f"ingestd: {escape_controls(redact_text(message))}", file=sys.stderr)  # noqa: T201 - must work where typer cannot
    return status


def print_json(value: object) -> None:
    """Print indented JSON; Chinese stays readable, values that JSON lacks are written as their `str`."""
    print_text(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print a table: as wide as the terminal, or tab-separated lines elsewhere; without rows, the note `empty`."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        print_note(empty)
        return
    if not sys.stdout.isatty():
        for row in (head, *cells):
            typer.echo("\t".join(row))
        return
    _print_rich_table(head, cells)


def to_minute(utc_text: str | None) -> str:
    """A stored time (UTC text) as `YYYY-MM-DD HH:MM`; empty for None."""
    return f"{utc_text[:10]} {utc_text[11:16]}" if utc_text else ""


def _cell(value: object) -> str:
    return "" if value is None else escape_controls(str(value))


def _print_rich_table(head: Sequence[str], cells: list[list[str]]) -> None:
    table = _rich("table").Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    plain_text = _rich("text").Text
    for row in cells:
        table.add_row(*(plain_text(cell) for cell in row))
    _rich("console").Console().print(table)


def _rich(name: str) -> Any:
    # Importing it takes some 50 ms, which only a terminal needs.
    return import_module(f"rich.{name}")


def progress_bar(total: int, label: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """(advance, end) of a progress bar on standard error; both do nothing where that is no terminal."""
    if not sys.stderr.isatty():
        return lambda: None, lambda: None
    progress = _rich("progress")
    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        console=_rich("console").Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(label, total=total)
    bar.start()
    return lambda: bar.advance(task), bar.stop
