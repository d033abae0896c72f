"""WebSub subscriptions in `status` and `sources list`: state and end of the lease, without secrets."""

import pytest

TOKEN, SECRET = "a" * 40, "b" * 64
# State, the end of the lease, asked at, the error; then the words for it.
STATES = [
    ("active", "2999-01-02T03:04:05.000Z", None, None, "active until 2999-01-02 03:04"),
    ("active", "2020-01-02T03:04:05.000Z", None, None, "expired"),
    ("asked", None, "2026-11-22T10:00:00.000Z", None, "asked 2026-11-22 10:00, no answer yet"),
    ("asked", None, "2026-11-22T10:00:00.000Z", "it fails", "asked 2026-11-22 10:00, no answer yet: it fails"),
    ("denied", None, None, "not \u202ewelcome", "denied: not \\u202ewelcome"),
    ("ending", "2999-01-02T03:04:05.000Z", "2026-11-22T10:00:00.000Z", None, "ending"),
]


@pytest.fixture
def polled(ingestd):
    """Two sources in the database, without a server behind them."""
    lines = "".join(f'[[sources]]\nname = "{name}"\nurl = "http://127.0.0.1:9/{name}"\n' for name in ("one", "two"))
    ingestd.config.write_text(ingestd.config.read_text() + lines)
    ingestd("fetch")
    return ingestd


@pytest.mark.slow
@pytest.mark.parametrize(("state", "until", "asked", "error", "words"), STATES)
def test_states_of_subscriptions(polled, state, until, asked, error, words):
    polled.sql(
        "INSERT INTO subscriptions (source_id, hub, topic, token, secret, state, expires_at, requested_at, error)"
        " VALUES (1, 'https://hub.example/?key=sesame', 'https://t/', ?, ?, ?, ?, ?, ?)",
        *(TOKEN, SECRET, state, until, asked, error),
    )
    for command in (("status",), ("sources", "list")):
        shown = polled(*command)
        head, one, two, *_ = shown.out.splitlines()
        assert (head.split("\t")[-1], one.split("\t")[-1], two.split("\t")[-1]) == ("pushes", words, "")
        listed = polled(*command, "--json")
        record = (listed.json["sources"] if command == ("status",) else listed.json)[0]["push"]
        assert record["state"] == words.split()[0].rstrip(":")
        assert (record["until"], record["error"], record["pushes"]) == (until, error, 0)
        assert not any(secret in shown.out + listed.out for secret in (TOKEN, SECRET, "sesame"))


def test_no_column_without_subscriptions(polled):
    assert polled("status").out.splitlines()[0].split("\t")[-1] == "14 days"
    assert polled("sources", "list", "--json").json[0]["push"] is None
