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
