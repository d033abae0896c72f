"""Structured logs on standard error: plain lines on a terminal, JSON lines elsewhere.

Every record is an event with fields: `log.info("poll", extra={"fields": {...}})` through `event`. Nothing that came
from outside reaches the terminal unescaped: control characters and bidirectional overrides are written as `\\uXXXX`.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from ingestd.identity.urls import redact

_LOG = logging.getLogger("ingestd")

#: Fields that hold an address.
_ADDRESSES = frozenset({"url", "to", "hub"})

# Characters that can move the cursor, reorder the line or break it in two.
_DANGEROUS = {
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


def escape(text: str) -> str:
    """`text` as one line that is safe to print on a terminal."""
    return text.translate(_DANGEROUS).encode("utf-8", "backslashreplace").decode("utf-8")


def event(name: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log one event; fields that are None are left out, and of addresses what is secret."""
    if _LOG.isEnabledFor(level):
        shown = {key: _without_secrets(key, value) for key, value in fields.items() if value is not None}
        _LOG.log(level, name, extra={"fields": shown})


def _without_secrets(key: str, value: object) -> object:
    return redact(value) if key in _ADDRESSES and isinstance(value, str) else value


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, event, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON; Chinese stays readable, what could play tricks on a terminal is escaped."""
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return escape(json.dumps(line, ensure_ascii=False, default=str))


class PlainLines(logging.Formatter):
    """For people: time, event and `key=value` pairs."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one readable line (a traceback, where there is one, follows on lines of its own)."""
        fields = " ".join(f"{key}={_value(value)}" for key, value in getattr(record, "fields", {}).items())
        mark = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        line = escape(f"{_time(record)[11:19]} {mark}{record.getMessage()} {fields}".rstrip())
        if not record.exc_info:
            return line
        # The text of an exception may quote what a feed says.
        return "\n".join([line, *(escape(part) for part in self.formatException(record.exc_info).split("\n"))])


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _value(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if not text or any(c in text for c in ' "=') else text


def set_up(*, level: str = "info", style: str = "auto", stream: TextIO | None = None) -> None:
    """Send ingestd's events to `stream` (standard error); `style` is auto, json or plain."""
    out = stream or sys.stderr
    plain = style == "plain" or (style == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(PlainLines() if plain else JsonLines())
    _LOG.handlers[:] = [handler]
    _LOG.propagate = False
    _LOG.setLevel(level.upper())
    # What libraries have to say goes the same way, in the same form.
    logging.getLogger().handlers[:] = [handler]
