"""Standard output and error: streams that accept any character; text, JSON, tables and progress bars.

Every function escapes the control characters of stored texts.

Importing this module must stay fast, for `--help` and wrong usage: Rich is imported only for a progress bar.
"""

import contextlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from importlib import import_module
from itertools import chain, islice
from typing import Any, TextIO

import typer

from ingestd.cli.table_layout import table_lines
from ingestd.config.logs import escape_controls, escape_controls_in_lines, is_journal, with_priority
from ingestd.identity.urls import redact_text
from ingestd.text.times import utc_text
from ingestd.text.wrap import wrap

#: Pieces of JSON, a value or a name each, that are written at once.
_PIECES_OF_BLOCK = 50_000


class Style(Enum):
    """The styles of texts, by their codes (ECMA-48, 8.3.117)."""

    BOLD = "1"
    DIM = "2"


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


class _Remarks:
    """Whether remarks and progress are printed in this run of the command line."""

    wanted = True


def be_quiet(wanted: bool) -> None:
    """Print no remarks and no progress in this run; or print them."""
    _Remarks.wanted = not wanted


def print_text(text: str = "") -> None:
    """Print lines to standard output: the result of a command."""
    typer.echo(escape_controls_in_lines(text))


def print_wrapped(text: str) -> None:
    """Print a sentence: between words broken into lines on a terminal, the others indented; elsewhere as one line."""
    shown = escape_controls(text)
    indent = shown[: len(shown) - len(shown.lstrip(" "))]
    for line in wrap(shown.strip(" "), terminal_width(), first=indent, rest=indent + "  "):
        typer.echo(line)


def print_note(text: str) -> None:
    """Print one line to standard error: a remark beside the result, without the secrets of URLs; not if quiet."""
    if _Remarks.wanted:
        typer.echo(escape_controls(redact_text(text)), err=True)


def print_error(message: str, status: int) -> int:
    """Print one line to standard error, with the program's name, without secrets of URLs; gives `status` back."""
    line = f"ingestd: {escape_controls(redact_text(message))}"
    print(with_priority(line, logging.ERROR) if is_journal(sys.stderr) else line, file=sys.stderr)  # noqa: T201 - must work where typer cannot
    return status


class JsonItems(list[object]):
    """A list for `print_json` whose items are made as they are printed: thousands are never in memory together."""

    def __init__(self, items: Iterable[object]) -> None:
        """The first item is made at once, so that what hinders all is told before anything is printed."""
        super().__init__()
        rest = iter(items)
        self._first = list(islice(rest, 1))
        self._rest = rest

    def __iter__(self) -> Iterator[object]:
        """Each item; once."""
        return chain(self._first, self._rest)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._first)


def print_json(value: object) -> None:
    """Print indented JSON; Chinese stays readable. Times are UTC text, other values that JSON lacks their `str`."""
    # Records of 100,000 sources are 150 MB of text: it is never whole in memory.
    pieces = json.JSONEncoder(ensure_ascii=False, indent=2, default=_json_value).iterencode(value)
    while block := list(islice(pieces, _PIECES_OF_BLOCK)):
        typer.echo(escape_controls_in_lines("".join(block)), nl=False)
    typer.echo()


def _json_value(value: object) -> str:
    return utc_text(value) if isinstance(value, datetime) else str(value)


def print_table(
    head: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str, rigid: Collection[str] = ()
) -> None:
    """Print a table: cut to the width of the terminal, or tab-separated lines elsewhere; no rows: the note `empty`.

    The columns `rigid` are cut last.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        print_note(empty)
        return
    width = terminal_width()
    if width is None:
        for row in (head, *cells):
            typer.echo("\t".join(row))
        return
    first, *lines = table_lines(head, cells, width=width, rigid={head.index(name) for name in rigid})
    typer.echo("\n".join([styled(first, Style.BOLD), *lines]))


def _cell(value: object) -> str:
    return "" if value is None else escape_controls(str(value))


def styled(text: str, style: Style) -> str:
    """`text` in a style, where standard output is a terminal that has styles and the user wants them."""
    return f"\x1b[{style.value}m{text}\x1b[0m" if text and has_styles() else text


def has_styles() -> bool:
    """Whether texts may be styled: on a terminal, unless $NO_COLOR is set (no-color.org) or the terminal is dumb."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int | None:
    """The columns of the terminal that standard output is; None where it is none, and lines have no limit."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _rich(name: str) -> Any:
    # Importing it takes some 50 ms, which only a progress bar needs.
    return import_module(f"rich.{name}")


class _Remark:
    """A text that Rich asks for whenever it draws."""

    def __init__(self, text: Callable[[], str]) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text()


def progress_bar(
    total: int | None, label: str, *, remark: Callable[[], str] = str
) -> tuple[Callable[[], None], Callable[[], None]]:
    """(advance, end) of a progress bar on standard error; both do nothing where that is no terminal, or if quiet.

    `total` is None where it is not known. `remark` gives a text behind the bar, at any time. What is logged or noted
    meanwhile stands above the bar.
    """
    if not _Remarks.wanted or not sys.stderr.isatty():
        return lambda: None, lambda: None
    progress = _rich("progress")
    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[remark]}"),
        progress.TimeElapsedColumn(),
        console=_rich("console").Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(label, total=total, remark=_Remark(remark))
    bar.start()
    return lambda: bar.advance(task), bar.stop
