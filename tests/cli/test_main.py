"""Dispatching: arguments, help, wrong usage, and what is imported."""

import os

import pytest

from ingestd import __version__
from ingestd.cli.help_texts import plain_help
from ingestd.cli.main import COMMANDS, general_options_first, run_command, utf8_argument
from tests.support.installation import Installation

NAME = "联合早报"


def test_help_of_every_command(capsys: pytest.CaptureFixture[str]):
    assert run_command(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f" {name} " in out for name in COMMANDS)
    for name in COMMANDS:
        assert run_command([name, "--help"]) == 0
        assert len(capsys.readouterr().out) > 200


def test_help_keeps_brackets_and_shows_no_types_or_bounds_of_the_program(capsys: pytest.CaptureFixture[str]):
    for arguments in (["sources", "import"], ["posts", "list"], ["posts", "search"], ["fetch"], ["posts", "show"]):
        assert run_command([*arguments, "--help"]) == 0
        out = capsys.readouterr().out
        assert "<bool>" not in out
        assert "922337" not in out
        assert ("[[sources]]" in out) == (arguments == ["sources", "import"])
    assert plain_help("A [[sources]] of\n    two [bold]\n\n    lines [1], [].") == (
        "A [[sources]] of two [bold]\n\nlines [1], []."
    )


def test_help_lists_commands_under_headings_with_their_whole_first_sentence(capsys: pytest.CaptureFixture[str]):
    assert run_command(["--help"]) == 0
    sections = [section.split("\n", 1) for section in capsys.readouterr().out.split("\n\n")]
    listed = {heading: " ".join(rest[0].split()) for heading, *rest in sections if heading.endswith(":")}
    assert list(listed) == ["Options:", "Collect:", "Read:", "Look closer:", "Maintain:"]
    for name, (text, panel) in COMMANDS.items():
        assert f"{name} {text}" in listed[f"{panel}:"]
    assert run_command(["posts", "--help"]) == 0
    assert "Commands:\n  list     List posts, the newest first.\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["fetch", "--frobnicate"],
        ["posts", "show", "x"],
        ["posts", "show", "99"],
        ["posts", "show", "9" * 20],
        ["posts", "list", "-n", "9" * 20],
        ["article", "http://["],
        ["article", "ftp://example.org/"],
    ],
)
def test_wrong_usage_is_2(stored: Installation, arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert run_command(["--config", str(stored.path), *arguments]) in ({1, 2} if "article" in arguments else {2})
    assert capsys.readouterr().err


def test_arguments_are_utf8_in_any_locale():
    broken = NAME.encode().decode("ascii", "surrogateescape")
    assert utf8_argument(NAME) == NAME
    assert utf8_argument(os.fsdecode(NAME.encode())) == NAME
    assert utf8_argument(broken) == NAME


@pytest.mark.parametrize("arguments", [["-h"], ["posts", "-h"], ["posts", "list", "-h"], ["status", "-h"]])
def test_short_help(capsys: pytest.CaptureFixture[str], arguments: list[str]):
    assert run_command(arguments) == 0
    assert "Usage: ingestd" in capsys.readouterr().out


def test_short_version(capsys: pytest.CaptureFixture[str]):
    assert run_command(["-V"]) == run_command(["--version"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second == f"ingestd {__version__}"


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        ([], []),
        (["status", "--utc"], ["--utc", "status"]),
        (["status", "-q", "--config", "x.toml", "--json"], ["-q", "--config", "x.toml", "status", "--json"]),
        (["status", "--config=x.toml", "--quiet"], ["--config=x.toml", "--quiet", "status"]),
        (["posts", "search", "--", "--utc", "--config"], ["posts", "search", "--", "--utc", "--config"]),
        (["status", "--config"], ["--config", "status"]),
    ],
)
def test_general_options_may_stand_behind_the_command(given: list[str], moved: list[str]):
    assert general_options_first(given) == moved


def test_quiet_fetch_prints_only_what_failed(stored: Installation, capsys: pytest.CaptureFixture[str]):
    assert run_command(["--config", str(stored.path), "fetch", "--quiet", "甲"]) == 0
    assert capsys.readouterr() == ("", "")
    assert run_command(["--config", str(stored.path), "fetch", "--quiet"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("坏: server-error: ")
    assert (len(out.splitlines()), err) == (1, "")


@pytest.mark.parametrize("arguments", [["status", "-h"], ["posts", "list", "-h"]])
def test_help_of_a_command_names_the_options_of_every_command(capsys: pytest.CaptureFixture[str], arguments: list[str]):
    assert run_command(arguments) == 0
    assert "--config FILE, --utc and --quiet" in capsys.readouterr().out
