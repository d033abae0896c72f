"""The log: one line an event, JSON or plain, with control characters escaped."""

import io
import json
import logging
import os
import pty
from collections.abc import Iterator

import pytest

from ingestd.config.logs import configure_logging, log_event

HOSTILE = "标题\x1b[2J\r\n\x9b31m\u202eevil\u2028\x7f\ud800"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    loggers = [logging.getLogger(), logging.getLogger("ingestd")]
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def written(style: str, log) -> str:
    stream = io.StringIO()
    configure_logging(style=style, stream=stream)
    log()
    return stream.getvalue()


def fail() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("ingestd").exception("internal-error", extra={"fields": {"source": HOSTILE}})


@pytest.mark.parametrize("style", ["json", "plain"])
@pytest.mark.parametrize("log", [lambda: log_event("poll", source=HOSTILE, error=HOSTILE), fail])
def test_control_characters_are_escaped(style: str, log):
    text = written(style, log)
    text.encode()
    assert all(c == "\n" or (c.isprintable() and c not in "\u202e\u2028") for c in text)
    assert "标题" in text
    if style == "json":
        assert text.count("\n") == 1


@pytest.mark.parametrize("style", ["json", "plain"])
def test_secrets_of_urls_are_masked_in_every_field_and_in_tracebacks(style: str):
    def log() -> None:
        log_event("poll", url="https://me:geheim@a.example/?token=geheim", error="https://me:geheim@a.example: refused")
        try:
            raise ValueError("https://a.example/?api_key=geheim")
        except ValueError:
            logging.getLogger("ingestd").exception("internal-error")

    text = written(style, log)
    assert "geheim" not in text
    assert text.count("a.example") >= 3


def test_json_line():
    line = json.loads(written("json", lambda: log_event("poll", source="甲\x1b", seconds=0.5, error=None)))
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "event": "poll", "source": "甲\x1b", "seconds": 0.5}


def test_plain_line_quotes_values_with_spaces():
    line = written("plain", lambda: log_event("poll", level=logging.WARNING, source="BBC 中文", new=3, seconds=0.25))
    assert line[9:] == 'warning: poll source="BBC 中文" new=3 seconds=0.250\n'


def test_records_of_libraries_have_the_same_form():
    text = written("json", lambda: logging.getLogger("apscheduler").warning("late by %d s", 3))
    assert json.loads(text)["event"] == "late by 3 s"


def test_auto_is_plain_on_a_terminal_and_json_elsewhere():
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        configure_logging(stream=terminal)
        log_event("started", sources=1)
        assert b"started sources=1" in os.read(master, 1000)
    os.close(master)
    assert written("auto", lambda: log_event("started"))[0] == "{"
