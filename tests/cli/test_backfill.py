"""`ingestd backfill`: what it prints first, its results as a table and as JSON, and what `status` says afterwards."""

import json

import pytest

from ingestd.cli.backfill_progress import BackfillLines, describe
from ingestd.model.history import Backfill, BackfillState
from ingestd.model.source import Source
from ingestd.poll.backfill.probe import Offer
from tests.poll.backfill.sites import NEWEST, Blog, paged_feed, rss, wordpress_api
from tests.support.installation import Installation

pytestmark = pytest.mark.process


def test_what_is_offered_is_printed_and_nothing_is_stored_in_a_dry_run(installation: Installation):
    blog = Blog(installation.server, 230)
    installation.configure({"name": "甲", "url": wordpress_api(blog), "article": "never"})
    status, out, _ = installation.command("backfill", "甲", "--dry-run")
    assert status == 0
    assert out.splitlines()[0].startswith("甲: WordPress (wordpress): 230 articles in 3 pages, http://127.0.0.1:")
    assert installation.value("SELECT count(*) FROM posts") == 0
    assert installation.value("SELECT count(*) FROM polls") == 0
    assert installation.value("SELECT count(*) FROM backfills") == 0


@pytest.mark.parametrize(
    ("offer", "size"),
    [
        (Offer("a", "A", "https://a.example/", 57, "", total=57, pages=1), "57 articles in 1 page"),
        (Offer("a", "A", "https://a.example/", 1, "", further=1), "1 article on its first page"),
        (Offer("a", "A", "https://a.example/", 0, "", further=3), "it names 3 files"),
    ],
)
def test_an_offer_in_words(offer: Offer, size: str):
    assert describe(offer) == f"A (a): {size}, https://a.example/"


def test_results_and_status(installation: Installation):
    blog = Blog(installation.server, 43)
    installation.configure({"name": "甲", "url": paged_feed(blog), "article": "never"})
    status, out, _ = installation.command("backfill", "甲", "--most", "15")
    assert status == 0
    assert f"甲\tpaged\topen\t1\t15\t15\t{blog.date(24):%Y-%m-%d}" in out, "of a page that was read in part too"
    assert "甲: 15 articles, as asked for" in out
    _, out, _ = installation.command("status")
    assert f"\t{blog.date(24):%Y-%m-%d}" in out
    assert "15 articles, as asked for: `ingestd backfill 甲` goes on" in out
    status, out, _ = installation.command("backfill", "甲")
    assert (status, "甲\tpaged\tcomplete\t4\t33\t33\t" in out) == (0, True)
    _, out, _ = installation.command("status")
    assert f"\t{blog.date(1):%Y-%m-%d} all" in out
    assert "goes on" not in out
    status, out, _ = installation.command("backfill", "甲")
    assert (status, "甲: read to its end before" in out) == (0, True)


def test_times_in_json_are_utc_text(installation: Installation):
    blog = Blog(installation.server, 23)
    installation.configure({"name": "甲", "url": paged_feed(blog), "article": "never"})
    _, out, _ = installation.command("backfill", "甲", "--json")
    [result] = json.loads(out)
    assert result["offers"][0]["oldest"] == f"{blog.date(4):%Y-%m-%dT%H:%M:%S}.000Z"
    [row] = installation.rows("SELECT started_at, reached_at FROM backfills")
    assert {name: result["backfills"][0][name] for name in row} == row


def test_a_site_without_a_history_is_a_failure_with_one_line(installation: Installation):
    blog = Blog(installation.server, 12)
    installation.server.route("/feed", rss(blog, blog.newest(0, 10)))
    installation.configure({"name": "甲", "path": "/feed", "article": "never"})
    status, out, _ = installation.command("backfill", "甲")
    assert (status, out.count("甲: the site offers no history")) == (1, 1)


@pytest.mark.parametrize("arguments", [("乙",), ("甲", "--from", "telepathy"), ("甲", "--since", "soon"), ()])
def test_wrong_usage(installation: Installation, arguments: tuple[str, ...]):
    installation.configure({"name": "甲", "path": "/feed"})
    assert installation.command("backfill", *arguments)[0] == 2


def test_the_time_that_is_left_follows_from_what_was_read():
    now_s = 0.0
    lines = BackfillLines(lambda: now_s)
    begin = Backfill(1, "wordpress", BackfillState.OPEN, (), NEWEST, pages=1, found=100, new=90, total=1_000)
    lines.progress(Source("甲", "https://a.example/"), begin, 100)
    assert lines.text() == "1 page, 90 new"
    now_s = 60.0
    lines.progress(Source("甲", "https://a.example/"), begin, -50)
    assert lines.text() == "1 page, 90 new, 19 min left"
