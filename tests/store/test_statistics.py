"""Numbers of posts, problems and rule misses by source, and of rows by table."""

from datetime import date

import pytest
from sqlalchemy import event

from ingestd.model.article import BodyOrigin
from ingestd.model.errors import Outcome
from ingestd.model.feed import Problem, ZoneOrigin
from ingestd.model.post import DateOrigin
from ingestd.store.statistics import (
    ChartedPosts,
    LatestZone,
    charted_posts,
    latest_zones,
    posts_by_day,
    source_health,
    table_counts,
)
from tests.store import make


def test_table_counts(filled):
    assert filled.read(table_counts) == {"sources": 2, "posts": 8, "revisions": 0, "pages": 0, "identities": 8}


def test_source_health_counts_by_source(database):
    make.configured(database, "a", "b")
    make.store(database, make.new(1), make.new(2), waiting=(make.waiting(3),))
    found = [(row["name"], row["posts"], row["problems"], row["waiting"]) for row in database.read(source_health)]
    assert found == [("a", 2, 0, 1), ("b", 0, 0, 0)]


def misses(database):
    [row] = database.read(source_health)
    return row["rule_misses"]


def missed(database, number, seconds):
    problem = Problem(Outcome.RULE_MISSED, "the selector matches nothing", make.link(number)[1])
    make.store(database, problems=(problem,), at=make.later(seconds))


def test_misses_are_counted_since_the_last_match(database):
    make.configured(database)
    assert misses(database) == 0
    for number in (1, 2):
        missed(database, number, number)
    assert misses(database) == 2
    hit = make.post(3, body_origin=BodyOrigin.RULE, fetched_at=make.later(3))
    make.store(database, make.new(3, like=hit), at=make.later(3))
    assert misses(database) == 0
    for number in (4, 5, 6):
        missed(database, number, number)
    assert misses(database) == 3


def test_other_problems_and_other_bodies_do_not_count(database):
    make.configured(database)
    problem = Problem(Outcome.NOT_FOUND, "404", make.link(1)[1])
    make.store(database, make.new(2), problems=(problem,))
    assert misses(database) == 0


def test_latest_zone_is_that_of_the_latest_date_that_was_stated(database):
    make.configured(database, "a", "b")
    zones = (ZoneOrigin.STATED, ZoneOrigin.TEXT, None)
    for number, zone in enumerate(zones, 1):
        origin = DateOrigin.FEED if zone else DateOrigin.INGESTED
        post = make.post(number, zone_origin=zone, date_origin=origin, date=make.later(number), language="en")
        make.store(database, make.new(number, like=post))
    post = make.post(2)
    assert database.read(latest_zones) == {1: LatestZone("text", "en", f"{post.title}\n{post.text[:300]}")}


def test_latest_zones_are_searched_in_one_index(file):
    """However many posts a source has, one row of each is read."""
    plans: list[str] = []

    def explain(_connection, cursor, statement, parameters, *_rest):
        if not statement.startswith("EXPLAIN"):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in cursor.fetchall())

    event.listen(file.engine, "before_cursor_execute", explain)
    file.read(latest_zones)
    assert any("USING COVERING INDEX" in line and "source_id=?" in line for line in plans), plans
    assert not any("TEMP B-TREE" in line or "SCAN posts" in line for line in plans), plans


def test_posts_by_day_and_source(database):
    make.configured(database, "a", "b", "c")
    for number, (source, hours) in enumerate([(1, 0), (1, -1), (1, -17), (1, -18), (2, -24), (2, -24 * 9)], 1):
        post = make.post(number, source_id=source, date=make.later(3_600 * hours))
        make.store(database, make.new(number, like=post), source_id=source)
    counted = database.read(posts_by_day, make.later(-7 * 86_400))
    assert counted == {1: {date(2026, 11, 22): 3, date(2026, 11, 21): 1}, 2: {date(2026, 11, 21): 1}}


def test_posts_by_day_reads_a_range_of_an_index(filled):
    if filled.path is None:
        pytest.skip("the plan is SQLite's")
    plan = make.query_plan(filled, lambda connection: posts_by_day(connection, make.NOW))
    ranges = [step for step in plan if " posts " in step]
    assert ranges == ["SEARCH posts USING COVERING INDEX ix_posts_source_id_date_date_origin (source_id=? AND date>?)"]


def test_charted_posts_are_those_of_the_largest_sources_and_of_the_others_together(database):
    make.configured(database, *"abcd")
    days = {1: [22, 22, 21], 2: [22, 22], 3: [20, 22], 4: [21, 1]}
    number = 0
    for source, found in days.items():
        for day in found:
            number += 1
            post = make.post(number, source_id=source, date=make.NOW.replace(day=day))
            make.store(database, make.new(number, like=post), source_id=source)
    first, last = date(2026, 11, 20), date(2026, 11, 22)
    assert database.read(lambda connection: charted_posts(connection, first, last, largest=2)) == ChartedPosts(
        {
            1: {date(2026, 11, 22): 2, date(2026, 11, 21): 1},
            2: {date(2026, 11, 22): 2},
            0: {date(2026, 11, 20): 1, date(2026, 11, 21): 1, date(2026, 11, 22): 1},
        },
        others=2,
    )
    all_of_them = database.read(lambda connection: charted_posts(connection, last, last, largest=9))
    assert (sorted(all_of_them.by_day), all_of_them.others) == ([1, 2, 3], 0)
