"""With no descriptor left, good feeds are polled again soon, and nothing is held against them."""

import os
import resource
from collections.abc import Iterator
from datetime import datetime

import pytest

from ingestd.poll import pipeline
from ingestd.store import sources
from tests.support.installation import Installation, Item, feed


@pytest.fixture
def descriptors() -> Iterator[list[int]]:
    """The descriptors that a test has taken; they are closed after it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    yield taken
    for number in taken:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_poll_without_a_descriptor(installation: Installation, descriptors: list[int]):
    installation.server.route("/f", feed(Item("一", "https://example.org/1")))
    installation.configure({"name": "甲", "path": "/f", "article": "never"})
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (400, hard))
        while True:
            try:
                descriptors.append(os.dup(0))
            except OSError:
                break
        poll = await pipeline.poll(stored[0], context)
        for number in descriptors:
            os.close(number)
        descriptors.clear()
        assert poll.outcome == "local-fault"
        assert "Too many open files" in (poll.error or "")
        [row] = installation.rows("SELECT * FROM sources")
        wait = datetime.fromisoformat(row["next_poll_at"]) - datetime.fromisoformat(row["last_polled_at"])
        assert (row["failures"], row["failing_since"]) == (0, None)
        assert wait.total_seconds() <= 66
        assert (await pipeline.poll(stored[0], context)).outcome == "ok"
