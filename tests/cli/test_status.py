"""`ingestd status`: the state of each source, what to do about it, and single problems."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestd.cli import status_
from ingestd.text.times import utc_text

NOW = datetime.now(UTC)


def test_sources_before_their_first_poll(two_sources):
    assert [row.split("\t")[1] for row in two_sources("status").out.splitlines()] == ["outcome"] + [
        "not polled yet"
    ] * 2


def test_empty_database(ingestd):
    ingestd("db", "upgrade")
    assert ingestd("status").err == "no sources yet: `ingestd fetch` reads the configuration\n"


@pytest.mark.parametrize(
    ("values", "word", "says"),
    [
        (
            "paused = 1, last_outcome = 'gone', last_error = '410'",
            "paused",
            "Remove it, or give it its new address",
        ),
        (
            f"last_outcome = 'timeout', failures = 3, failing_since = '{utc_text(NOW - timedelta(days=2))}'",
            "timeout",
            "failing for 2 days, 3 times in a row",
        ),
        ("last_outcome = 'ok'", "ok", None),
    ],
    ids=["paused", "failing", "well"],
)
def test_state_and_advice(two_sources, values, word, says):
    two_sources.sql(f"UPDATE sources SET {values} WHERE name = '甲'")
    done = two_sources("status")
    [row] = [line.split("\t") for line in done.out.splitlines() if line.startswith("甲\t")]
    assert row[1] == word
    told = [line for line in done.out.splitlines() if line.startswith("甲: ")]
    assert (says in told[0]) if says else not told


def test_removed_sources_are_counted_and_shown_on_demand(two_sources):
    two_sources.sql("UPDATE sources SET enabled = 0, last_outcome = 'timeout', last_error = 'after 20 s'")
    with two_sources.config.open("a") as config:
        config.write('[[sources]]\nname = "乙"\nurl = "https://b.example/f"\nenabled = false\n')
    done = two_sources("status")
    assert [line.split("\t")[:2] for line in done.out.splitlines()[1:]] == [["乙", "disabled"]]
    assert done.err == "removed sources, which keep their posts: 1 (`ingestd status --all` shows them)\n"
    everything = two_sources("status", "--all")
    assert [line.split("\t")[:2] for line in everything.out.splitlines()[1:]] == [["乙", "disabled"], ["甲", "removed"]]
    assert everything.err == ""
    for option, names in (((), {"乙": False}), (("--all",), {"乙": False, "甲": True})):
        listed = two_sources("status", "--json", *option).json["sources"]
        assert {row["name"]: row["removed"] for row in listed} == names


def add_post(two_sources, number: int, date: str, origin: str | None, *, title: str = "T", text: str = "") -> None:
    zone = "NULL" if origin is None else f"'{origin}'"
    date_origin = "ingested" if origin is None else "feed"
    two_sources.sql(
        "INSERT INTO posts (source_id, from_url, title, date, author, content, text, date_origin, zone_origin,"
        f" body_origin, fetched_at, updated_at) VALUES (1, 'https://a.example/{number}', '{title}', '{date}', '', '',"
        f" '{text}', '{date_origin}', {zone}, 'feed', '2026', '2026')"
    )


def add_posts(two_sources, days_ago: dict[int, int]) -> None:
    number = 100
    for ago, count in days_ago.items():
        for _ in range(count):
            number += 1
            add_post(two_sources, number, f"{NOW - timedelta(days=ago):%Y-%m-%d}T00:00:00.000Z", "stated")


@pytest.mark.parametrize(
    ("days_ago", "drawn", "silent", "remark"),
    [
        ({}, "··············", "", None),
        ({0: 1}, "·············█", "0", None),
        ({0: 8, 1: 4, 2: 1, 13: 2, 14: 9}, "▂··········▁▄█", "0", None),
        ({1: 1, 9: 1}, "····█·······█·", "1", None),
        (
            dict.fromkeys(range(5, 15), 1),
            "█████████·····",
            "5",
            "published nothing for 5 days, and usually does every day",
        ),
        (dict.fromkeys(range(5, 40, 5), 1), "···█····█·····", "5", None),
    ],
)
def test_posts_of_two_weeks_and_silence(two_sources, days_ago, drawn, silent, remark):
    two_sources.sql("UPDATE sources SET last_outcome = 'ok' WHERE name = '甲'")
    add_posts(two_sources, days_ago)
    lines = two_sources("status").out.splitlines()
    [row] = [line.split("\t") for line in lines if line.startswith("甲\t")]
    assert row[-2:] == [silent, drawn]
    remarks = [line for line in lines if line.startswith("甲: ")]
    assert (remark in remarks[0]) if remark else remarks == []
    [_, found] = two_sources("status", "--json").json["sources"]
    assert found["posts_by_day"] == [days_ago.get(ago, 0) for ago in range(13, -1, -1)]
    assert (found["silence_remark"] is None) == (remark is None)


@pytest.mark.parametrize("values", ["last_outcome = 'timeout'", "paused = 1", "enabled = 0"])
def test_no_silence_of_a_source_that_is_not_read(two_sources, values):
    add_posts(two_sources, dict.fromkeys(range(5, 15), 1))
    two_sources.sql("UPDATE sources SET last_outcome = 'ok'")
    two_sources.sql(f"UPDATE sources SET {values} WHERE name = '甲'")
    found = {row["name"]: row for row in two_sources("status", "--all", "--json").json["sources"]}
    assert (found["甲"]["silent_days"], found["甲"]["silence_remark"]) == (None, None)


def test_suspected_loss_and_problems(two_sources):
    two_sources.sql("UPDATE sources SET suspected_loss_at = '2026-11-22T00:00:00.000Z' WHERE name = '乙'")
    two_sources.sql(
        "INSERT INTO problems (source_id, url, outcome, reason, first_at, last_at)"
        " VALUES (1, 'https://a.example/9?token=geheim', 'not-found', '404', '2026', '2026')"
    )
    done = two_sources("status")
    assert "乙: articles may have been missed before 2026-11-22" in done.err
    assert "甲: https://a.example/9?token=***: not-found: 404" in done.out


def test_zone_that_is_assumed_for_the_latest_post(two_sources):
    add_post(two_sources, 1, "2026-11-20", "stated")
    add_post(two_sources, 2, "2026-11-21", "assumed")
    add_post(two_sources, 3, "2026-11-22", None)
    told = 'its dates state no zone; UTC is assumed: add `timezone = "Area/City"` to the source'
    assert f"甲: {told}" in two_sources("status").out.splitlines()
    assert [row["zone_remark"] for row in two_sources("status", "--json").json["sources"]] == [None, told]


def test_zone_of_the_language_of_the_texts_is_named(two_sources):
    add_post(two_sources, 1, "2026-11-21", "text", title="Tokyo 東京のニュース", text="雨が降っています。")
    told = 'that of the language of its texts is assumed: add `timezone = "Asia/Tokyo"` to the source'
    assert told in two_sources("status").out


def test_many_sources_are_counted_and_those_that_need_someone_are_listed(two_sources, monkeypatch):
    monkeypatch.setattr(status_, "MAX_LISTED", 2)
    with two_sources.config.open("a") as config:
        for name in ("丙", "丁"):
            config.write(f'[[sources]]\nname = "{name}"\nurl = "https://{ord(name)}.example/f"\n')
    polled = "last_polled_at = '2026-11-27T00:00:00.000Z', last_outcome = 'ok'"
    for name, host in (("丙", "c.example"), ("丁", "d.example")):
        two_sources.sql(
            "INSERT INTO sources (name, url, config_url, host, enabled, added_at)"
            f" SELECT '{name}', 'https://{host}/f', 'https://{host}/f', '{host}', 1, '2026'"
        )
    two_sources.sql(f"UPDATE sources SET {polled}")
    two_sources.sql(
        "UPDATE sources SET condition = 'failing', failures = 9, last_outcome = 'timeout' WHERE name = '丁'"
    )
    two_sources.sql("UPDATE sources SET paused = 1, last_outcome = 'gone' WHERE name = '甲'")
    two_sources.sql("INSERT INTO hosts (host, spacing_s) VALUES ('d.example', 9), ('e.example', 9)")
    done = two_sources("status")
    counted, head, *rows = done.out.splitlines()
    assert counted.startswith("4 sources: ")
    assert set(counted.removeprefix("4 sources: ").split(", ")) == {"2 well", "1 paused", "1 failing"}
    listed = [row.split("\t")[:2] for row in rows if row.split("\t")[0] in ("甲", "乙", "丙", "丁")]
    assert (head.split("\t")[0], listed) == ("source", [["丁", "timeout"], ["甲", "paused"]])
    assert [row.split("\t")[0] for row in rows if ".example\t" in row] == ["d.example"]
    assert "listed are 2 sources that need someone (`ingestd status --all` lists every one)" in done.err
    everything = two_sources("status", "--all").out.splitlines()
    assert len([row for row in everything if row.split("\t")[0] in ("甲", "乙", "丙", "丁")]) == 4
