"""Commands on a terminal: cut to its width, no address broken, no style without a terminal or with $NO_COLOR."""

import sys

import pytest

from ingestd.cli import output
from ingestd.text.display_width import display_width
from tests.cli.commands import Commands
from tests.cli.test_read_commands import add_post

URL = "https://www.example.org/a/rather/long/path/of/a/feed.xml"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch):
    """Makes standard output a terminal with so many columns."""

    def of(columns: int, **variables: str) -> None:
        for name in ("NO_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"COLUMNS": str(columns), **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True)

    return of


def without_styles(text: str) -> str:
    return text.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")


@pytest.fixture
def failing(two_sources: Commands) -> Commands:
    two_sources.sql(
        f"UPDATE sources SET name = 'The Tidewater Almanac', url = '{URL}', last_outcome = 'timeout',"
        " last_error = 'no answer after 20 s', failures = 3, failing_since = '2026-01-01T00:00:00.000Z',"
        " next_poll_at = '2026-01-01T00:00:00.000Z', last_ok_at = '2026-01-01T00:00:00.000Z' WHERE name = '甲'"
    )
    for number in range(1, 4):
        add_post(two_sources, number, title="很长的标题" * 20, from_url=f"{URL}?number={number}")
    return two_sources


@pytest.mark.slow
@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize("command", ["status", "posts list", "posts search 正文", "sources list --by-host"])
def test_no_line_of_a_table_is_wider_than_the_terminal(failing, terminal, columns, command):
    terminal(columns)
    done = failing(*command.split())
    lines = without_styles(done.out).splitlines()
    assert len(lines) >= 2
    assert all(display_width(line) <= columns or URL in line for line in lines)


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_an_address_is_never_broken(failing, terminal, columns):
    terminal(columns)
    lines = failing("status").out.splitlines()
    assert [line for line in lines if URL in line]
    assert columns < 60 or "·" * 14 in "".join(lines)


def test_a_terminal_without_colours_and_a_pipe_get_plain_text(failing, terminal):
    assert "\x1b" not in failing("posts", "list").out
    terminal(80, NO_COLOR="1")
    assert "\x1b" not in failing("posts", "list").out
    terminal(80, TERM="dumb")
    assert "\x1b" not in failing("posts", "list").out
    terminal(80)
    assert failing("posts", "list").out.startswith("\x1b[1mid")


@pytest.mark.parametrize("columns", [70, 80, 120, 200])
def test_found_words_are_seen_on_any_terminal(two_sources, terminal, columns):
    add_post(two_sources, 1, title="很长的标题" * 20, text="很长的正文。" * 30 + "渡轮停航。" + "很长的正文。" * 30)
    terminal(columns)
    assert "«渡轮»" in two_sources("posts", "search", "渡轮").out


def test_wrapped_sentences_keep_their_indent(capsys, terminal):
    terminal(20)
    output.print_wrapped("  one two three four five\x1b six")
    assert capsys.readouterr().out == "  one two three four\n    five\\u001b six\n"


def test_quiet_commands_print_results_and_errors_only(failing):
    failing.sql("UPDATE sources SET enabled = 0 WHERE name = '乙'")
    assert "removed sources" in failing("status").err
    assert failing("status", "--quiet").err == ""
    assert failing("status", "-q").out == failing("status").out
    assert failing("posts", "show", "99", "--quiet").err == "ingestd: no post has the number 99\n"
