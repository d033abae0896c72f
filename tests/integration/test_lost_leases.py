"""A worker whose lease another one has taken meanwhile writes nothing more, whatever step its poll is in."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from ingestd.daemon.poller import Poller
from ingestd.poll import held_leases
from ingestd.store import sources
from ingestd.text.times import utc_text
from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer, Received, Reply

#: What another worker does while this one waits for an answer: it finds the lease expired, and takes it.
TAKEN_OVER = (
    "DELETE FROM leases",
    "INSERT INTO leases (source_id, holder, expires_at) VALUES (1, 'elsewhere:1:abc', '{soon}')",
)
#: The other worker has also ended its poll, and planned the next one.
ENDED_ELSEWHERE = (*TAKEN_OVER, "DELETE FROM leases", "UPDATE sources SET next_poll_at = '2999-01-01T00:00:00.000Z'")


def meanwhile(installation: Installation, statements: tuple[str, ...], answer: Answer) -> Any:
    def reply(_request: Received) -> Reply:
        soon = utc_text(installation.clock() + timedelta(minutes=10))
        for statement in statements:
            installation.execute(statement.format(soon=soon))
        return answer

    return reply


def polls() -> list["asyncio.Task[Any]"]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("poll ")]


def lost(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.__dict__["fields"] for record in caplog.records if record.getMessage() == held_leases.LEASE_LOST]


@pytest.mark.process
@pytest.mark.parametrize("statements", [TAKEN_OVER, ENDED_ELSEWHERE], ids=["taken over", "ended elsewhere"])
@pytest.mark.parametrize(
    ("step", "article", "waiting"),
    [("feed", "never", 0), ("feed", "always", 0), ("failure", "never", 0), ("page", "always", 1)],
)
async def test_nothing_is_written_once_the_lease_is_lost(
    installation: Installation,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    article: str,
    waiting: int,
    statements: tuple[str, ...],
):
    monkeypatch.setattr(logging.getLogger("ingestd"), "propagate", True)
    answers = {"feed": feed(Item("一", installation.server.url("/a"))), "page": page("一", prose("长江"))}
    answers["failure"] = Answer(503)
    for path, name in (("/f", "failure" if step == "failure" else "feed"), ("/a", "page")):
        answer = answers[name]
        installation.server.route(path, meanwhile(installation, statements, answer) if name == step else answer)
    installation.configure({"name": "甲", "path": "/f", "article": article})
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        poller = Poller({source.id: source for source in stored}, context, max_polls=1)
        before = installation.rows("SELECT * FROM sources")[0] | (
            {"next_poll_at": "2999-01-01T00:00:00.000Z"} if statements is ENDED_ELSEWHERE else {}
        )
        await poller.tick()
        await asyncio.gather(*polls(), return_exceptions=True)
        assert installation.rows("SELECT * FROM sources")[0] == before | ({"site_url": None} if waiting else {})
        await poller.tick()
        assert poller.is_idle, "it is polled by the other worker alone"
        assert context.database.write_error is None
    assert [installation.value(f"SELECT count(*) FROM {table}") for table in ("polls", "posts")] == [0, 0]
    assert installation.value("SELECT count(*) FROM inbox") == waiting
    holders = [row["holder"] for row in installation.rows("SELECT holder FROM leases")]
    assert holders == (["elsewhere:1:abc"] if statements is TAKEN_OVER else [])
    [event] = lost(caplog)
    assert (event["source"], event["url"]) == ("甲", installation.server.url("/f"))
    assert "another one took over" in event["error"]


def test_fetch_counts_a_source_whose_lease_it_lost_as_polled_elsewhere(installation: Installation):
    answer = meanwhile(installation, TAKEN_OVER, feed(Item("一", "https://example.org/1")))
    installation.server.route("/f", answer)
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    status, out, _ = installation.command("fetch")
    assert (status, "another process" in out) == (0, True)
    assert installation.value("SELECT count(*) FROM polls") == 0
