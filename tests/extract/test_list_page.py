# ruff: noqa: E501  the markup of one item stands on one line
"""The links to articles on pages that list them: the guess on labelled pages, selectors, titles, dates, and notices."""

import time
from datetime import UTC, datetime

import pytest

from ingestd.extract.list_page.entries import read_list_page
from ingestd.extract.page.document import open_document
from ingestd.identity.urls import resolve
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Feed
from ingestd.model.http import Response
from tests.extract.list_page_samples import NONE, PAGES, page

NOW = datetime(2026, 11, 28, tzinfo=UTC)
#: What the guess must reach over all labelled pages, and on each of them.
MIN_PRECISION, MIN_RECALL = 0.98, 0.98


def response(html: str, url: str = "https://a.example/list/") -> Response:
    return Response(url, url, 200, (("content-type", "text/html; charset=utf-8"),), html.encode(), NOW)


def read(html: str, url: str = "https://a.example/list/", **options) -> Feed:
    return read_list_page(response(html, url), now=NOW, **options)


def labelled(html: str, url: str) -> tuple[list[str], set[str]]:
    """The addresses of a page's articles in order, and of links that count neither way."""
    articles: dict[str, None] = {}
    either = set()
    for link in open_document(response(html, url)).root.iter("a"):
        address = (resolve(url, link.get("href") or "") or "").split("#")[0]
        if link.get("data-a") is not None:
            articles[address] = None
        elif link.get("data-x") is not None:
            either.add(address)
    return list(articles), either - set(articles)


@pytest.mark.parametrize("name", PAGES)
def test_the_articles_of_a_page_are_found_in_its_order(name):
    url, html = PAGES[name]
    expected, either = labelled(html, url)
    feed = read(html, url)
    found = [entry.link for entry in feed.entries if entry.link not in either]
    right = [link for link in found if link in expected]
    assert right == [link for link in expected if link in right]
    assert len(right) >= 0.9 * len(found)
    assert len(right) >= 0.75 * len(expected)
    assert all(entry.title for entry in feed.entries)


def test_precision_and_recall_of_the_guess_over_all_pages():
    found = right = expected = 0
    for url, html in PAGES.values():
        articles, either = labelled(html, url)
        links = {entry.link for entry in read(html, url).entries} - either
        found, right, expected = found + len(links), right + len(links & set(articles)), expected + len(articles)
    assert len(PAGES) >= 50
    assert right / found >= MIN_PRECISION
    assert right / expected >= MIN_RECALL


REASONS = {
    "login": "login page (“Members”)",
    "not found": "a notice or an error (“Page not found - The Harbour Log”)",
    "maintenance": "a notice or an error (“系统维护”)",
    "consent": "a notice or an error (“Before you continue”)",
    "built by scripts": "(“App”)",
    "about": "no links to articles were recognised on the page (“About”)",
    "menu alone": "no links to articles were recognised",
}


@pytest.mark.parametrize("name", NONE)
def test_a_page_without_articles_says_what_it_is(name):
    url, html = NONE[name]
    with pytest.raises(PermanentError) as caught:
        read(html, url)
    assert caught.value.outcome is Outcome.NOT_A_FEED
    assert REASONS[name] in caught.value.reason


LIST = page(
    '<ul class="x"><li><a href="/about">About</a></li></ul><ol><li class="e"><a class="t" href="one">One</a></li>'
    '<li class="e"><a class="t" href="https://b.example/two">Two</a></li><li class="e"><b><a href="#top">up</a></b></li></ol>'
)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ("a.t", ["https://a.example/list/one", "https://b.example/two"]),
        ("li.e", ["https://a.example/list/one", "https://b.example/two"]),
        ("ol a[href^=http]", ["https://b.example/two"]),
        ("li:has(> a.t)", ["https://a.example/list/one", "https://b.example/two"]),
    ],
)
def test_a_selector_says_which_links_are_taken_whatever_their_shape(links, expected):
    assert [entry.link for entry in read(LIST, links=links).entries] == expected


@pytest.mark.parametrize(("links", "reason"), [("a.none", "`links` finds no link"), ("a[", "`links` is no valid CSS")])
def test_a_selector_that_finds_nothing_is_reported(links, reason):
    with pytest.raises(PermanentError, match=reason):
        read(LIST, links=links)


TITLES = [
    ('<a href="/n/12345">渡轮停航</a>', "渡轮停航"),
    ('<h3><a href="/n/12345">渡轮停航</a></h3><a href="/n/12345">阅读全文</a>', "渡轮停航"),
    ('<a href="/n/12345"><img alt="照片"></a><a href="/n/12345">渡轮停航</a>', "渡轮停航"),
    ('<a href="/n/12345"><img alt="渡轮停航"></a>', "渡轮停航"),
    ('<a href="/n/12345" title="渡轮停航三日">渡轮停航…</a>', "渡轮停航三日"),
    ('<a href="/n/12345">渡轮停航...</a>', ""),
    ('<a href="/n/12345"><h2>渡轮停航</h2><p>一句话的摘要</p></a>', "渡轮停航"),
    ('<div><h2>渡轮停航</h2><p>摘要</p><a href="/n/12345">Read more</a></div>', "渡轮停航"),
    ('<a href="/n/12345"><span class="date">11-27</span><span class="tit">渡轮停航</span></a>', "渡轮停航"),
    ('<a href="/n/12345"><p class="tag">交通</p><p>渡轮停航三日后复航</p><p>11-27</p></a>', "渡轮停航三日后复航"),
    ('<a href="/n/12345">2026-11-27 10:00</a>', ""),
    ('<a href="/n/12345">Ferry &amp;  bus\n stop</a>', "Ferry & bus stop"),
    ('<a href="/n/12345">' + "长" * 900 + "</a>", "长" * 300),
]


@pytest.mark.parametrize(("item", "title"), TITLES)
def test_the_title_of_an_entry_is_that_of_its_links(item, title):
    [entry] = read(page(f"<div class='i'>{item}</div>"), links=".i a").entries
    assert (entry.link, entry.title) == ("https://a.example/n/12345", title)


DATES = [
    ('<li><a href="/n/1">题</a><time datetime="2026-11-27T10:00:00+08:00">today</time></li>', "2026-11-27T02:00"),
    ('<li><a href="/n/1">题</a><span>2026-11-27 10:30</span></li>', "2026-11-27T02:30"),
    ('<li><a href="/n/1">题</a> [2026/11/27]</li>', "2026-11-26T16:00"),
    ('<li><span>2026年11月27日</span><a href="/n/1">题</a></li>', "2026-11-26T16:00"),
    ('<a href="/n/1">题</a><span>2026-11-27</span><br><a href="/n/2">题二</a><span>2026-11-28</span>', "2026-11-26T16:00"),
    ('<dl><dt><a href="/n/1">题</a></dt><dd>2026-11-27</dd><dt><a href="/n/2">题</a></dt></dl>', "2026-11-26T16:00"),
    ('<table><tr><td><a href="/n/1">题</a></td><td>2026-11-27</td></tr><tr><td><a href="/n/2">题</a></td></tr></table>', "2026-11-26T16:00"),
    ('<li><a href="/n/1">题</a><span>11-27</span></li>', None),
    ('<li><a href="/n/1">题</a><span>27/11/2026</span></li>', None),
    ('<li><a href="/n/1">题</a><span>3小时前</span></li>', None),
    ('<li><a href="/n/1">题</a> 2026-11-27 – 2026-11-29</li>', None),
    ('<li><a href="/n/1">2020-01-01 的回顾</a></li>', None),
    ('<li><a href="/n/1">题</a> 电话 2026-11-2712345</li>', None),
]  # fmt: skip


@pytest.mark.parametrize(("item", "expected"), DATES)
def test_a_date_is_taken_where_it_can_be_read_in_one_way(item, expected):
    entry = read(page(f"<ul>{item}</ul>"), links="a", timezone="Asia/Shanghai").entries[0]
    assert (entry.published.utc.strftime("%Y-%m-%dT%H:%M") if entry.published else None) == expected


def test_a_feed_in_place_of_the_page_says_so():
    with pytest.raises(PermanentError, match='leave out `kind = "page"`'):
        read('<?xml version="1.0"?><rss version="2.0"><channel/></rss>')


def test_the_page_gives_title_site_and_language():
    feed = read(page("<a href='/n/1'>题</a>", "通知 \n公告", "zh-TW"), links="a")
    assert (feed.format, feed.title, feed.link, feed.language, feed.total) == (
        "page",
        "通知 公告",
        "https://a.example/list/",
        "zh-TW",
        1,
    )


def test_entries_are_known_by_what_they_say_and_bounded():
    html = page("".join(f"<p><a href='/n/{n}'>题目{n}</a></p>" for n in range(9)))
    digests = [entry.digest for entry in read(html, links="a").entries]
    feed = read(html, links="a", known=frozenset(digests[:4]), max_entries=6)
    assert (len(feed.entries), list(feed.known), feed.total, feed.dropped) == (2, digests[:4], 9, 3)


def test_hidden_links_are_not_taken():
    html = page("<p><a href='/n/1'>题</a></p><p style='display:none'><a href='/n/2'>隐藏</a></p>")
    assert [entry.link for entry in read(html, links="a").entries] == ["https://a.example/n/1"]


HOSTILE = {
    "many links": "".join(f"<a href='/n/{n}'>一个很长的标题在这里</a>" for n in range(20_000)),
    "nested": "<div>" * 20_000 + "<a href='/n/1'>题</a>",
    "one address": "<a href='/n/1'>题</a>" * 50_000,
    "long text": "<a href='/n/1'>" + "字" * 2_000_000 + "</a>",
    "long class": f"<div class='{'nav-' * 100_000}'><a href='/n/12345'>一个很长的标题在这里</a></div>",
    "scripts": "<a href='javascript:alert(1)'>x</a><a href='data:text/html,x'>y</a><a href='http://[::1'>z</a>",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_costs_little(name):
    body = HOSTILE[name]
    started = time.process_time()
    for links in (None, "a"):
        try:
            feed = read(page(body), links=links)
        except PermanentError:
            continue
        assert all((entry.link or "").startswith("http") and len(entry.title) <= 300 for entry in feed.entries)
    assert time.process_time() - started < 8
