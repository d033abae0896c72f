"""The world can fail: a database that is wrong in one respect is noticed by the invariant that it violates."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.world.evidence import Evidence
from tests.world.invariants import violations
from tests.world.machine import Record
from tests.world.plan import KNOWN, Knobs, make_world
from tests.world.rows import read_rows
from tests.world.run import folder, run_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished() -> Iterator[tuple[Record, Path]]:
    """A run in which nothing befell the machine, and its database."""
    world = replace(make_world(4, Knobs(sites=4, days=8.0, off=KNOWN)), machine=())
    with folder() as path:
        record, rows = run_in(world, path)
        assert not violations(rows, Evidence(record))
        yield record, path / "world.db"


def after(finished: tuple[Record, Path], folder: Path, *statements: str) -> set[str]:
    """The invariants that are violated after these statements."""
    record, path = finished
    copy = folder / "copy.db"
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement
    return set(violations(read_rows(copy), Evidence(record)))


_SECOND = "SELECT id FROM posts ORDER BY id LIMIT 1 OFFSET 1"
_OTHER_TEXT = f"SELECT text FROM posts WHERE id != ({_SECOND}) ORDER BY length(text) DESC LIMIT 1"
CORRUPTIONS = {
    "stored_exactly_once": f"DELETE FROM posts WHERE id = ({_SECOND})",
    "nobody_elses_text": f"UPDATE posts SET text = text || ({_OTHER_TEXT}) WHERE id = ({_SECOND})",
    "own_fields": f"UPDATE posts SET author = 'Nobody', published_ms = 1 WHERE id = ({_SECOND})",
    "edits_are_the_sites": "INSERT INTO revisions SELECT id, 7, 'Other', '', date, 'page', NULL FROM posts LIMIT 1",
    "every_edit_is_kept": "UPDATE revisions SET title = 'Lost'",
    "gone_is_gone": f"UPDATE posts SET page_state = 'gone' WHERE id = ({_SECOND})",
    "every_poll_has_one_outcome": "DELETE FROM polls WHERE id = 3",
    "nothing_is_left_over": "INSERT INTO leases VALUES (1, 'somebody', '2025-01-01T00:00:00.000Z')",
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_wrong_row_is_noticed(name: str, finished: tuple[Record, Path], tmp_path: Path):
    assert name in after(finished, tmp_path, CORRUPTIONS[name])
