"""Printing: control characters are escaped, secrets of URLs masked, tables are tab-separated outside of a terminal."""

import io
import json
import re
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestd.cli.output import print_error, print_json, print_note, print_table, print_text, progress_bar
from ingestd.cli.times import to_minute
from ingestd.config.logs import configure_logging, log_event


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("plain", "plain\n"),
        ("", "\n"),
        ("two\nlines", "two\nlines\n"),
        ("渡轮 😀 é", "渡轮 😀 é\n"),
        ("a\x1b[31mb", "a\\u001b[31mb\n"),
        ("a\rb", "a\\u000db\n"),
        ("a\u202eb", "a\\u202eb\n"),
        ("a\u009bb", "a\\u009bb\n"),
        ("a\x00b", "a\\u0000b\n"),
    ],
)
def test_text(capsys, text, out):
    print_text(text)
    assert capsys.readouterr() == (out, "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://a.example/1", "see https://a.example/1"),
        ("see https://anna:geheim@a.example/1", "see https://a.example/1"),
        ("see https://a.example/1?token=geheim&x=1", "see https://a.example/1?token=***&x=1"),
        ("one\ntwo", "one\\u000atwo"),
        ("a\x1bb", "a\\u001bb"),
    ],
)
def test_notes_and_errors_are_one_line_without_secrets(capsys, text, shown):
    print_note(text)
    assert capsys.readouterr() == ("", f"{shown}\n")
    assert print_error(text, 7) == 7
    assert capsys.readouterr() == ("", f"ingestd: {shown}\n")


def test_json_is_readable(capsys):
    print_json({"标题": "渡轮\x1b", "at": datetime(2021, 4, 18, tzinfo=UTC), "n": None})
    out = capsys.readouterr().out
    assert "标题" in out
    assert json.loads(out) == {"标题": "渡轮\x1b", "at": "2021-04-18T00:00:00.000Z", "n": None}


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_read_back_and_holds_no_control_character(capsys, value):
    print_json(value)
    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert not any(char < " " and char != "\n" for char in out)


def test_table(capsys):
    print_table(("a", "b"), [(1, None), ("x\ty", "二\n三")], empty="nothing")
    assert capsys.readouterr() == ("a\tb\n1\t\nx\\u0009y\t二\\u000a三\n", "")
    print_table(("a", "b"), [], empty="nothing")
    assert capsys.readouterr() == ("", "nothing\n")


@pytest.mark.parametrize(
    ("text", "minute"),
    [("2026-11-22T17:05:33.123Z", "2026-11-22 17:05"), (None, ""), ("", "")],
)
def test_minutes(text, minute):
    assert to_minute(text) == minute


class Terminal(io.StringIO):
    """Standard error on a terminal."""

    def isatty(self) -> bool:
        return True


def test_what_is_logged_and_noted_stands_above_the_progress_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    for name, value in (("TERM", "xterm"), ("COLUMNS", "120")):
        monkeypatch.setenv(name, value)
    configure_logging()
    advance, end = progress_bar(3, "sources", remark=lambda: "articles 2/7")
    advance()
    log_event("poll", source="联合早报")
    print_note("waiting")
    end()
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue()).replace("\r", "\n").splitlines()
    (logged,), (noted,) = ([line for line in lines if word in line] for word in ("poll", "waiting"))
    assert re.fullmatch(r"\d\d:\d\d:\d\d poll source=联合早报 *", logged)
    assert noted.rstrip() == "waiting"
    assert any(re.match(r"sources .* [01]/3 articles 2/7 0:00:0", line) for line in lines)


def test_progress_is_silent_outside_of_a_terminal(capsys):
    advance, end = progress_bar(3, "indexing")
    advance()
    end()
    assert capsys.readouterr() == ("", "")
