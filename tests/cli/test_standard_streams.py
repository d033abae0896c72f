"""Output that cannot be written, or not in this charset: one clear line at most, and never a traceback."""

import os
import subprocess
import sys

import pytest

from ingestd.cli.main import utf8_argument
from tests.support.installation import ROOT, Installation, Item, feed, page, prose

NAME = "联合早报"


@pytest.fixture
def stored(installation: Installation) -> Installation:
    installation.server.route("/f", feed(Item("渡轮停航", installation.server.url("/a/1"))))
    installation.server.route("/a/1", page("渡轮停航", prose("长江")))
    installation.configure({"name": NAME, "path": "/f"})
    return installation


def shell(installation: Installation, command: str, **variables: str) -> tuple[int, str, str]:
    line = f"{sys.executable} -m ingestd --config {installation.path} {command}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run(
        ["/bin/sh", "-c", line], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_unwritable_output(stored: Installation):
    assert shell(stored, "fetch")[0] == 0
    for command in ("posts list", "status --json", "export csv --out -"):
        status, _, err = shell(stored, f"{command} >/dev/full")
        assert status == 1
        assert err == "ingestd: the output cannot be written: No space left on device\n"
        status, _, err = shell(stored, f"{command} >&-")
        assert (status, err) == (0, "")
    assert shell(stored, "fetch >&- 2>&- <&-")[0] == 0
    assert stored.value("PRAGMA integrity_check") == "ok"


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"PYTHONIOENCODING": "latin-1"}, "\\u6e21\\u8f6e"),
        ({"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, "渡轮"),
    ],
    ids=["latin-1", "POSIX"],
)
def test_characters_outside_the_charset_are_escaped(stored: Installation, variables: dict[str, str], shown: str):
    assert shell(stored, f"fetch {NAME}", **variables)[0] == 0
    status, out, err = shell(stored, "posts list", **variables)
    assert (status, err) == (0, "")
    assert shown in out


def test_arguments_are_utf8_in_any_locale():
    broken = NAME.encode().decode("ascii", "surrogateescape")
    assert utf8_argument(NAME) == NAME
    assert utf8_argument(os.fsdecode(NAME.encode())) == NAME
    assert utf8_argument(broken) == NAME
