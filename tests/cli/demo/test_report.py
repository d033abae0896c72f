"""What the demonstration prints: aligned tables, and counts that are read during writes."""

import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from ingestd.cli.demo.report import (
    QUERIES,
    StoredCounts,
    count_stored,
    open_read_only,
    show_posts,
    show_queries,
)
from ingestd.store.engine import open_engine
from ingestd.store.models import metadata
from ingestd.store.schema import upgrade_schema

AT = "2024-03-20T03:05:00.000Z"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Two sources, both of which list the first of two posts."""
    path = tmp_path / "ingestd.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade_schema(engine, now=datetime.now(UTC))
    unsaid = ("content", "text", "author", "date_origin", "body_origin", "fetched_at", "updated_at")
    post = dict.fromkeys(unsaid, "")
    rows = {
        "sources": [
            {"id": 1, "name": "苇港日报", "url": "https://1.example/", "config_url": "", "added_at": AT},
            {"id": 2, "name": "The Almanac", "url": "https://2.example/", "config_url": "", "added_at": AT},
        ],
        "posts": [
            {**post, "id": 1, "source_id": 1, "from_url": "https://1.example/1", "title": "渡轮", "date": AT},
            {**post, "id": 2, "source_id": 2, "from_url": "https://2.example/2", "title": "a\x1b[2Jb", "date": AT},
        ],
        "sightings": [
            {"post_id": post, "source_id": source, "first_seen_at": AT, "last_seen_at": AT}
            for post, source in ((1, 1), (1, 2), (2, 2))
        ],
        "polls": [
            {"source_id": 1, "started_at": AT, "seconds": 1.0, "outcome": "ok"},
            {"source_id": 1, "started_at": AT, "seconds": 1.0, "outcome": "ok"},
            {"source_id": 2, "started_at": AT, "seconds": 1.0, "outcome": "timeout"},
        ],
    }
    with engine.begin() as connection:
        for name, values in rows.items():
            connection.execute(insert(metadata.tables[name]), values)
    engine.dispose()
    return path


def test_count_stored(database: Path):
    assert count_stored(database) == StoredCounts(sources=1, posts=2, listings=3)


def test_counts_without_a_database_or_tables(tmp_path: Path):
    assert count_stored(tmp_path / "none.db") == StoredCounts()
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "empty.db").touch()
    assert count_stored(tmp_path / "empty.db") == StoredCounts()


def test_connection_is_read_only(database: Path):
    with closing(open_read_only(database)) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM posts")


def test_reading_during_a_write(database: Path):
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM polls")
        assert count_stored(database) == StoredCounts(1, 2, 3)
        writer.execute("ROLLBACK")


def test_posts_are_printed_without_control_characters(database: Path):
    out = io.StringIO()
    show_posts(database, out)
    assert "2024-03-20T03:05  苇港日报     渡轮\n" in out.getvalue()
    assert "a�[2Jb" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_queries_are_printed_with_question_and_result(database: Path):
    out = io.StringIO()
    show_queries(database, out)
    text = out.getvalue()
    assert len(QUERIES) == 3
    for question, sql in QUERIES:
        assert f"-- {question}\n{sql};\n" in text
    assert "渡轮   苇港日报 + The Almanac" in text or "渡轮   The Almanac + 苇港日报" in text
    assert "2024-03  The Almanac  1" in text
