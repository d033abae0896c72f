"""Everything in the README holds: commands print what it shows, its configuration is valid, its files exist."""

import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ingestd.cli.main import COMMANDS
from ingestd.config.load import parse_config
from ingestd.model.errors import Outcome
from ingestd.sources.configured import configured_sources

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def command(line: str) -> list[str]:
    """What the README types, as it runs here: our interpreter instead of the virtual environment's."""
    if line == "make demo":
        recipe = re.search(r"^demo:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert recipe is not None
        line = recipe[1].replace("$(BIN)", ".venv/bin")
    words = shlex.split(line)
    replaced = {".venv/bin/ingestd": [sys.executable, "-m", "ingestd"], ".venv/bin/python": [sys.executable]}
    return [*replaced[words[0]], *words[1:]]


def on_a_terminal(words: list[str], folder: Path) -> str:
    """What a command prints on a terminal of 140 columns, without colours and trailing blanks."""
    environment = {**os.environ, "COLUMNS": "140", "PYTHONPATH": str(ROOT), "TERM": "xterm", "TZ": "UTC"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        printed = b""
        while chunk := read(ours):
            printed += chunk
        assert process.wait(60) == 0, printed.decode()
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", printed.decode())
    return "\n".join(line.rstrip() for line in text.replace("\r", "").split("\n"))


def read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux: the other end of a terminal was closed
        return b""


def steady(text: str) -> str:
    """Without what changes from run to run: ports, seconds, row numbers."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"\d+\.\d s", "N s", text)
    return re.sub(r"^\d+ +(?=\d{4}-)", "N ", text, flags=re.MULTILINE)


def matches(expected: str, printed: str) -> bool:
    """Whether a shown output is the real one; a line `...` stands for any lines."""
    pattern = r"\n".join(r"[\s\S]*" if line == "..." else re.escape(line) for line in expected.rstrip("\n").split("\n"))
    return re.fullmatch(pattern + r"\n*", printed.rstrip("\n") + "\n") is not None


@pytest.mark.slow
def test_every_command_prints_what_the_readme_shows(tmp_path: Path):
    for block in blocks("console"):
        line, _, expected = block.partition("\n")
        printed = on_a_terminal(command(line.removeprefix("$ ")), tmp_path)
        assert matches(steady(expected), steady(printed)), f"{line}\n{printed}"


def test_the_configuration_is_valid():
    [text] = blocks("toml")
    config = parse_config(text, Path("README.md"), {})
    assert [source.name for source in configured_sources(config)] == ["中国数字时代", "联合早报"]


def test_files_and_pages_that_it_names_exist():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).is_file(), link
    for word in re.findall(r"systemd/[\w./-]+\.(?:service|conf)\b", "".join(blocks("sh"))):
        if not word.startswith("systemd/system/"):
            assert (ROOT / word).is_file(), word


def test_commands_that_it_names_exist():
    for name in re.findall(r"`ingestd (\w+)", README):
        assert name in COMMANDS, name


def test_make_targets_that_it_names_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake (demo|run|test-pythons|test|quick|bench|fuzz)\b", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_outcome_is_documented_and_no_other():
    page = (ROOT / "docs/outcomes.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)`", page, re.MULTILINE)) == {str(outcome) for outcome in Outcome}
