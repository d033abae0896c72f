"""The log: one line an event, JSON or plain, with control characters escaped."""

import io
import json
import logging
import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingestd.cli.output import print_error
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
    text = written("json", lambda: logging.getLogger("asyncio").warning("late by %d s", 3))
    assert json.loads(text)["event"] == "late by 3 s"


def test_auto_is_plain_on_a_terminal_and_json_elsewhere():
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        configure_logging(stream=terminal)
        log_event("started", sources=1)
        assert b"started sources=1" in os.read(master, 1000)
    os.close(master)
    assert written("auto", lambda: log_event("started"))[0] == "{"


def as_journal(monkeypatch: pytest.MonkeyPatch, stream: Any) -> None:
    """Declare a stream the journal's, as systemd does for standard error."""
    found = os.fstat(stream.fileno())
    monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")


@pytest.mark.parametrize("style", ["auto", "plain"])
def test_each_line_of_the_journal_has_its_priority_and_no_time(
    style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with (tmp_path / "journal").open("w+") as stream:
        as_journal(monkeypatch, stream)
        configure_logging(style=style, level="debug", stream=stream)
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
            log_event("poll", level=level, source="甲")
        fail()
    lines = (tmp_path / "journal").read_text().splitlines()
    assert [line[:3] for line in lines[:6]] == ["<7>", "<6>", "<4>", "<3>", "<2>", "<3>"]
    assert {line[:3] for line in lines[5:]} == {"<3>"}
    if style == "plain":
        assert (lines[1], lines[2]) == ("<6>poll source=甲", "<4>warning: poll source=甲")
        assert len(lines) > 6
    else:
        assert json.loads(lines[2][3:]) == {"level": "warning", "event": "poll", "source": "甲"}
        assert len(lines) == 6


@pytest.mark.parametrize("variable", ["", "1:1", "x"])
def test_a_log_that_is_not_the_journal_has_times_and_no_priority(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("JOURNAL_STREAM", variable)
    with (tmp_path / "log").open("w") as stream:
        configure_logging(stream=stream)
        log_event("poll")
    assert set(json.loads((tmp_path / "log").read_text())) == {"time", "level", "event"}


def test_an_error_of_a_command_is_an_error_of_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with (tmp_path / "journal").open("w") as stream:
        as_journal(monkeypatch, stream)
        monkeypatch.setattr(sys, "stderr", stream)
        assert print_error("no such\nfile", 78) == 78
    assert (tmp_path / "journal").read_text() == "<3>ingestd: no such\\u000afile\n"
