"""`ingestd posts delete` and `ingestd db vacuum`."""

import re

import pytest


def test_deleted_posts_are_named_and_do_not_come_back(kept):
    before = kept.sql("SELECT id, title, from_url FROM posts ORDER BY id")
    done = kept("posts", "delete", "2", "1")
    assert (done.status, done.err) == (0, "`ingestd db vacuum` gives the space back to the disk\n")
    assert done.out == "".join(f"{number}: deleted: {title} {url}\n" for number, title, url in reversed(before))
    assert kept.sql("SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM pages)") == [(0, 0)]
    assert kept("db", "check").status == 0
    assert "deleted" in kept("posts", "explain", before[0][2]).out


@pytest.mark.parametrize("ids", [("1", "7"), ("7",), ("-1",), (str(2**63),), ("x",)])
def test_none_is_deleted_where_one_does_not_exist(kept, ids):
    assert kept("posts", "delete", *ids).status == 2
    assert kept.sql("SELECT count(*) FROM posts") == [(2,)]


def test_deleted_posts_as_json(kept):
    assert [row["id"] for row in kept("posts", "delete", "1", "--json").json] == [1]


def test_vacuum(two_sources):
    two_sources.sql("CREATE TABLE large AS SELECT zeroblob(500000)")
    two_sources.sql("DROP TABLE large")
    done = two_sources("db", "vacuum")
    found = re.fullmatch(rf"{two_sources.database}: ([\d,]+) bytes before, ([\d,]+) after\n", done.out)
    assert done.status == 0
    assert found is not None
    before, after = (int(number.replace(",", "")) for number in found.groups())
    assert before - after > 400_000
    again = two_sources("db", "vacuum", "--json").json
    assert again == {"database": str(two_sources.database), "bytes_before": after, "bytes_after": after}
