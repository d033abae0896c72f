"""The bench of the search index in polls, small."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bench.contenders import Options
from tests.bench.indexed_polls import compare


@pytest.mark.process
@pytest.mark.slow
def test_polls_with_and_without_the_index_store_the_same(tmp_path: Path):
    found = compare(2, 1, Options(concurrency=4, yardstick_rounds=1), tmp_path)
    assert found["problems"] == []
    assert found["without"] > 0 and found["with"] > 0
    stored, indexed = [], []
    for turn in range(2):
        with closing(sqlite3.connect(tmp_path / str(turn) / "feeds" / "ingestd.db")) as user:
            stored.append(user.execute("SELECT count(*) FROM posts").fetchone()[0])
            indexed.append(user.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'posts_fts'").fetchone()[0])
    assert stored == [60, 60]
    assert indexed == [0, 1]
