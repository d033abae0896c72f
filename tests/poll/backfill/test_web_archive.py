"""The history of a feed by a web archive: its snapshots through the CDX API, and pages that their site has no more."""

import json
from collections.abc import Mapping
from datetime import datetime

import pytest

from ingestd.model.errors import PermanentError
from ingestd.poll.backfill.read_history import Wanted
from ingestd.poll.backfill.run import BackfillOptions, BackfillReport, BackfillResult, backfill
from ingestd.poll.backfill.web_archive import cdx_rows, snapshot_list
from ingestd.poll.web_archive_urls import original_url, time_of
from ingestd.store import sources
from tests.poll.backfill.sites import NOT_FOUND, Blog, query, rss
from tests.support.installation import Installation, page, prose
from tests.support.server import Answer, Received

COUNT = 40
#: Articles that the site itself has no more.
DELETED = range(1, 6)


class Archive:
    """A web archive on the blog's own server. `snapshots` maps timestamps to the articles that the feed had then."""

    def __init__(self, blog: Blog, snapshots: Mapping[str, range], rows_at_once: int = 100) -> None:
        self.blog, self.snapshots, self.rows_at_once = blog, snapshots, rows_at_once
        self.feed_url = blog.server.url("/feed")
        blog.server.route("/cdx/search/cdx", self._list)
        for timestamp, numbers in snapshots.items():
            blog.server.route(f"/web/{timestamp}id_/{self.feed_url}", rss(blog, list(numbers)))
        for number in DELETED:
            blog.server.route(f"/a/{number}", NOT_FOUND)
            self._keep_page(number)

    def _keep_page(self, number: int) -> None:
        """The archive redirects to the snapshot that is nearest to the time that is asked for."""
        url = self.blog.url(number)
        at = f"{self.blog.date(number):%Y%m%d%H%M%S}"
        kept = f"/web/20240601000000id_/{url}"
        self.blog.server.route(f"/web/{at}id_/{url}", Answer(302, headers={"Location": self.blog.server.url(kept)}))
        self.blog.server.route(kept, page(self.blog.title(number), prose(self.blog.title(number))))

    def _list(self, request: Received) -> Answer:
        asked = query(request)
        assert (asked["output"], asked["fl"], asked["url"]) == ("json", "timestamp,original", self.feed_url)
        begin = int(asked.get("resumeKey", "0"))
        rows: list[list[str]] = [[at, self.feed_url] for at in sorted(self.snapshots)]
        part = rows[begin : begin + self.rows_at_once]
        more: list[list[str]] = [[], [str(begin + len(part))]] if begin + len(part) < len(rows) else []
        found = [["timestamp", "original"], *part, *more] if part else []
        return Answer(body=json.dumps(found), headers={"Content-Type": "application/json"})


SNAPSHOTS = {
    "20240421000000": range(1, 11),
    "20240423000000": range(8, 18),
    "20240426000000": range(18, 28),
    "20240430000000": range(26, 37),
}


async def run(installation: Installation, **options: object) -> BackfillResult:
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        wanted = BackfillOptions(**options)  # type: ignore[arg-type] # given by the test
        return await backfill(stored[0], wanted, context, BackfillReport())
    raise AssertionError


@pytest.fixture
def blog(installation: Installation) -> Blog:
    made = Blog(installation.server, COUNT)
    installation.server.route("/feed", rss(made, made.newest(0, 10)))
    configure(installation, installation.server.url(""))
    return made


def configure(installation: Installation, archive: str) -> None:
    more = f'[backfill]\nwayback = "{archive}"' if archive else ""
    installation.configure({"name": "甲", "path": "/feed"}, more=more)


@pytest.mark.process
@pytest.mark.parametrize("rows_at_once", [100, 2])
async def test_every_article_of_the_snapshots_is_stored_once(installation: Installation, blog: Blog, rows_at_once: int):
    Archive(blog, SNAPSHOTS, rows_at_once)
    result = await run(installation, kind="wayback")
    assert (result.complete, result.failed, result.reason) == (True, False, None)
    rows = installation.rows("SELECT from_url, date, body_origin FROM posts")
    assert {row["from_url"]: row["date"] for row in rows} == blog.dates()
    assert len(rows) == COUNT
    # The pages that the site has no more are those of the archive, under their own address.
    assert {row["body_origin"] for row in rows} == {"page"}
    assert installation.value("SELECT count(*) FROM problems") == 0
    live = [got.path for got in blog.server.requests if got.path.startswith("/a/")]
    assert len(live) == len(set(live))


@pytest.mark.process
async def test_snapshots_from_before_since_are_not_read(installation: Installation, blog: Blog):
    Archive(blog, SNAPSHOTS)
    since = blog.date(26)
    assert since > datetime.fromisoformat("2024-04-26T00:00:00+00:00")
    result = await run(installation, kind="wayback", wanted=Wanted(since=since))
    assert (result.complete, result.failed) == (False, False)
    stored = {row["from_url"] for row in installation.rows("SELECT from_url FROM posts")}
    assert stored == {blog.url(n) for n in range(26, COUNT + 1)}
    assert (await run(installation, kind="wayback")).complete
    assert installation.value("SELECT count(*) FROM posts") == COUNT


@pytest.mark.process
async def test_no_archive_is_asked_that_is_not_configured(installation: Installation, blog: Blog):
    Archive(blog, SNAPSHOTS)
    configure(installation, "")
    result = await run(installation, kind="wayback")
    assert (result.failed, result.offers.offers, result.offers.refused) == (True, (), ())
    assert not any("/cdx/" in got.path or "/web/" in got.path for got in blog.server.requests)


@pytest.mark.process
async def test_an_archive_without_the_feed_says_so(installation: Installation, blog: Blog):
    Archive(blog, {})
    result = await run(installation, kind="wayback")
    assert result.failed
    assert "the archive has no snapshot of the feed" in result.offers.refused[0]


FEED = "http://a.example/f"
HEAD, ROW = ["timestamp", "original"], ["20240421000000", FEED]
ROWS: list[tuple[object, tuple[list[tuple[str, str]], str]]] = [
    ([], ([], "")),
    ([HEAD, ROW], ([("20240421000000", FEED)], "")),
    ([HEAD, ROW, [], ["com,example)/f 2024"]], ([("20240421000000", FEED)], "com,example)/f 2024")),
    ([HEAD, ["2024", FEED], ["20240421000000", "javascript:x"], [1, 2]], ([], "")),
]


@pytest.mark.parametrize(("body", "expected"), ROWS)
def test_rows_of_a_list(body: object, expected: tuple[list[tuple[str, str]], str]):
    assert cdx_rows(json.dumps(body).encode()) == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[1]", b"[" * 100_000])
def test_what_is_no_list_is_refused(body: bytes):
    with pytest.raises(PermanentError, match="the archive's list is no"):
        cdx_rows(body)


@pytest.mark.parametrize(
    ("snapshot", "url"),
    [
        ("https://web.archive.org/web/20240421000000id_/https://a.example/f?x=1", "https://a.example/f?x=1"),
        ("https://web.archive.org/web/20240421000000/http:/a.example/f", "http://a.example/f"),
        ("https://web.archive.org/web/*/a.example", None),
        ("https://a.example/web/2024/x", None),
    ],
)
def test_the_address_that_a_snapshot_is_of(snapshot: str, url: str | None):
    assert original_url(snapshot) == url


def test_the_time_of_a_snapshot():
    found = time_of("https://web.archive.org/web/20240421010203id_/https://a.example/f")
    assert found == datetime.fromisoformat("2024-04-21T01:02:03+00:00")
    assert time_of("https://web.archive.org/web/20249921010203id_/https://a.example/f") is None


def test_the_address_of_a_list_has_the_feeds_address_quoted():
    url = snapshot_list("https://web.archive.org/", "https://a.example/f?x=1&y=2")
    assert url.startswith("https://web.archive.org/cdx/search/cdx?url=https%3A%2F%2Fa.example%2Ff%3Fx%3D1%26y%3D2&")
