"""Makes standard input, output and error usable for every command: open, and accepting any character."""

import contextlib
import os
import sys
from typing import TextIO


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
