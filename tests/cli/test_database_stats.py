"""`ingestd db stats`: sizes, growth and the forecast."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestd.cli.database_stats import Growth, forecast, human_bytes
from ingestd.store.sizes import SourceSize, TableSize
from ingestd.text.times import utc_text
from tests.cli.test_read_commands import add_post

TABLES = [TableSize("posts", 10, 3_000, 500), TableSize("items", 10, 500, None)]


def source(new_bytes: int = 0, new_images: int = 0, *, texts: int = 1_000) -> SourceSize:
    return SourceSize("a", 10, texts, 600, 400, 0, 5, new_bytes, new_images)


@pytest.mark.parametrize(
    ("by_source", "days", "free", "expected"),
    [
        # What is new takes twice its size, as the whole does: 4,000 bytes of tables for 2,000 of texts and pages.
        ([source(300)], 30.0, 6_000, Growth(30.0, 5, 300, 0, 600, 0, 6_000, 10.0)),
        ([source(300)], 10.0, 6_000, Growth(10.0, 5, 300, 0, 1_800, 0, 6_000, 3.3)),
        ([source(100, 50)], 30.0, 1_000, Growth(30.0, 5, 100, 50, 200, 50, 1_000, 4.0)),
        ([source()], 30.0, 1_000, Growth(30.0, 5, 0, 0, 0, 0, 1_000, None)),
        ([source(300)], 30.0, None, Growth(30.0, 5, 300, 0, 600, 0, None, None)),
        ([source(300)], 0.9, 1_000, Growth(0.9, 5, 300, 0, None, None, 1_000, None)),
        ([], 30.0, 1_000, Growth(30.0, 0, 0, 0, 0, 0, 1_000, None)),
    ],
)
def test_forecast(by_source, days, free, expected):
    assert forecast(TABLES, by_source, days, free) == expected


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, ""),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.00 kB"),
        (12_345, "12.3 kB"),
        (99_940, "99.9 kB"),
        (99_960, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (10**12, "1.00 TB"),
        (10**19, "10000 PB"),
    ],
)
def test_human_bytes(count, words):
    assert human_bytes(count) == words


def test_stats_of_a_database(two_sources):
    now = datetime.now(UTC)
    two_sources.sql(f"UPDATE sources SET added_at = '{utc_text(now - timedelta(days=10))}'")
    for number in range(1, 4):
        stored = utc_text(now - timedelta(days=number))
        add_post(two_sources, number, fetched_at=stored, text="x" * 1_000, content="", title="")
    stats = two_sources("db", "stats", "--json").json
    growth = stats["growth"]
    assert (growth["days"], growth["posts"], growth["bytes"]) == (10.0, 3, 3_000)
    assert growth["database_per_month"] > 3 * 3_000
    assert growth["months_until_full"] > 0
    assert {one["name"]: one["new_bytes"] for one in stats["by_source"]} == {"甲": 3_000, "乙": 0}
    assert {"posts", "identities", "posts_fts"} <= {one["name"] for one in stats["tables"]}
    out = two_sources("db", "stats").out
    assert "甲\t3\t3.00 kB\t0 bytes\t0 bytes\t0 bytes\t3\t3.00 kB\n" in out
    assert "Growth: 3 posts were polled in the last 10 days. At this pace the database grows by " in out
    assert " free: enough for more than a hundred years." in out


def test_a_new_database_has_no_forecast(two_sources):
    out = two_sources("db", "stats").out
    assert out.endswith("\nGrowth: too early to tell; it is measured from the first day on.\n")
    assert two_sources("db", "stats", "--json").json["growth"]["database_per_month"] is None


def test_nothing_polled(two_sources):
    two_sources.sql("UPDATE sources SET added_at = '2026-01-01T00:00:00.000Z'")
    assert two_sources("db", "stats").out.endswith("\nGrowth: nothing was polled in the last 30 days.\n")
