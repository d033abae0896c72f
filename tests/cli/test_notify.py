"""`ingestd notify`, and what `status` says of targets."""

import json

import pytest

from ingestd.store.database import Database
from ingestd.store.notify_targets import sync_targets
from tests.store import make
from tests.support.server import Answer, Server


@pytest.fixture
def server():
    with Server() as running:
        yield running


def configure(ingestd, *urls: str):
    with ingestd.config.open("a") as config:
        for number, url in enumerate(urls):
            config.write(f'[[notify]]\nname = "t{number}"\nevents = ["post-new"]\nurl = "{url}"\n')


def test_a_target_is_tried(ingestd, server):
    configure(ingestd, server.route("/hook", Answer(204), Answer(500)))
    done = ingestd("notify", "test")
    [request] = server.requests
    sent = json.loads(request.body)
    assert (done.status, done.out) == (0, f"t0: has taken the event {sent['id']}\n")
    assert sent["event"] == "test"
    failed = ingestd("notify", "test", "t0")
    assert failed.status == 1
    assert failed.err.startswith("ingestd: t0: server-error: ")


def test_the_target_to_be_tried_is_named(ingestd):
    assert ingestd("notify", "test")[::2] == (2, "ingestd: the configuration has no [[notify]]\n")
    configure(ingestd, "https://a.example/", "https://b.example/")
    assert ingestd("notify", "test").err == "ingestd: which target? There are: t0, t1\n"
    assert ingestd("notify", "test", "t2").err == "ingestd: no target is named 't2'; there are: t0, t1\n"


def test_targets_that_fail_or_lost_events_are_shown(ingestd):
    assert "no targets yet" in ingestd("notify", "list").err
    with Database(f"sqlite:///{ingestd.database}") as database:
        database.write(sync_targets, {"good": ["post-new"], "bad": ["post-new"]}, make.NOW)
    ingestd.sql(
        "UPDATE notify_targets SET failures = 3, failing_since = '2026-11-22T17:00:00.000Z',"
        " last_error = 'timeout: slow', dropped = 7, dropped_at = '2026-11-22T18:00:00.000Z' WHERE name = 'bad'"
    )
    for command in (("status",), ("notify", "list")):
        said = ingestd(*command).err
        assert "notifications to bad fail since 2026-11-22" in said
        assert "timeout: slow; 0 wait" in said
        assert "notifications to bad: 7 were dropped" in said
        assert "good" not in said
    assert [row["name"] for row in ingestd("notify", "list", "--json").json] == ["bad", "good"]
    assert [row["dropped"] for row in ingestd("status", "--json").json["notify"]] == [7, 0]


def test_a_secret_that_cannot_be_read_is_told_before_anything_starts(ingestd):
    configure(ingestd, "https://a.example/")
    with ingestd.config.open("a") as config:
        config.write('secret_file = "none"\n')
        config.write('[[sources]]\nname = "F"\nurl = "https://a.example/f"\n')
    for command in (("config", "check"), ("run",)):
        done = ingestd(*command)
        assert done.status == 78
        assert "the target 't0' of notifications: its secret_file" in done.err
