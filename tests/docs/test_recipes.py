"""Every program of docs/recipes.md, run as a process of its own on a database that has something for each to find.

Those whose library is not installed are skipped: `make recipes` installs them all.
"""

import importlib.util
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestd.store import fingerprints, sources
from ingestd.store.database import Database
from ingestd.text.times import utc_now
from tests.store import make

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
#: (heading, language, program) of every block.
RECIPES = [
    (heading, kind, block)
    for heading, section in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.S | re.M)
    for kind, block in re.findall(r"^```(python|sh)\n(.*?)^```$", section, re.S | re.M)
]
#: Downloads an extension when it is run.
NEEDS_NETWORK = "INSTALL sqlite"
FIRST = datetime(2024, 1, 1, 8, tzinfo=UTC)
NAMES = ("苇港日报", "青渡晚报", "The Tidewater Almanac")
STORY = "The ferry to the island runs every hour again, says the harbour office after a week of storms. " * 3

#: What a program prints, by its heading and language.
PRINTED = {
    ("Open it", "python"): ["(62, '2024-01-01T08:00:00.000Z', "],
    ("pandas", "python"): ["苇港日报", "2024-01-07 00:00:00+00:00", "16 "],
    ("polars", "python"): ["ferry", "news"],
    ("DuckDB", "python"): ["median_characters", "记者"],
    ("sqlite-utils", "sh"): ["苇港日报"],
    ("sqlite-utils", "python"): ["ferry 第1条"],
    ("Datasette", "sh"): ['"post_id": ', '"from_url": "https://'],
    ("Search from SQL", "python"): ["渡轮", ".example/article/"],
    ("What was changed after publication", "python"): ["苇港日报: 旧题 → 第3条", "-<p>旧文", "+<p>"],
    ("One story in several papers", "python"): ["similarity", "苇港日报", "青渡晚报", "5.0"],
    ("A small analysis: words over time, with a plot", "python"): ["渡轮", "大桥", "2024-01-07"],
}
#: Files that a program leaves, and how they begin.
MADE = {
    "polars": {"posts.parquet": b"PAR1"},
    "DuckDB": {"since-2024.parquet": b"PAR1"},
    "A small analysis: words over time, with a plot": {"words.png": b"\x89PNG"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the archive, while another connection writes: its transaction is open during every program."""
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "var").mkdir()
    with Database(f"sqlite:///{folder}/var/ingestd.db") as database:
        database.upgrade(now=utc_now())
        database.write(sources.sync, [make.source(name) for name in NAMES], FIRST)
        for number in range(1, 61):
            about = ("渡轮", "大桥", "渡口")[number % 3]
            _store(database, number, number % 3 + 1, f"{about}今天的第 {number} 条消息，大家都在谈论{about}。")
        _store(database, 61, 1, STORY)
        _store(database, 62, 2, STORY.replace("office", "authority"), hours=5 - 24)
        make.run(
            database,
            "INSERT INTO revisions (post_id, revision, title, content, recorded_at, reason)"
            " VALUES (3, 1, '旧题', '<p>旧文</p>', '2024-01-09T00:00:00.000Z', 'entry')",
        )
        while database.write(fingerprints.fill_fingerprints, 100):
            pass
    with closing(sqlite3.connect(folder / "var/ingestd.db")) as writer:
        writer.execute("UPDATE posts SET title = 'not committed'")
        yield folder
        writer.rollback()


def _store(database: Database, number: int, source_id: int, text: str, hours: int = 0) -> None:
    post = make.post(
        number,
        date=FIRST + timedelta(days=number - 1, hours=hours),
        text=text,
        content=f"<p>{text}</p>",
        source_id=source_id,
        from_url=f"https://{source_id}.example/article/{number}",
        tags=("ferry", "news") if number % 3 == 0 else ("news",),
    )
    make.store(database, make.new(number, like=post), source_id=source_id)


def _missing_library(kind: str, program: str) -> str | None:
    """A library or command that a program needs and that is not here."""
    if kind == "sh":
        command = program.split()[0]
        return None if (Path(sys.executable).parent / command).exists() else command
    names = re.findall(r"^(?:import|from) (\w+)", program, re.M)
    return next((name for name in names if importlib.util.find_spec(name) is None), None)


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize(("heading", "kind", "program"), RECIPES, ids=[f"{h[:12]}-{k}" for h, k, _ in RECIPES])
def test_recipe(folder: Path, heading: str, kind: str, program: str):
    if NEEDS_NETWORK in program:
        pytest.skip("downloads DuckDB's extension")
    if missing := _missing_library(kind, program):
        pytest.skip(f"{missing} is not installed")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    words = [sys.executable, "-c", program] if kind == "python" else ["/bin/sh", "-ec", program]
    environment = {**os.environ, "PATH": path, "MPLCONFIGDIR": str(folder), "PYTHONUTF8": "1"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for words_of_it in PRINTED[heading, kind]:
        assert words_of_it in done.stdout
    for name, beginning in MADE.get(heading, {}).items():
        assert (folder / name).read_bytes().startswith(beginning)


def test_every_recipe_has_an_expectation():
    assert {(heading, kind) for heading, kind, program in RECIPES if NEEDS_NETWORK not in program} == set(PRINTED)


def test_every_library_is_one_that_make_recipes_installs():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    group = re.search(r"^recipes = \[\n(.*?)^\]", project, re.S | re.M)
    assert group is not None
    installed = {name.replace("-", "_") for name in re.findall(r'"([\w-]+)', group[1])} | {"datasette"}
    programs = "\n".join(block for _, kind, block in RECIPES if kind == "python")
    used = set(re.findall(r"^(?:import|from) (\w+)", programs, re.M)) - set(sys.stdlib_module_names)
    assert used <= installed
