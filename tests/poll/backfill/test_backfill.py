"""A backfill end to end: every article once, with its own date, whatever the site is and whenever it is killed."""

from collections import Counter
from collections.abc import Iterator

import pytest

from ingestd.model.history import Backfill
from ingestd.model.source import Source
from ingestd.poll.backfill import gap, read_history
from ingestd.poll.backfill.read_history import Wanted
from ingestd.poll.backfill.run import NOTHING_OFFERED, BackfillOptions, BackfillReport, BackfillResult, backfill
from ingestd.store import sources
from tests.poll.backfill.sites import (
    PLATFORMS,
    Blog,
    archived_feed,
    atom,
    paged_feed,
    query,
    rss,
    wordpress_api,
    wordpress_feed,
)
from tests.support.installation import Installation
from tests.support.server import Answer, Received, Reply

pytestmark = pytest.mark.process


async def run_backfill(
    installation: Installation, report: BackfillReport | None = None, **options: object
) -> BackfillResult:
    """Backfill the source 甲."""
    async for context in installation.open():
        stored = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        wanted = BackfillOptions(**options)  # type: ignore[arg-type] # given by the test
        result = await backfill(stored[0], wanted, context, report or BackfillReport())
    return result


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


async def test_a_mirror_tells_what_is_offered_where_the_first_address_fails(installation: Installation):
    blog = Blog(installation.server, 43)
    installation.server.route("/dead", Answer(503))
    installation.configure({"name": "甲", "path": "/dead", "mirrors": [paged_feed(blog)]})
    result = await run_backfill(installation)
    assert (result.complete, result.failed, result.reason) == (True, False, None)
    assert stored_dates(installation) == blog.dates()


async def test_the_feed_in_a_file_tells_what_its_site_offers(installation: Installation):
    blog = Blog(installation.server, 43)
    following = paged_feed(blog).split("?")[0] + "?page=2"
    head = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="{following}"/>'
    path = installation.folder / "feed.xml"
    path.write_bytes(bytes_of(rss(blog, blog.newest(0, 10), head)))
    installation.configure({"name": "甲", "url": f"file://{path}"}, fetch="allow_commands = true\n")
    result = await run_backfill(installation)
    assert (result.complete, result.failed, result.reason) == (True, False, None)
    assert stored_dates(installation) == blog.dates()
    path.write_bytes(bytes_of(rss(blog, blog.newest(0, 10))))
    assert (await run_backfill(installation, again=True)).reason == NOTHING_OFFERED


def bytes_of(answer: Answer) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else answer.body.encode()


def to_page(target: int):
    """Pages that name the next one up to the fifth, which names `target`."""
    return lambda page: f"/feed?page={target if page == 5 else page + 1}"


@pytest.mark.parametrize(
    ("serve", "stored", "reason"),
    [
        (
            lambda blog: paged_feed(blog, to_page(2)),
            50,
            "/feed?page=2 was read before: the pages lead round in a circle",
        ),
        (lambda blog: paged_feed(blog, to_page(1)), 50, "?page=1 repeats "),
        (lambda blog: paged_feed(blog, lambda page: f"/feed?page={page + 1}"), 63, "10 pages in a row have no entry"),
        (
            lambda blog: paged_feed(
                blog, lambda page: "http://other.example/feed" if page == 3 else f"/feed?page={page + 1}"
            ),
            30,
            "http://other.example/feed is on another site, and not read",
        ),
        (
            lambda blog: paged_feed(blog, lambda page: "/soft" if page == 3 else f"/feed?page={page + 1}"),
            30,
            "/soft: ",
        ),
        (lambda blog: wordpress_api(blog, stated=500), 63, "the site states 500 articles and lists 63"),
    ],
    ids=["loop", "page one again", "calendar", "another host", "soft 404", "total"],
)
async def test_a_list_that_is_wrong_ends_with_one_line_and_keeps_what_was_found(
    installation: Installation, serve, stored: int, reason: str
):
    blog = Blog(installation.server, 63)
    soft = "<html><head><title>Not found</title></head><body>Nothing here</body></html>"
    installation.server.route("/soft", Answer(body=soft, headers={"Content-Type": "text/html"}))
    installation.configure({"name": "甲", "url": serve(blog), "article": "never"})
    result = await run_backfill(installation, kind="paged")
    assert reason in str(result.backfills[0].reason)
    assert (result.complete, result.backfills[0].state) == (False, "ended")
    assert stored_dates(installation) == dict(sorted(blog.dates().items(), key=lambda item: item[1])[-stored:])
    assert installation.value("SELECT history_complete FROM sources") == 0


async def test_a_site_that_ignores_the_number_of_a_page_offers_nothing(installation: Installation):
    blog = Blog(installation.server, 63)
    generator = "<generator>https://wordpress.org/?v=6.5</generator>"
    installation.server.route("/feed/", rss(blog, blog.newest(0, 10), generator))
    installation.configure({"name": "甲", "path": "/feed/", "article": "never"})
    result = await run_backfill(installation)
    assert (result.failed, result.reason) == (True, NOTHING_OFFERED)
    assert [line.partition(": ")[0] for line in result.offers.refused] == ["WordPress", "WordPress feed"]
    assert "it shows the entries of the feed again" in result.offers.refused[1]


async def test_a_feed_that_says_it_is_complete_has_the_whole_history(installation: Installation):
    blog = Blog(installation.server, 8)
    installation.server.route("/feed", atom(blog, blog.newest(0, 8), "<fh:complete/>"))
    installation.configure({"name": "甲", "path": "/feed", "article": "never"})
    result = await run_backfill(installation)
    assert (result.complete, result.failed, result.reason) == (True, False, "its feed has all its articles")
    assert installation.value("SELECT history_complete FROM sources") == 1


class KilledError(BaseException):
    """Takes the place of a signal."""


@pytest.mark.parametrize("article", ["auto", "never"])
async def test_killed_at_any_moment_it_goes_on_where_it_was(installation: Installation, article: str):
    blog = Blog(installation.server, 63)
    installation.configure({"name": "甲", "url": archived_feed(blog), "article": article})
    kills = 0
    while True:
        calls = iter(range(2))

        def kill_at_second(_source: Source, _backfill: Backfill, _waiting: int, calls: Iterator[int] = calls) -> None:
            if next(calls, None) is None:
                raise KilledError

        try:
            result = await run_backfill(installation, report=BackfillReport(progress=kill_at_second))
            break
        except KilledError:
            kills += 1
    assert kills >= (4 if article == "auto" else 1)
    assert result.complete
    assert stored_dates(installation) == blog.dates()
    requests = Counter(request.target for request in installation.server.requests)
    assert {path: count for path, count in requests.items() if path.startswith("/a/") and count > 1} == {}
    [row] = installation.rows("SELECT pages, found, new FROM backfills")
    assert row == {"pages": 4, "found": 63, "new": 53}


async def test_since_and_most_stop_early_and_a_later_run_takes_the_rest(installation: Installation):
    blog = Blog(installation.server, 63)
    installation.configure({"name": "甲", "url": paged_feed(blog), "article": "never"})
    since = blog.date(35)
    result = await run_backfill(installation, wanted=Wanted(since=since))
    assert (result.complete, result.failed) == (False, False)
    assert "as asked for" in str(result.reason)
    assert min(stored_dates(installation).values()) == blog.dates()[blog.url(35)]
    result = await run_backfill(installation, wanted=Wanted(since=since))
    assert (result.new, result.failed) == (0, False)
    result = await run_backfill(installation, wanted=Wanted(most=7))
    assert (result.new, result.complete, result.reason) == (7, False, "7 articles, as asked for")
    result = await run_backfill(installation)
    assert result.complete
    assert stored_dates(installation) == blog.dates()
    asked = len(installation.server.requests)
    result = await run_backfill(installation)
    assert (result.complete, result.new, len(installation.server.requests)) == (True, 0, asked)
    result = await run_backfill(installation, again=True)
    assert (result.complete, result.new) == (True, 0)


async def test_a_site_in_trouble_is_asked_again_and_the_backfill_stays_open(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(read_history, "RETRY_DELAYS_S", (0.0, 0.0))
    blog = Blog(installation.server, 63)
    installation.configure({"name": "甲", "url": wordpress_feed(blog), "article": "never"})
    serve = installation.server._routes["/feed/"]
    broken = True

    def in_trouble(request: Received) -> Reply:
        return Answer(503) if broken and query(request).get("paged") == "4" else serve(request)

    installation.server.route("/feed/", in_trouble)
    result = await run_backfill(installation)
    assert (result.failed, result.backfills[0].state, result.backfills[0].pages) == (True, "open", 2)
    assert sum("paged=4" in request.target for request in installation.server.requests) == 3
    broken = False
    result = await run_backfill(installation)
    assert result.complete
    assert stored_dates(installation) == blog.dates()


async def test_the_present_feed_and_the_schedule_stay_as_they_are(installation: Installation):
    blog = Blog(installation.server, 63)
    installation.configure({"name": "甲", "url": paged_feed(blog), "article": "never"})
    await installation.fetch_one()
    columns = (
        "etag, body_digest, last_polled_at, last_new_at, next_poll_at, interval_s, last_outcome, suspected_loss_at"
    )
    before = installation.rows(f"SELECT {columns} FROM sources"), installation.rows("SELECT * FROM items")
    result = await run_backfill(installation)
    assert result.new == 53
    assert (installation.rows(f"SELECT {columns} FROM sources"), installation.rows("SELECT * FROM items")) == before
    assert installation.value("SELECT count(*) FROM visits") == 0
    poll = await installation.fetch_one(force=True)
    assert (poll.known, poll.new, poll.updated) == (10, 0, 0)


async def test_where_a_means_cannot_go_on_the_next_one_does(installation: Installation):
    blog = Blog(installation.server, 230)
    installation.configure({"name": "甲", "url": wordpress_api(blog), "article": "never"})
    result = await run_backfill(installation, wanted=Wanted(most=20))
    assert [(item.means, item.state) for item in result.backfills] == [("wordpress", "open")]
    wordpress_feed(blog)
    installation.server.route("/wp-json/wp/v2/posts", Answer(403))
    result = await run_backfill(installation)
    assert [(item.means, item.state) for item in result.backfills] == [
        ("wordpress", "ended"),
        ("wordpress-feed", "complete"),
    ]
    assert result.complete
    assert stored_dates(installation) == blog.dates()


async def test_a_gap_that_cannot_be_looked_for_does_not_end_the_poll(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise KeyError("gap")

    blog = Blog(installation.server, 63)
    installation.configure({"name": "甲", "url": paged_feed(blog), "article": "auto"})
    await installation.fetch_one()
    blog.add(30)
    monkeypatch.setattr(gap, "clues_of_feed", broken)
    poll = await installation.fetch_one(force=True)
    assert (poll.outcome, poll.new, poll.suspected_loss, poll.gap) == ("ok", 10, True, None)
