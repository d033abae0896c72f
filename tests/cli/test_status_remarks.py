"""`ingestd status`: each remark about a source that its user may act on, once, and the same facts as JSON."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestd.text.times import utc_text

URL = "https://a.example/f"


def remarks(ingestd) -> list[str]:
    """The lines about the source 甲, on both streams."""
    done = ingestd("status")
    return [line for line in (done.out + done.err).splitlines() if line.startswith("甲: ")]


@pytest.mark.parametrize(
    ("values", "remark"),
    [
        ("last_outcome = 'ok'", None),
        ("last_outcome = 'not-modified'", None),
        ("last_outcome = 'unchanged'", None),
        ("last_outcome = 'timeout', enabled = 0", None),
        (
            "suspected_loss_at = '2026-11-22T00:00:00.000Z'",
            "甲: articles may have been missed before 2026-11-22 00:00 UTC: it is polled more often now",
        ),
    ],
)
def test_remark(two_sources, values, remark):
    two_sources.sql(f"UPDATE sources SET {values} WHERE name = '甲'")
    assert remarks(two_sources) == ([] if remark is None else [remark])


@pytest.mark.parametrize(("misses", "is_told"), [(2, False), (3, True), (9, True)])
def test_site_rule_that_finds_nothing(two_sources, misses, is_told):
    for number in range(misses):
        two_sources.sql(
            "INSERT INTO problems (source_id, url, outcome, reason, first_at, last_at)"
            " VALUES (1, ?, 'rule-missed', 'nothing', '2026-01-01', '2026-01-02')",
            f"https://a.example/{number}",
        )
    told = f"甲: its site rule found nothing {misses} times in a row: the site may have changed"
    assert remarks(two_sources) == ([told] if is_told else [])
    two_sources.sql(
        "INSERT INTO posts (source_id, from_url, title, date, author, content, text, date_origin, body_origin,"
        " fetched_at, updated_at) VALUES (1, 'https://a.example/x', 'T', '2026', '', '', '',"
        " 'feed', 'rule', '2026-01-03', '2026')"
    )
    assert remarks(two_sources) == []  # a later article was found by the rule


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        ("dns-failed", "no such host"),
        ("connect-failed", "refused"),
        ("timeout", "after 20 s"),
        ("rate-limited", "429"),
        ("server-error", "500"),
        ("tls-failed", "certificate has expired"),
        ("address-refused", "10.0.0.1"),
        ("unauthorized", "401"),
        ("forbidden", "403"),
        ("challenge", "a challenge"),
        ("not-found", "404"),
        ("gone", "410"),
        ("redirect-failed", "too many"),
        ("too-large", "16 MB"),
        ("not-a-feed", "a web page"),
        ("feed-broken", "line 3"),
        ("feed-truncated", "breaks off"),
        ("local-fault", "too many open files"),
    ],
)
def test_every_failure_names_source_address_outcome_and_what_to_do(two_sources, outcome, error):
    two_sources.sql(
        "UPDATE sources SET last_outcome = ?, last_error = ?, failures = 2,"
        " failing_since = '2026-01-01T00:00:00.000Z' WHERE name = '甲'",
        outcome,
        error,
    )
    (line,) = remarks(two_sources)
    assert line.startswith(f"甲: {URL}: {outcome}: ")
    assert error in line
    assert len(line) > len(f"甲: {URL}: {outcome}: {error}")
    advice = {row["name"]: row["advice"] for row in two_sources("status", "--json").json["sources"]}
    assert line == f"甲: {URL}: {outcome}: {advice['甲']}"
    assert advice["乙"] is None


def test_columns_of_a_source(two_sources):
    two_sources.sql(
        "UPDATE sources SET last_outcome = 'ok', failures = 0, last_new_at = '2026-11-22T17:05:33.000Z',"
        " last_ok_at = '2026-11-22T17:06:33.000Z',"
        " next_poll_at = '2026-11-22T17:35:00.000Z' WHERE name = '甲'"
    )
    head, _, row = [line.split("\t") for line in two_sources("status").out.splitlines()]
    shown = dict(zip(head, row, strict=True))
    assert shown == {
        "source": "甲",
        "outcome": "ok",
        "posts": "0",
        "failures": "0",
        "last new (UTC)": "2026-11-22 17:05",
        "next poll (UTC)": "2026-11-22 17:35",
        "problems": "0",
        "last success (UTC)": "2026-11-22 17:06",
        "silent days": "",
        "14 days": "·" * 14,
    }


def test_problems_and_notices_as_json(two_sources):
    two_sources.sql(
        "INSERT INTO problems (source_id, url, outcome, reason, first_at, last_at)"
        " VALUES (1, 'https://me:geheim@a.example/9', 'not-found', '404', '2026-01-01', '2026-01-02'),"
        " (2, '', 'entry-broken', 'no link', '2026-01-01', '2026-01-03')"
    )
    two_sources.sql(
        "INSERT INTO notices (kind, since, reason) VALUES ('hubs', '2026-11-22T17:05:33.000Z', 'port in use')"
    )
    answer = two_sources("status", "--json").json
    assert [(row["source"], row["url"], row["outcome"]) for row in answer["problems"]] == [
        ("乙", None, "entry-broken"),
        ("甲", "https://a.example/9", "not-found"),
    ]
    assert [row["kind"] for row in answer["notices"]] == ["hubs"]
    done = two_sources("status")
    assert "hubs at 2026-11-22 17:05 UTC: port in use\n" in done.err
    lines = done.out.splitlines()
    assert lines[-3:] == [
        "latest problems with single entries and pages:",
        "  乙: -: entry-broken: no link",
        "  甲: https://a.example/9: not-found: 404",
    ]


def test_several_daemons_are_listed(two_sources):
    """Of other machines: nothing is known of those but their signs of life."""
    seen = [utc_text(datetime.now(UTC) - timedelta(minutes=minutes)) for minutes in (0, 7)]
    two_sources.sql("INSERT INTO daemons VALUES ('one:12:x-1', '1', ?, ?)", seen[0], seen[0])
    assert "daemons" not in two_sources("status").err
    two_sources.sql("INSERT INTO daemons VALUES ('two:34:x-1', '1', ?, ?)", seen[1], seen[1])
    said = two_sources("status").err
    assert "1 daemon polls the sources:" in said
    assert "process 34 on two, for 7 min, no sign of life for 7 min" in said
    assert [row["holder"] for row in two_sources("status", "--json").json["daemons"]] == ["two:34:x-1", "one:12:x-1"]
    two_sources.sql("INSERT INTO daemons VALUES ('three:56:x-1', '1', ?, ?)", seen[0], seen[0])
    assert "2 daemons share the sources:" in two_sources("status").err
