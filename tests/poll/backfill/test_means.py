"""Which means a feed leads to, with which first address; and when the pages of a history end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingestd.identity.decisions import Decisions
from ingestd.model.feed import Feed
from ingestd.model.history import Backfill, BackfillState, FeedPaging
from ingestd.poll.backfill.all_means import ALL_MEANS
from ingestd.poll.backfill.jobs import ParsedPage
from ingestd.poll.backfill.means import FeedClues
from ingestd.poll.backfill.page_checks import MAX_EMPTY_PAGES, MAX_STALE_PAGES, PageChecks, missing_reason, own_urls
from ingestd.poll.jobs import ParsedFeed

START = datetime(2024, 5, 1, tzinfo=UTC)
WORDPRESS = "https://wordpress.org/?v=6.5"
API = "per_page=100&page=1&_embed=author%2Cwp%3Aterm"
TREES = {means.name for means in ALL_MEANS if means.is_tree}


def addresses(url: str, generator: str = "", link: str = "", route: str = "") -> dict[str, str]:
    """The first address of each means but sitemaps, for a feed at `url`."""
    headers = tuple((name, value) for name, value in (("link", link), ("x-discourse-route", route)) if value)
    clues = FeedClues(url, FeedPaging(generator=generator), headers)
    found = {means.name: means.first_url(clues) for means in ALL_MEANS if means.name not in TREES}
    return {name: address for name, address in found.items() if address}


@pytest.mark.parametrize(
    ("clues", "expected"),
    [
        (("https://a.example/feed",), {}),
        (
            ("https://a.example/feed/", WORDPRESS),
            {
                "wordpress": f"https://a.example/wp-json/wp/v2/posts?{API}",
                "wordpress-feed": "https://a.example/feed/?paged=2",
            },
        ),
        (
            ("https://a.example/feed/", "", '<https://a.example/api/>; rel="https://api.w.org/"'),
            {
                "wordpress": f"https://a.example/api/wp/v2/posts?{API}",
                "wordpress-feed": "https://a.example/feed/?paged=2",
            },
        ),
        (
            ("https://a.example/?feed=rss2", "", "<https://a.example/?rest_route=/>; rel='https://api.w.org/'"),
            {
                "wordpress": f"https://a.example/?rest_route=%2Fwp%2Fv2%2Fposts&{API}",
                "wordpress-feed": "https://a.example/?feed=rss2&paged=2",
            },
        ),
        (
            ("https://a.example/category/x/feed/", WORDPRESS),
            {"wordpress-feed": "https://a.example/category/x/feed/?paged=2"},
        ),
        (
            ("https://a.example/blog/feed/", "", '<https://a.example/wp-json/>; rel="https://api.w.org/"'),
            {"wordpress-feed": "https://a.example/blog/feed/?paged=2"},
        ),
        (
            ("https://x.blogspot.com/feeds/posts/default?alt=rss", "Blogger http://www.blogger.com"),
            {
                "blogger": "https://x.blogspot.com/feeds/posts/default?alt=rss&redirect=false&orderby=published"
                "&start-index=1&max-results=150"
            },
        ),
        (("https://a.example/rss/", "Ghost 5.82"), {"ghost": "https://a.example/rss/2/"}),
        (("https://a.example/tag/x/rss", "Ghost 5.82"), {"ghost": "https://a.example/tag/x/rss/2/"}),
        (("https://x.tumblr.com/rss", "Tumblr (3.0; @x)"), {"tumblr": "https://x.tumblr.com/api/read?num=50&start=0"}),
        (("https://a.example/latest.rss",), {"discourse": "https://a.example/latest.rss?page=1"}),
        (
            ("https://a.example/c/x/5.rss", "", "", "list/category_feed"),
            {"discourse": "https://a.example/c/x/5.rss?page=1"},
        ),
    ],
)
def test_first_addresses(clues: tuple[str, ...], expected: dict[str, str]):
    assert addresses(*clues) == expected


def page(entries: int, oldest: datetime | None = None) -> ParsedPage:
    return ParsedPage(ParsedFeed(Feed("rss20", total=entries), (), Decisions()), "digest", oldest=oldest)


def begun(**values: object) -> Backfill:
    return replace(Backfill(1, "paged", BackfillState.OPEN, (), START), **values)  # type: ignore[arg-type]


def test_pages_without_entries_end_the_history():
    checks = PageChecks()
    reasons = [checks.reason_to_end(page(0), begun(), 0) for _ in range(MAX_EMPTY_PAGES)]
    assert [bool(reason) for reason in reasons] == [False] * (MAX_EMPTY_PAGES - 1) + [True]
    assert checks.reason_to_end(page(3), begun(), 3) is None


def test_pages_with_nothing_new_and_nothing_older_end_the_history():
    checks = PageChecks(oldest=START)
    for _ in range(MAX_STALE_PAGES - 1):
        assert checks.reason_to_end(page(10, START), begun(), 0) is None
    assert "nothing new and nothing older" in str(checks.reason_to_end(page(10, START), begun(), 0))
    older = START.replace(year=2023)
    assert checks.reason_to_end(page(10, older), begun(), 0) is None, "what is known already may be on the way"


def test_an_article_with_a_date_long_ago_ends_no_history():
    checks = PageChecks()
    reached = begun(reached_at=START.replace(year=1990))
    for day in range(MAX_STALE_PAGES + 1):
        assert checks.reason_to_end(page(10, START - timedelta(days=day)), reached, 0) is None


@pytest.mark.parametrize(
    ("total", "found", "is_missing"),
    [(None, 3, False), (100, 100, False), (100, 95, False), (100, 94, True), (10_000, 9_801, False), (10, 20, False)],
)
def test_a_total_that_is_not_reached(total: int | None, found: int, is_missing: bool):
    assert (missing_reason(begun(total=total, found=found)) is not None) is is_missing


def test_addresses_on_other_sites_are_left_out():
    urls = ("https://www.a.example/2", "https://b.example/2", "https://cdn.c.example/2")
    own, line = own_urls(urls, "https://c.example/1", "https://a.example/feed")
    assert (own, line) == (
        ("https://www.a.example/2", "https://cdn.c.example/2"),
        "https://b.example/2 is on another site, and not read",
    )
