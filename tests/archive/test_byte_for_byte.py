"""Archive files that `ingestd import` takes and `ingestd export jekyll` writes again: the same names and bytes."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import Commands

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.md"))
#: The shape that each fixture has, by a part of its name, and the keys that `posts.extra` needs for it.
SHAPES = {
    "山间图书馆": set(),  # seven keys
    "A boat named": set(),  # eight keys, with `comments`
    "没有时间": set(),  # `NaN` for the published time
    "Braces": {"archive.head", "archive.link", "archive.body", "archive.liquid"},  # front matter, link, body of its own
}


@pytest.fixture
def commands(tmp_path, capsys):
    config = tmp_path / "ingestd.toml"
    config.write_text(f"[database]\nurl = {json.dumps(f'sqlite:///{tmp_path}/ingestd.db')}\n")
    return Commands(config, capsys)


def test_fixtures_cover_every_file_shape():
    assert len(FIXTURES) == len(SHAPES)
    assert all(any(part in path.name for path in FIXTURES) for part in SHAPES)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name[:10])
def test_an_imported_file_is_exported_byte_for_byte(commands, tmp_path, path):
    assert commands("import", path).status == 0
    assert commands("export", "jekyll", "--out", tmp_path / "out").status == 0
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == {path.name: path.read_bytes()}


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name[:10])
def test_extra_holds_what_the_values_do_not(commands, path):
    assert commands("import", path).status == 0
    [[extra]] = commands.sql("SELECT extra FROM posts")
    [expected] = [keys for part, keys in SHAPES.items() if part in path.name]
    assert set(json.loads(extra)) == expected
