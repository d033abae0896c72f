"""Dispatching: arguments, help, wrong usage, and what is imported."""

import os
import subprocess
import sys

import pytest

from ingestd.cli.main import COMMANDS, run_command, utf8_argument
from tests.support.installation import ROOT, Installation

NAME = "联合早报"


def test_help_of_every_command(capsys: pytest.CaptureFixture[str]):
    assert run_command(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f" {name} " in out for name in COMMANDS)
    for name in COMMANDS:
        assert run_command([name, "--help"]) == 0
        assert len(capsys.readouterr().out) > 200


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


@pytest.mark.process
def test_help_imports_no_heavy_library():
    """What `--help` imports: neither database nor network nor parsers."""
    code = "import sys; from ingestd.cli.main import run_command; run_command(['--help']); print(*sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    modules = set(out.splitlines()[-1].split())
    assert not modules & {"sqlalchemy", "alembic", "pydantic", "aiohttp", "lxml", "trafilatura", "feedparser"}


def test_arguments_are_utf8_in_any_locale():
    broken = NAME.encode().decode("ascii", "surrogateescape")
    assert utf8_argument(NAME) == NAME
    assert utf8_argument(os.fsdecode(NAME.encode())) == NAME
    assert utf8_argument(broken) == NAME
