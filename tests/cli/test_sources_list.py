"""`ingestd sources list`: what is configured, and what the database knows of it."""

import pytest

CONFIGURED = """
[[sources]]
name = "甲"
url = "https://anna:geheim@a.example/f?token=geheim"
tags = ["新闻", "港"]

[[sources]]
name = "乙"
url = "https://b.example/f"
article = "never"
enabled = false
categories = []
"""


@pytest.fixture
def listed(ingestd):
    with ingestd.config.open("a") as config:
        config.write(CONFIGURED)
    return ingestd


def table(done) -> list[list[str]]:
    return [line.split("\t") for line in done.out.splitlines()]


def test_sources_before_there_is_a_database(without_database):
    with without_database.config.open("a") as config:
        config.write(CONFIGURED)
    done = without_database("sources", "list")
    assert table(done) == [
        ["source", "url", "article", "enabled", "posts", "outcome", "formerly"],
        ["甲", "https://a.example/f?token=***", "auto", "True", "0", "", ""],
        ["乙", "https://b.example/f", "never", "False", "0", "", ""],
    ]
    assert not without_database.database.exists()


def test_no_sources(ingestd):
    done = ingestd("sources", "list")
    assert (done.status, done.out, done.err) == (0, "", "no sources are configured\n")
    assert ingestd("sources", "list", "--json").json == []


def test_sources_as_json(listed):
    first, second = listed("sources", "list", "--json").json
    assert first == {
        "name": "甲",
        "url": "https://a.example/f?token=***",
        "article": "auto",
        "enabled": True,
        "tags": ["新闻", "港"],
        "categories": ["甲"],
        "posts": 0,
        "outcome": None,
        "former": "",
        "push": None,
    }
    assert (second["tags"], second["categories"], second["enabled"]) == (["乙"], [], False)


def test_what_the_database_knows(two_sources):
    with two_sources.config.open("a") as config:
        config.write(CONFIGURED)
    two_sources.sql("UPDATE sources SET last_outcome = 'ok', url = 'https://moved.example/f' WHERE name = '甲'")
    two_sources.sql(
        "INSERT INTO source_urls (source_id, url, until_at, reason) VALUES"
        " (1, 'https://newer.example/f?token=geheim', '2026-02-01', 'moved'),"
        " (1, 'https://older.example/f', '2026-01-01', 'moved')"
    )
    rows = table(two_sources("sources", "list"))
    assert rows[1][:2] == ["甲", "https://moved.example/f"]
    assert rows[1][5:] == ["ok", "https://older.example/f, https://newer.example/f?token=***"]


def test_exported_list_has_the_present_addresses(two_sources):
    with two_sources.config.open("a") as config:
        config.write(CONFIGURED)
    two_sources.sql("UPDATE sources SET url = 'https://moved.example/f' WHERE name = '乙'")
    done = two_sources("sources", "export")
    assert 'xmlUrl="https://moved.example/f"' in done.out
    assert 'text="甲"' in done.out
    assert "geheim" not in done.out.replace("token=geheim", "")
