"""What happens to sources and posts is queued for a target, through real polls and visits."""

import json

import pytest

from ingestd.model.event import EventKind
from ingestd.policy.condition import MIN_FAILURES
from ingestd.store.database import Database
from ingestd.store.notify_targets import sync_targets
from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer


@pytest.fixture
def told(installation: Installation) -> Installation:
    """An installation with a target that wants everything."""
    with Database(installation.url) as database:
        database.write(sync_targets, {"all": list(EventKind)}, installation.clock())
    return installation


def events(installation: Installation) -> list[tuple[str, str]]:
    """(event, title of the post or outcome of the poll) of what is queued, and nothing is queued any more."""
    rows = installation.rows("SELECT event, payload FROM outbox ORDER BY id")
    installation.execute("DELETE FROM outbox")
    payloads = [(row["event"], json.loads(row["payload"])) for row in rows]
    return [(event, told["post"]["title"] if "post" in told else told["outcome"]) for event, told in payloads]


async def test_posts_that_are_new_edited_and_gone(told: Installation):
    url = told.server.url("/a")
    told.server.route("/f", feed(Item("长江", url)))
    told.server.route("/a", page("长江", prose("长江")), page("黄河", prose("黄河")), Answer(404))
    told.configure({"name": "甲", "path": "/f"})
    await told.fetch_one()
    assert events(told) == [("post-new", "长江")]
    told.clock.forward(hours=2)
    assert await told.visit() == 1
    assert events(told) == [("post-edited", "黄河")]
    told.clock.forward(hours=5)
    assert await told.visit() == 1
    assert events(told) == [("post-gone", "黄河")]
    told.clock.forward(days=30)
    await told.visit()
    assert events(told) == []


async def test_a_source_that_fails_and_recovers(told: Installation):
    good = feed(Item("长江", "https://a.example/1", prose("长江")))
    told.server.route("/f", good, *[Answer(500)] * 4, good)
    told.configure({"name": "甲", "path": "/f", "article": "never"})
    found = []
    for _ in range(6):
        await told.fetch_one()
        found.append(events(told))
        told.clock.forward(days=1)
    assert found == [
        [("post-new", "长江")],
        [],
        [],
        [("source-failing", "server-error")],
        [],
        [("source-recovered", "unchanged")],
    ]


async def test_a_source_that_is_paused_fails(told: Installation):
    told.server.route("/f", Answer(410))
    told.configure({"name": "甲", "path": "/f"})
    found: list[list[tuple[str, str]]] = []
    while not told.value("SELECT coalesce(max(paused), 0) FROM sources"):
        assert found == [[]] * len(found)
        await told.fetch_one()
        found.append(events(told))
        told.clock.forward(days=1)
    assert found[-1] == [("source-failing", "gone")]
    assert len(found) < MIN_FAILURES


async def test_possible_loss(told: Installation):
    first, second = (feed(Item(name, f"https://a.example/{name}", prose(name))) for name in ("长江", "黄河"))
    told.server.route("/f", first, second)
    told.configure({"name": "甲", "path": "/f", "article": "never"})
    await told.fetch_one()
    told.clock.forward(days=1)
    await told.fetch_one()
    assert events(told) == [("post-new", "长江"), ("post-new", "黄河"), ("possible-loss", "ok")]
