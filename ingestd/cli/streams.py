"""Standard input, output and error as no command has to think of them: open, and taking any character."""

import contextlib
import os
import sys
from typing import TextIO


def steady_streams() -> None:
    """Make the standard streams usable, whatever started this process.

    A stream that is closed becomes one to nowhere: else the next file that is opened, such as the database, would take
    its number. A character that the terminal's charset lacks is written as an escape.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for as long as we live
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def silence(stream: TextIO) -> None:
    """Let what is still to be written go nowhere: it cannot be, and the interpreter would complain of it at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def utf8_argument(text: str) -> str:
    """A word of the command line as UTF-8, also where the locale is C."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return os.fsencode(text).decode("utf-8", "surrogateescape")
    return text
