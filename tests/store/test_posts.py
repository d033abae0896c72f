"""Posts that a filter selects, and the dates of a source's latest posts."""

import pytest

from ingestd.model.post import DateOrigin
from ingestd.store.posts import PostFilter, filtered_posts, recent_dates
from ingestd.text.search.parse_query import parse_query
from tests.store import make


def listed(database, limit=99, **wanted):
    return [post.id for post in database.read(filtered_posts, PostFilter(**wanted), limit=limit)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"limit": 3}, [1, 2, 3]),
        ({"source": "a"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"source": "b"}, [3, 8]),
        ({"source": "nobody"}, []),
        ({"since": make.later(-3 * 3600)}, [1, 2, 3]),
        ({"until": make.later(-6 * 3600)}, [7, 8]),
        ({"since": make.later(-5 * 3600), "until": make.later(-4 * 3600)}, [5]),
        ({"changed_since": make.later(1)}, []),
        ({"ids": (2, 99, 5)}, [2, 5]),
        ({"source": "b", "query": parse_query('"正文 8"', make.NOW)}, [8]),
    ],
)
def test_listing(filled, wanted, expected):
    assert listed(filled, **wanted) == expected


def test_recent_dates_leave_out_dates_that_ingestd_set(filled):
    make.store(filled, make.new(9, like=make.post(9, date=make.later(9), date_origin=DateOrigin.INGESTED)))
    assert filled.read(recent_dates, 1, 2) == (make.later(-3600), make.later(-7200))


def test_recent_dates_are_read_from_a_covering_index(filled):
    if filled.path is None:
        pytest.skip("asks how SQLite does it")
    plan = make.rows(
        filled,
        "EXPLAIN QUERY PLAN SELECT date FROM posts WHERE source_id = 1 AND date_origin != 'ingested'"
        " ORDER BY date DESC LIMIT 30",
    )
    assert ["COVERING INDEX" in row[-1] for row in plan] == [True]
