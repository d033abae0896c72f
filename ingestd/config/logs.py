"""Structured logs on standard error: plain lines on a terminal, JSON lines elsewhere.

A record is an event with fields, logged by `log_event(name, field=value)`. Control characters and bidirectional
overrides in texts from outside are written as `\\uXXXX`, so that they cannot act on a terminal.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from ingestd.identity.urls import redact, redact_text

_LOG = logging.getLogger("ingestd")

#: Fields that hold a URL, whose credentials and secret parameters are removed.
_URL_FIELDS = frozenset({"url", "to", "hub"})

#: Priorities of syslog (RFC 5424, section 6.2.1) by the least level of `logging` that has them.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG_PRIORITY = 7

# Characters that can move the cursor, reorder the text or end the line: C0 and C1 controls, bidirectional marks,
# overrides and isolates, line and paragraph separators, the byte order mark.
_ESCAPES = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0x061C,
        0x200E,
        0x200F,
        0x2028,
        0x2029,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0xFEFF,
    )
}


_ESCAPES_IN_LINES = {code: escape for code, escape in _ESCAPES.items() if code != ord("\n")}


def escape_controls(text: str) -> str:
    """`text` as one line that is safe to print on a terminal: control characters and lone surrogates as escapes."""
    return text.translate(_ESCAPES).encode("utf-8", "backslashreplace").decode("utf-8")


def escape_controls_in_lines(text: str) -> str:
    """`escape_controls` of each line of a text."""
    return text.translate(_ESCAPES_IN_LINES).encode("utf-8", "backslashreplace").decode("utf-8")


def log_event(name: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log one event; a field that is None is left out, a secret in a URL is replaced by `***`."""
    if _LOG.isEnabledFor(level):
        shown = {key: _redacted(key, value) for key, value in fields.items() if value is not None}
        _LOG.log(level, name, extra={"fields": shown})


def _redacted(key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    return redact(value) if key in _URL_FIELDS else redact_text(value)


class JsonFormatter(logging.Formatter):
    """For programs: one JSON object a line with time, level, event, then the fields."""

    def __init__(self, *, timed: bool = True) -> None:
        """`timed` is False where whoever takes the lines notes their time."""
        super().__init__()
        self._timed = timed

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON; Chinese stays readable, control characters are escaped."""
        line: dict[str, object] = {"time": _utc_time(record)} if self._timed else {}
        line |= {"level": record.levelname.lower(), "event": redact_text(record.getMessage())}
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = redact_text(self.formatException(record.exc_info))
        return escape_controls(json.dumps(line, ensure_ascii=False, default=str))


class PlainFormatter(logging.Formatter):
    """For people: time, event and `key=value` pairs."""

    def __init__(self, *, timed: bool = True) -> None:
        """`timed` is False where whoever takes the lines notes their time."""
        super().__init__()
        self._timed = timed

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line; the lines of a traceback follow it."""
        fields = " ".join(f"{key}={_plain_value(value)}" for key, value in getattr(record, "fields", {}).items())
        time = f"{_utc_time(record)[11:19]} " if self._timed else ""
        mark = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        line = escape_controls(f"{time}{mark}{redact_text(record.getMessage())} {fields}".rstrip())
        if not record.exc_info:
            return line
        # The text of an exception may quote a feed: it is escaped too.
        return "\n".join(
            [line, *(escape_controls(part) for part in redact_text(self.formatException(record.exc_info)).split("\n"))]
        )


class JournalFormatter(logging.Formatter):
    """For systemd's journal: the lines of another formatter, each behind its priority."""

    def __init__(self, lines: logging.Formatter) -> None:
        super().__init__()
        self._lines = lines

    def format(self, record: logging.LogRecord) -> str:
        """The record's lines, the journal's entries."""
        return with_priority(self._lines.format(record), record.levelno)


def with_priority(text: str, level: int) -> str:
    """Each line of `text` behind its priority, by which `journalctl -p` selects (sd-daemon(3))."""
    priority = next((number for least, number in _PRIORITIES if level >= least), _DEBUG_PRIORITY)
    return "\n".join(f"<{priority}>{line}" for line in text.split("\n"))


def is_journal(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether what is written to `stream` goes to systemd's journal: $JOURNAL_STREAM is its device and inode."""
    named = environ.get("JOURNAL_STREAM")
    if not named:
        return False
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{found.st_dev}:{found.st_ino}"


def _utc_time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _plain_value(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if not text or any(c in text for c in ' "=') else text


class _StandardErrorHandler(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the time: a progress bar takes its place, and puts lines above itself."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        self.stream = sys.stderr
        super().emit(record)


def configure_logging(*, level: str = "info", style: str = "auto", stream: TextIO | None = None) -> None:
    """Write events to `stream` (standard error by default) in `style`: "json", "plain", or "auto" by terminal.

    In the journal of systemd each line has its priority, and no time, which is the journal's.
    """
    out = stream or sys.stderr
    plain = style == "plain" or (style == "auto" and out.isatty())
    handler = logging.StreamHandler(stream) if stream is not None else _StandardErrorHandler(out)
    journal = is_journal(out)
    lines = (PlainFormatter if plain else JsonFormatter)(timed=not journal)
    handler.setFormatter(JournalFormatter(lines) if journal else lines)
    _LOG.handlers[:] = [handler]
    _LOG.propagate = False
    _LOG.setLevel(level.upper())
    # Records of libraries are written to the same stream in the same form.
    logging.getLogger().handlers[:] = [handler]
