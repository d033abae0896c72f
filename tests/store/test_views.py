"""The rows of each view."""

from ingestd.model.poll import WriteBatch
from ingestd.store import writes
from tests.store import make


def test_front_matter(filled):
    [row] = make.rows(filled, 'SELECT * FROM front_matter WHERE "from" = :url', url=make.link(1)[1])
    assert row == (
        "post",
        make.post(1).title,
        "2026-11-22T16:00:00.000Z",
        "记者",
        make.link(1)[1],
        '["联合早报"]',
        '["联合早报", "香港"]',
    )


def test_source_health(filled):
    query = "SELECT name, enabled, failures, posts, problems FROM source_health ORDER BY name"
    assert make.rows(filled, query) == [("a", 1, 0, 7, 0), ("b", 1, 0, 1, 0)]


def test_posts_per_day(filled):
    query = "SELECT day, source, posts FROM posts_per_day ORDER BY source"
    assert make.rows(filled, query) == [("2026-11-22", "a", 7), ("2026-11-22", "b", 1)]


def test_edits_leave_out_changes_of_rules(filled):
    updates = (make.update(1, "B", reason="page"), make.update(2, "B", reason="rule"))
    filled.write(writes.write, WriteBatch(1, make.NOW, updates=updates))
    assert make.rows(filled, "SELECT post_id, reason, new_title FROM edits") == [(1, "page", "标题 B")]


def test_edits_name_the_source(filled):
    updates = (make.update(1, "B", reason="page"),)
    filled.write(writes.write, WriteBatch(1, make.NOW, updates=updates))
    assert make.rows(filled, "SELECT post_id, source, reason FROM edits") == [(1, "a", "page")]


def test_latest_has_the_newest_first(filled):
    query = "SELECT post_id, source, title, from_url, feed_categories FROM latest LIMIT 3"
    newest = [(n, "a", make.post(n).title, make.link(n)[1], None) for n in (1, 2, 3)]
    assert make.rows(filled, query) == newest
    assert make.value(filled, "SELECT count(*) FROM latest") == 8


def test_latest_has_posts_whose_source_is_unknown(filled):
    make.run(filled, "UPDATE posts SET source_id = NULL WHERE id = 1")
    assert make.rows(filled, "SELECT post_id, source FROM latest LIMIT 2") == [(1, None), (2, "a")]


def add_poll(database, source_id, started_at, *, missed=0, error=None):
    make.run(
        database,
        "INSERT INTO polls (source_id, started_at, seconds, outcome, entries, suspected_loss, error)"
        " VALUES (:source_id, :started_at, 0.5, 'ok', 10, :missed, :error)",
        source_id=source_id,
        started_at=started_at,
        missed=missed,
        error=error,
    )


def test_possible_loss_has_the_polls_that_may_have_missed_articles(filled):
    add_poll(filled, 1, "2026-11-22T10:00:00.000Z")
    add_poll(filled, 2, "2026-11-22T11:00:00.000Z")
    add_poll(filled, 1, "2026-11-22T12:00:00.000Z", missed=1, error="the feed broke off")
    add_poll(filled, 2, "2026-11-22T10:30:00.000Z", missed=1)
    query = "SELECT source, started_at, error, previous_poll_at FROM possible_loss ORDER BY source"
    assert make.rows(filled, query) == [
        ("a", "2026-11-22T12:00:00.000Z", "the feed broke off", "2026-11-22T10:00:00.000Z"),
        ("b", "2026-11-22T10:30:00.000Z", None, None),
    ]


def test_duplicates_merged_has_the_other_sources_that_listed_a_post(filled):
    query = "SELECT post_id, source, also_listed_by, from_url FROM duplicates_merged"
    assert make.rows(filled, query) == [(3, "a", "b", make.link(3)[1])]


def test_views_of_the_few_read_few_rows(file):
    """Pages that are gone and polls that may have missed something are few among millions of rows."""
    for view, index in (
        ("gone", "ix_posts_page_state"),
        ("possible_loss", "ix_polls_suspected_loss"),
        ("latest LIMIT 20", "ix_posts_date"),
    ):
        plan = " ".join(str(row) for row in make.rows(file, f"EXPLAIN QUERY PLAN SELECT * FROM {view}"))
        assert index in plan
        assert "TEMP B-TREE" not in plan
