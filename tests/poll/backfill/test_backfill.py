"""A backfill end to end: every article once, with its own date, whatever the site is and whenever it is killed."""

import pytest

from ingestd.poll.backfill.run import BackfillOptions, BackfillReport, BackfillResult, backfill
from ingestd.store import sources
from tests.poll.backfill.sites import PLATFORMS, Blog
from tests.support.installation import Installation

pytestmark = pytest.mark.process


async def run_backfill(installation: Installation, **options: object) -> BackfillResult:
    """Backfill the source 甲."""
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        wanted = BackfillOptions(**options)  # type: ignore[arg-type] # given by the test
        return await backfill(stored[0], wanted, context, BackfillReport())
    raise AssertionError


def stored_dates(installation: Installation) -> dict[str, str]:
    rows = installation.rows("SELECT from_url, date FROM posts ORDER BY id")
    assert len({row["from_url"] for row in rows}) == len(rows)
    return {row["from_url"]: row["date"] for row in rows}


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_every_article_is_stored_once_with_its_date(installation: Installation, platform: str):
    blog = Blog(installation.server, 63)
    installation.configure({"name": "甲", "url": PLATFORMS[platform](blog)})
    result = await run_backfill(installation)
    assert (result.complete, result.failed, result.reason) == (True, False, None)
    assert result.backfills[0].means == {"json": "paged"}.get(platform, platform)
    assert stored_dates(installation) == blog.dates()
    assert result.new == 63 - installation.value("SELECT sum(new) FROM polls")
    pages = [request.path for request in installation.server.requests if request.path.startswith("/a/")]
    assert len(pages) == len(set(pages)) == 63
    [source] = installation.rows("SELECT history_from, history_complete FROM sources")
    assert source == {"history_from": blog.dates()[blog.url(1)], "history_complete": 1}
    assert installation.value("SELECT count(*) FROM polls") == 1
    assert installation.value("SELECT count(*) FROM inbox") == 0
