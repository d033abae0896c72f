"""The service that applies each source's retention: pages first, then bodies, and nothing of other sources."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ingestd.config.source_settings import RetentionConfig
from ingestd.daemon.retention import Retention
from ingestd.store.database import Database
from ingestd.store.pages import store_pages
from tests.store import make


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> Iterator[Database]:
    """Source a has 250 posts, b has one; each has a page."""
    (tmp_path / "ingestd.db").write_bytes(empty_database.read_bytes())
    with Database(f"sqlite:///{tmp_path}/ingestd.db") as opened:
        make.configured(opened, "a", "b")
        make.store(opened, *(make.new(n) for n in range(1, 251)))
        make.store(opened, make.new(251, like=make.post(251, source_id=2)), source_id=2)
        opened.write(store_pages, [(n, make.page(b"<html>")) for n in range(1, 252)])
        make.run(opened, "UPDATE pages SET fetched_at = (SELECT fetched_at FROM posts WHERE posts.id = pages.post_id)")
        yield opened


def kept(database: Database) -> tuple[int, int]:
    """How many pages and bodies are left."""
    query = "SELECT (SELECT count(*) FROM pages), (SELECT count(*) FROM posts WHERE content <> '')"
    [found] = make.rows(database, query)
    return tuple(found)


@pytest.mark.parametrize(
    ("ages", "left"),
    [
        ({"pages": "2d", "bodies": "4d"}, [(251, 251), (1, 251), (1, 1)]),
        ({"bodies": "4d"}, [(251, 251), (251, 251), (1, 1)]),
        ({"pages": "2d"}, [(251, 251), (1, 251), (1, 251)]),
    ],
)
async def test_what_is_left_after_a_day_three_and_five(
    database: Database, ages: dict[str, str], left: list[tuple[int, int]]
):
    now = make.NOW
    service = Retention(database, {"a": RetentionConfig.model_validate(ages)}, lambda: now)
    found = []
    for days in (1, 3, 5):
        now = make.NOW + timedelta(days=days)
        await service.tick()
        found.append(kept(database))
    assert found == left
