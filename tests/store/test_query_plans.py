"""What is asked often reads ranges of indexes, and no table whole that grows with the posts or with the sources."""

import re

import pytest
from sqlalchemy import event

from ingestd.model.history import Backfill, BackfillState
from ingestd.model.source import Source
from ingestd.store import fingerprints, identities, image_queue, leases, posts, revisit_queue, sources
from ingestd.store.backfills import earlier_page
from ingestd.store.feed_items import item_digests
from ingestd.store.hosts import hosts_with_sources
from ingestd.store.inbox import read_inbox
from ingestd.store.posts import PostFilter
from ingestd.store.quiet_sources import days_with_posts
from ingestd.store.source_conditions import sources_summary, troubled_sources
from tests.store import make

#: Tables that have a row for each post or source, or for each of many of them.
LARGE = {"posts", "sources", "identities", "sightings", "polls", "items", "visits", "fingerprints", "pages", "inbox"}
#: Indexes that are read in their order, up to the limit of the query.
STOPPED = {"SCAN posts USING INDEX ix_posts_date"}
#: Sources that are counted without a row being read, and those that are not well.
COUNTED = re.compile("SCAN sources USING (COVERING INDEX|INDEX ix_sources_unwell)")
SOURCE = Source("a", "https://a.example/feed.xml", id=1)

HOT = {
    "due sources": lambda c: leases.due_sources(c, make.NOW, 32, per_host=48, ahead_s=2.0),
    "the state of a source": lambda c: sources.state(c, SOURCE),
    "a due visit": lambda c: revisit_queue.has_due_visit(c, make.NOW),
    "the newest posts": lambda c: posts.filtered_posts(c, PostFilter(), limit=20),
    "the newest posts of a source": lambda c: posts.filtered_posts(c, PostFilter(source="a"), limit=20),
    "a post": lambda c: posts.get_post(c, 1),
    "posts without fingerprint": fingerprints.has_backlog,
    "the entries of the present feed": lambda c: item_digests(c, 1),
    "the inbox of a source": lambda c: read_inbox(c, 1),
    "posts of keys": lambda c: identities.known_posts(c, [make.link(1)[1]], 1),
    "hosts of due images": lambda c: image_queue.hosts_with_due_images(c, [1], [], make.NOW, 8),
    "sources by condition": lambda c: sources_summary(c, make.NOW, make.NOW, 3),
    "sources that need someone": lambda c: troubled_sources(c, 100),
    "slowed hosts": lambda c: hosts_with_sources(c, make.NOW, only_slowed=True),
    "days on which a source published": lambda c: days_with_posts(c, 1, make.NOW),
}


def is_allowed(step):
    return step in STOPPED or COUNTED.match(step)


@pytest.mark.parametrize("name", HOT)
def test_hot_query_reads_no_large_table_whole(filled, name):
    steps = plan(filled, HOT[name])
    scanned = {
        found[1]
        for step in steps
        if not is_allowed(step) and (found := re.search(r"(?:^SCAN|Seq Scan on) (\w+)", step))
    }
    assert steps
    assert not scanned & LARGE, steps


def test_the_inbox_of_a_large_history_is_not_sorted(filled):
    if filled.path is None:
        pytest.skip("the words of SQLite")
    steps = plan(filled, lambda c: read_inbox(c, 1, of_history=True, limit=8))
    assert steps == ["SEARCH inbox USING INDEX ix_inbox_source_id_of_history_id (source_id=? AND of_history=?)"]


def test_a_page_of_a_history_is_looked_up_and_not_searched_among_all(filled):
    if filled.path is None:
        pytest.skip("the words of SQLite")
    backfill = Backfill(1, "paged", BackfillState.OPEN, (), make.NOW)
    steps = plan(filled, lambda c: earlier_page(c, backfill, "https://a.example/feed?page=2", "digest"))
    conditions = [step.partition(" (")[2] for step in steps]
    assert conditions == ["source_id=? AND means=? AND url=?)", "source_id=? AND means=? AND digest=?)"]


def plan(database, read):
    """The steps of the queries of `read`, in the words of the database; PostgreSQL takes an index wherever it can."""
    steps: list[str] = []

    def explain(connection):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")

        @event.listens_for(connection, "before_cursor_execute")
        def listen(_connection, cursor, statement, parameters, *_):
            cursor.execute(f"EXPLAIN {'' if database.path is None else 'QUERY PLAN '}{statement}", parameters)
            steps.extend(row[-1] for row in cursor.fetchall())

        read(connection)

    database.read(explain)
    return steps
