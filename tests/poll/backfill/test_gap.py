"""A poll that finds nothing known: what came and went since the last one is found behind the feed."""

import pytest

from tests.poll.backfill.sites import PLATFORMS, Blog, rss
from tests.support.installation import Installation

pytestmark = pytest.mark.process


async def poll_twice(installation: Installation, blog: Blog, serve, later: int, **source: object) -> None:
    """Poll a blog of some articles, and again when it has `later` more."""
    installation.configure({"name": "甲", "url": serve(blog), **source})
    await installation.fetch_one()
    blog.add(later)
    url = serve(blog)
    before = len(installation.server.requests)
    poll = await installation.fetch_one(force=True)
    assert poll.suspected_loss
    received = installation.server.requests[before:]
    assert [installation.server.url(request.target) for request in received].count(url) == 1
    lists = [request.path for request in received if not request.path.startswith("/a/")]
    # robots.txt, the feed once, and the pages behind it
    assert len(lists) <= 5


def gap(installation: Installation) -> dict[str, object]:
    query = "SELECT entries, new, gap, gap_new FROM possible_loss"
    [row] = installation.rows(query)
    return row


@pytest.mark.parametrize("platform", [name for name in PLATFORMS if name != "tumblr"])
async def test_what_came_and_went_is_stored_and_the_row_says_that_the_gap_is_closed(
    installation: Installation, platform: str
):
    blog = Blog(installation.server, 63)
    article = "auto" if platform in ("paged", "wordpress") else "never"
    listed = {"blogger": 25, "ghost": 15, "discourse": 30}.get(platform, 10)
    later = listed + 9
    await poll_twice(installation, blog, PLATFORMS[platform], later, article=article)
    posts = installation.rows("SELECT from_url, date FROM posts")
    newest = sorted(blog.dates().items(), key=lambda item: item[1])[-(listed + later) :]
    assert {row["from_url"]: row["date"] for row in posts} == dict(newest)
    assert gap(installation) == {"entries": listed, "new": later, "gap": "closed", "gap_new": 9}
    assert installation.value("SELECT suspected_loss_at FROM sources") is None


async def test_a_gap_that_is_too_wide_stays_open(installation: Installation):
    blog = Blog(installation.server, 63)
    await poll_twice(installation, blog, PLATFORMS["paged"], 60, article="never")
    assert gap(installation) == {"entries": 10, "new": 40, "gap": "open", "gap_new": 30}
    assert installation.value("SELECT suspected_loss_at FROM sources") is not None


async def test_without_older_pages_nothing_is_tried(installation: Installation):
    def serve(blog: Blog) -> str:
        return blog.server.route("/feed", rss(blog, blog.newest(0, 10)))

    blog = Blog(installation.server, 20)
    await poll_twice(installation, blog, serve, 15, article="never")
    assert gap(installation) == {"entries": 10, "new": 10, "gap": None, "gap_new": 0}
    assert installation.value("SELECT suspected_loss_at FROM sources") is not None
