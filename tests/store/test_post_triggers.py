"""What triggers keep beside posts and sightings is right after any change, by ingestd or by hand."""

import random
import sqlite3
from contextlib import closing

import pytest

from ingestd.store import search
from ingestd.store.database import Database
from ingestd.store.views import VIEWS
from tests.store import label_rows, make

COUNTED = "SELECT substr(date, 1, 10), coalesce(source_id, 0), count(*) FROM posts GROUP BY 1, 2 ORDER BY 1, 2"
KEPT = "SELECT day, source_id, posts FROM post_counts WHERE posts <> 0 ORDER BY 1, 2"
LISTED = (
    "SELECT g.post_id, g.source_id FROM sightings g JOIN posts p ON p.id = g.post_id"
    " WHERE p.source_id IS NULL OR p.source_id <> g.source_id ORDER BY 1, 2"
)
MERGED = (
    "SELECT m.post_id, s.id FROM duplicates_merged m JOIN sources s ON s.name = m.also_listed_by"
    " ORDER BY m.post_id, s.id"
)

COLUMNS = (
    "id, from_url, title, date, source_id, text, author, content, date_origin, body_origin, fetched_at, updated_at,"
    " tags"
)


def row(post_id: int | None, url: int, date: str, source_id: int | None, text: str) -> tuple[object, ...]:
    at = "2026-11-22T17:00:00.000Z"
    address = f"https://news.example/article/{url}"
    return (
        post_id,
        address,
        f"title{url}",
        date,
        source_id,
        text,
        text[:2],
        "<p></p>",
        "feed",
        "feed",
        at,
        at,
        f'["{text[0]}", "{url % 2}"]',
    )


BY_HAND = {
    "delete": ["DELETE FROM posts WHERE id IN (1, 3)"],
    "another date": ["UPDATE posts SET date = '2020-02-29T00:00:00.000Z' WHERE id < 4"],
    "another source": ["UPDATE posts SET source_id = 2 WHERE id = 1", "UPDATE posts SET source_id = NULL WHERE id = 2"],
    "a source that is deleted": ["DELETE FROM sources WHERE id = 2"],
    "a further sighting": ["INSERT INTO sightings VALUES (2, 2, 'x', 'x')", "DELETE FROM sightings WHERE post_id = 3"],
    "a moved sighting": ["UPDATE sightings SET source_id = 2 WHERE post_id = 4"],
    "all of it at once": ["DELETE FROM posts", "DELETE FROM sightings"],
}


@pytest.mark.parametrize("change", BY_HAND)
def test_counts_and_listings_follow_what_is_done_by_hand(filled, change):
    for statement in BY_HAND[change]:
        make.run(filled, statement)
    assert make.rows(filled, KEPT) == make.rows(filled, COUNTED)
    assert make.rows(filled, MERGED) == make.rows(filled, LISTED)


def kept_and_counted(user: sqlite3.Connection) -> tuple[list[tuple[object, ...]], ...]:
    return tuple(user.execute(query).fetchall() for query in (KEPT, COUNTED, MERGED, LISTED))


@pytest.mark.parametrize(
    ("foreign_keys", "recursive_triggers"), [("ON", "OFF"), ("OFF", "OFF"), ("ON", "ON"), ("OFF", "ON")]
)
def test_every_way_of_writing_in_plain_sqlite_is_followed(file, foreign_keys, recursive_triggers):
    """Statements of all kinds with conflicts on number and URL, against counts and texts taken anew after each."""
    make.configured(file, "a", "b")
    make.store(file, *(make.new(n) for n in range(1, 6)))
    make.store(file, make.new(3, like=make.post(3, source_id=2)), source_id=2)
    draw = random.Random(3)
    with closing(sqlite3.connect(file.path or "", isolation_level=None)) as user:
        user.execute(f"PRAGMA foreign_keys = {foreign_keys}")
        user.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
        for step in range(150):
            statement, values = _random_change(draw)
            try:
                user.execute(statement, values)
            except sqlite3.IntegrityError:
                assert "OR REPLACE" not in statement
                assert "OR IGNORE INTO posts" not in statement
            kept, counted, merged, listed = kept_and_counted(user)
            assert kept == counted, f"{step}: {statement}"
            assert merged == listed, f"{step}: {statement}"
            labels = label_rows.expected(user.execute(label_rows.POSTS))
            assert sorted(user.execute(label_rows.KEPT)) == labels, f"{step}: {statement}"
            for word in ("alpha", "beta", "gamma"):
                found = user.execute("SELECT rowid FROM posts_fts WHERE posts_fts MATCH ?", (word,)).fetchall()
                has = user.execute("SELECT id FROM posts WHERE text = ? ORDER BY id", (word,)).fetchall()
                assert sorted(found) == has, f"{step}: {statement}"


def _random_change(draw: random.Random) -> tuple[str, tuple[object, ...]]:
    policy = draw.choice(["", "OR REPLACE", "OR REPLACE", "OR IGNORE", "OR ABORT"])
    date = f"2026-11-{draw.randint(1, 4):02}T00:00:00.000Z"
    source_id, text = draw.choice([None, 1, 2]), draw.choice(["alpha", "beta", "gamma"])
    post_id, url = draw.choice([None, *range(1, 8)]), draw.randint(1, 7)
    kind = draw.randrange(6)
    marks = ", ".join("?" * len(COLUMNS.split(", ")))
    if kind <= 1:
        return f"INSERT {policy} INTO posts ({COLUMNS}) VALUES ({marks})", row(post_id, url, date, source_id, text)
    if kind == 2:
        upsert = "ON CONFLICT DO UPDATE SET text = excluded.text, date = excluded.date, author = excluded.author"
        return f"INSERT INTO posts ({COLUMNS}) VALUES ({marks}) {upsert}", row(post_id, url, date, source_id, text)
    if kind == 3:
        address = f"https://news.example/article/{url}"
        change = f"UPDATE {policy} posts SET from_url = ?, text = ?, author = ? WHERE id = ?"
        return change, (address, text, text[-1], draw.randint(1, 7))
    if kind == 4:
        number = draw.randint(1, 7)
        values = (number, draw.choice([1, 2]), "x", "x", number)
        return (
            "INSERT OR IGNORE INTO sightings SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM posts WHERE id = ?)",
            values,
        )
    return "DELETE FROM posts WHERE id = ?", (draw.randint(1, 7),)


def test_the_index_holds_what_replaced_posts_say(file):
    """Without a trace of the replaced text: FTS5 compares its index with the posts."""
    make.configured(file)
    make.store(file, *(make.new(n) for n in range(1, 4)))
    with closing(sqlite3.connect(file.path or "", isolation_level=None)) as user:
        user.execute("PRAGMA foreign_keys = ON")
        values = row(2, 3, "2026-01-01T00:00:00.000Z", None, "香港渡轮")
        user.execute(f"INSERT OR REPLACE INTO posts ({COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)
        assert user.execute("SELECT rowid FROM posts_fts WHERE posts_fts MATCH '渡轮'").fetchall() == [(1,), (2,)]
        assert user.execute("SELECT count(*) FROM posts_fts_docsize").fetchone() == (2,)
    assert file.read(search.index_name) == "posts_fts"


#: By query: what may be read from its beginning to its end, or to the limit.
SCANNED = {
    "posts_per_day LIMIT 20": ["c"],
    "posts_per_day ORDER BY day DESC LIMIT 20": ["c"],
    "posts_per_day WHERE day = '2026-11-22'": [],
    "duplicates_merged": ["l"],
    "duplicates_merged WHERE post_id = 3": [],
    "gone LIMIT 20": [],
    "gone WHERE post_id = 3": [],
    "possible_loss": ["l USING INDEX ix_polls_suspected_loss"],
    "edits LIMIT 20": ["r"],
    "edits WHERE post_id = 3": [],
    "edits ORDER BY recorded_at DESC LIMIT 20": ["r USING INDEX ix_revisions_recorded_at"],
    "latest LIMIT 20": ["p USING INDEX ix_posts_date"],
    "latest WHERE post_id = 3": [],
    "near_duplicates LIMIT 20": ["near_duplicate_pairs", "near_duplicate_pairs"],
    "near_duplicates WHERE post_id = 3": [],
    "near_duplicates WHERE other_id = 3": [],
    "source_health": ["s"],
    "front_matter LIMIT 20": ["posts"],
    "search_texts WHERE id = 3": ["done"] * 6,
    "label_texts WHERE id = 3": ["done"] * 2,
}


def plan_of(database: Database, query: str) -> list[str]:
    return [row[3] for row in make.rows(database, f"EXPLAIN QUERY PLAN SELECT * FROM {query}")]


@pytest.mark.parametrize("query", SCANNED)
def test_views_read_what_they_give(file, query):
    plan = plan_of(file, query)
    scans = [step.removeprefix("SCAN ") for step in plan if step.startswith("SCAN") and "CONSTANT" not in step]
    assert scans == SCANNED[query], plan
    assert not [step for step in plan if "TEMP B-TREE" in step], plan


def test_the_table_of_views_has_every_view():
    assert {query.split()[0] for query in SCANNED} == {view.name for view in VIEWS}
