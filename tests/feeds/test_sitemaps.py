"""Files of sitemaps: what is read of each form, what a poll takes of an index, and what hostile files cost."""

import gzip
import time
import tracemalloc
from datetime import UTC, datetime

import pytest

from ingestd.feeds.sitemaps.choice import choose_children
from ingestd.feeds.sitemaps.entries import read_sitemap
from ingestd.feeds.sitemaps.files import (
    MAX_SITEMAP_URLS,
    SitemapKind,
    open_sitemap,
    sitemap_children,
    sitemap_urls,
)
from ingestd.model.errors import Outcome, PermanentError, TemporaryError
from ingestd.model.feed import Category
from ingestd.model.sitemap import SitemapDocument

SITE = "https://news.example/sitemap.xml"
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
IMAGE = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
A, B = "https://news.example/2026/11/a.html", "https://news.example/2026/11/b.html"


def urlset(*blocks: str, more: str = "") -> bytes:
    urls = "".join(f"<url>{block}</url>" for block in blocks)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {XMLNS} {more}>{urls}</urlset>'.encode()


def index(*children: str | tuple[str, str]) -> bytes:
    pairs = [(child, "") if isinstance(child, str) else child for child in children]
    files = "".join(
        f"<sitemap><loc>{url}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</sitemap>" for url, date in pairs
    )
    return f"<?xml version='1.0'?><sitemapindex {XMLNS}>{files}</sitemapindex>".encode()


def read(*bodies: bytes, url: str = SITE, **options):
    documents = [SitemapDocument(url, body) for body in bodies]
    return read_sitemap(documents, site_url=url, **options)


def links(*bodies: bytes, **options) -> list[str]:
    return [entry.link for entry in read(*bodies, **options).entries]


NEWS_ITEM = (
    "<loc>{loc}</loc><lastmod>2026-11-27T09:00:00Z</lastmod><news:news><news:publication><news:name>晨报</news:name>"
    "<news:language>zh-cn</news:language></news:publication>"
    "<news:publication_date>2026-11-26T15:18:00+08:00</news:publication_date>"
    "<news:title>渡轮停航 &amp;amp; 复航</news:title><news:keywords>渡轮, 交通,渡轮</news:keywords></news:news>"
)


def test_an_entry_of_the_news_extension_has_its_values():
    feed = read(urlset(NEWS_ITEM.format(loc=A), more=NEWS))
    [entry] = feed.entries
    assert (entry.link, entry.title, entry.language) == (A, "渡轮停航 & 复航", "zh-cn")
    assert entry.published.utc == datetime(2026, 11, 26, 7, 18, tzinfo=UTC)
    assert entry.categories == (Category("渡轮"), Category("交通"))
    assert (feed.format, feed.title, feed.language, feed.link) == (
        "news-sitemap",
        "晨报",
        "zh-cn",
        "https://news.example/",
    )


def test_a_last_change_is_no_publication_date():
    [entry] = read(urlset(f"<loc>{A}</loc><lastmod>2026-11-27</lastmod>")).entries
    assert (entry.published, entry.updated, entry.unread_dates, entry.title) == (None, None, (), "")


def test_a_last_change_makes_no_edit_and_a_new_title_does():
    def digest(title: str, lastmod: str) -> str:
        block = f"<loc>{A}</loc><lastmod>{lastmod}</lastmod><news:news><news:title>{title}</news:title></news:news>"
        return str(read(urlset(block, more=NEWS)).entries[0].digest)

    assert digest("甲", "2026-11-27") == digest("甲", "2026-11-28") != digest("乙", "2026-11-28")


FORMS = {
    "plain": urlset(f"<loc>{A}</loc>", f"<loc> {B}\n</loc>"),
    "gzip": gzip.compress(urlset(f"<loc>{A}</loc>", f"<loc>{B}</loc>")),
    "gzip twice": gzip.compress(gzip.compress(urlset(f"<loc>{A}</loc>", f"<loc>{B}</loc>"))),
    "prefixed": f"<sm:urlset xmlns:sm='x'><sm:url><sm:loc>{A}</sm:loc></sm:url><sm:url><sm:loc>{B}</sm:loc></sm:url>"
    "</sm:urlset>".encode(),
    "cdata": urlset(f"<loc><![CDATA[{A}]]></loc>", f"<loc><![CDATA[ {B} ]]></loc>"),
    "utf-16": urlset(f"<loc>{A}</loc>", f"<loc>{B}</loc>").decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "text": f"\ufeff{A}\r\n\r\nnot an address\n{B}".encode(),
    "comments": urlset(f"<!-- <url><loc>https://news.example/2026/no</loc></url> --><loc>{A}</loc>", f"<loc>{B}</loc>"),
    "no end tags": f"<urlset><url><loc>{A}</loc><url><loc>{B}</loc></urlset>".encode(),
    "upper case": f"<URLSET><URL><LOC>{A}</LOC></URL><URL><LOC>{B}</LOC></URL></URLSET>".encode(),
    "attributes": f'<urlset {XMLNS}><url id="1"><loc x="y">{A}</loc></url><url><loc>{B}</loc></url></urlset>'.encode(),
    "relative": urlset("<loc>/2026/11/a.html</loc>", "<loc>2026/11/b.html</loc>"),
    "alternate languages": urlset(
        f'<loc>{A}</loc><xhtml:link rel="alternate" hreflang="en" href="https://news.example/en/a"/>', f"<loc>{B}</loc>"
    ),
    "repeated": urlset(f"<loc>{A}</loc>", f"<loc>{B}</loc>", f"<loc>{A}</loc>"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_file_gives_its_addresses_in_order(form):
    assert links(FORMS[form]) == [A, B]


def test_references_in_an_address_are_read_and_a_bare_ampersand_stays():
    body = urlset(
        "<loc>https://news.example/show?id=12&amp;x=1</loc>", "<loc>https://news.example/show?id=13&x=1</loc>"
    )
    assert links(body) == ["https://news.example/show?id=12&x=1", "https://news.example/show?id=13&x=1"]


def test_a_prefix_that_the_file_declares_is_that_of_the_extension():
    block = f"<loc>{A}</loc><image:image><image:loc>/i.jpg</image:loc><image:title>Bild</image:title></image:image>"
    block += "<n:news><n:title>Titel</n:title><n:publication_date>2026-11-26</n:publication_date></n:news>"
    [entry] = read(urlset(block, more=f"{NEWS.replace(':news=', ':n=')} {IMAGE}")).entries
    assert (entry.title, entry.published.raw) == ("Titel", "2026-11-26")
    assert [(file.url, file.is_image) for file in entry.enclosures] == [("https://news.example/i.jpg", True)]


def test_what_is_no_article_is_left_out_of_a_sitemap_of_all_pages():
    paths = ("", "about", "category/news", "tag/x", "author/li", "news", "news/2026-11-27-storm", "blog/hello", "a.pdf")
    body = urlset(*(f"<loc>https://news.example/{path}</loc>" for path in paths))
    feed = read(body)
    assert [entry.link.removeprefix("https://news.example/") for entry in feed.entries] == [
        "news/2026-11-27-storm",
        "blog/hello",
    ]
    assert feed.total == 2


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["a/7", "a/1979", "a/2019", "a/2051", "a/40312"], ["a/7", "a/1979", "a/2019", "a/2051", "a/40312"]),
        (["archives/7/", "archives/812/", "archives/2024/"], ["archives/7/", "archives/812/"]),
        (
            ["archives/7/", "archives/812/", "archives/4321/", "archives/1234/", "archives/2024/"],
            ["archives/7/", "archives/812/", "archives/4321/", "archives/1234/", "archives/2024/"],
        ),
        (["news/2017/", "news/2018/", "news/2019/", "news/report-2019"], ["news/report-2019"]),
        (["2019/01/", "2019/02/", "2019/03/", "2019/04/"], []),
        (["page/7", "page/812", "page/1234", "page/40312", "page/2019"], []),
        (["tag/7", "tag/812", "tag/1234", "tag/40312", "tag/2019"], []),
    ],
)
def test_a_number_in_a_folder_of_numbered_pages_is_no_year(paths: list[str], expected: list[str]):
    site = "https://news.example/"
    urls = "".join(f"<url><loc>{site}{path}</loc></url>" for path in paths)
    feed = read(f"<urlset>{urls}</urlset>".encode())
    assert [entry.link for entry in feed.entries] == [site + path for path in expected]


def test_addresses_of_other_hosts_are_left_out_with_one_problem():
    body = urlset(
        f"<loc>{A}</loc>",
        "<loc>https://www.news.example/2026/b</loc>",
        *["<loc>https://other.example/2026/c</loc>"] * 9,
    )
    feed = read(body)
    assert [entry.link for entry in feed.entries] == [A, "https://www.news.example/2026/b"]
    [problem] = feed.problems
    assert problem.outcome is Outcome.OTHER_HOST
    assert problem.reason.startswith("9 addresses on other hosts (other.example) left out: ")


def test_the_host_whose_robots_txt_names_a_file_is_its_own():
    document = SitemapDocument("https://cdn.example/s.xml", urlset(f"<loc>{A}</loc>"))
    feed = read_sitemap([document], site_url="https://news.example/robots.txt")
    assert [entry.link for entry in feed.entries] == [A]
    assert feed.problems == ()


def test_of_too_many_addresses_the_newest_are_kept_in_their_order():
    body = urlset(*(f"<loc>https://news.example/a-{n}</loc><lastmod>2026-11-{n:02}</lastmod>" for n in range(10, 30)))
    feed = read(body, max_entries=3)
    assert [entry.link[-2:] for entry in feed.entries] == ["27", "28", "29"]
    assert (feed.total, feed.dropped) == (20, 17)
    by_path = urlset(*(f"<loc>https://news.example/{year}/11/27/a</loc>" for year in (2026, 2020, 2024)))
    assert [link[21:25] for link in links(by_path, max_entries=2)] == ["2026", "2024"]


def test_entries_that_are_known_are_not_read_again():
    body = urlset(f"<loc>{A}</loc>", f"<loc>{B}</loc>")
    known = frozenset({read(body).entries[0].digest})
    feed = read(body, known=known)
    assert ([entry.link for entry in feed.entries], feed.known, feed.total) == ([B], tuple(known), 2)


def test_several_files_make_one_feed_and_the_entry_with_a_title_counts():
    feed = read(urlset(f"<loc>{A}</loc>", f"<loc>{B}</loc>"), urlset(NEWS_ITEM.format(loc=A), more=NEWS))
    assert [(entry.link, entry.title[:2]) for entry in feed.entries] == [(A, "渡轮"), (B, "")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the answer is empty"),
        (b"<html><title>Login</title><input type=password>", "the address now serves a login page"),
        (b"<!doctype html><html><head><title>Oops</title></head>", "the address now serves a web page (“Oops”)"),
        (b"<?xml version='1.0'?><foo/>", "XML but no sitemap: its root element is <foo>"),
        (b'<rss version="2.0"><channel/></rss>', 'leave out `kind = "sitemap"`'),
        (b"\x00\x01", "the answer is no sitemap"),
    ],
)
def test_a_file_that_is_no_sitemap_says_what_it_is(body, reason):
    with pytest.raises(PermanentError) as caught:
        read(body)
    assert caught.value.outcome is Outcome.NOT_A_FEED
    assert reason in caught.value.reason


def test_a_file_that_breaks_off():
    body = urlset(f"<loc>{A}</loc>", f"<loc>{B}</loc>")
    feed = read(body[: body.index(b"b.html")])
    assert [entry.link for entry in feed.entries] == [A]
    assert (feed.truncated, read(body).truncated, read(b"<urlset/>").truncated) == (True, False, False)
    with pytest.raises(TemporaryError, match="breaks off"):
        read(body[:60])


def chosen(*children: str | tuple[str, str], url: str = SITE) -> list[str]:
    return [child.url.rpartition("/")[2] for child in choose_children(index(*children), url=url).children]


H = "https://news.example/"
INDEXES = [
    # News sitemaps alone where there are some.
    ([H + "sitemap-articles-2026.xml", H + "news-sitemap.xml", H + "image-sitemap.xml"], ["news-sitemap.xml"]),
    ([(H + "sitemap_news.xml", "2026-11-27"), (H + "post-sitemap.xml", "2026-11-28")], ["sitemap_news.xml"]),
    # Yoast: the newest by lastmod, without taxonomies.
    (
        [
            (H + "post-sitemap.xml", "2019-01-01T00:00:00+00:00"),
            (H + "post-sitemap2.xml", "2026-11-27T00:00:00+00:00"),
            (H + "post-sitemap3.xml", "2022-01-01T00:00:00+00:00"),
            (H + "post-sitemap4.xml", "2021-01-01T00:00:00+00:00"),
            (H + "category-sitemap.xml", "2026-11-28T00:00:00+00:00"),
            (H + "author-sitemap.xml", "2026-11-28T00:00:00+00:00"),
            (H + "page-sitemap.xml", "2026-11-28T00:00:00+00:00"),
        ],
        ["post-sitemap2.xml", "post-sitemap3.xml", "post-sitemap4.xml"],
    ),
    # WordPress itself: no lastmod, numbers that grow; both ends are read.
    (
        [H + f"wp-sitemap-posts-post-{n}.xml" for n in range(1, 12)] + [H + "wp-sitemap-users-1.xml"],
        ["wp-sitemap-posts-post-11.xml", "wp-sitemap-posts-post-10.xml", "wp-sitemap-posts-post-1.xml"],
    ),
    # Months in the names.
    (
        [H + f"sitemap-{year}-{month}.xml" for year in (2025, 2026) for month in range(1, 12)],
        ["sitemap-2026-11.xml", "sitemap-2026-10.xml", "sitemap-2026-9.xml"],
    ),
    ([H + f"sitemap.xml?yyyy=2026&amp;mm=11&amp;dd={day:02}" for day in range(1, 28)],
     [f"sitemap.xml?yyyy=2026&mm=11&dd={day}" for day in (27, 26, 25)]),
    ([H + "category-sitemap.xml"], ["category-sitemap.xml"]),
]  # fmt: skip


@pytest.mark.parametrize(("children", "expected"), INDEXES)
def test_which_files_of_an_index_are_read(children, expected):
    assert chosen(*children) == expected


def test_files_on_other_sites_are_left_out_of_an_index_and_not_of_a_robots_txt():
    choice = choose_children(index(H + "a.xml", "https://evil.example/b.xml"), url=SITE)
    assert [child.url for child in choice.children] == [H + "a.xml"]
    assert [problem.outcome for problem in choice.problems] == [Outcome.OTHER_HOST]
    robots = (
        b"User-agent: *\nDisallow: /x\nSITEMAP : https://cdn.example/s1.xml # all\nSitemap:/s2.xml\n#Sitemap: /no.xml"
    )
    choice = choose_children(robots, url=H + "robots.txt")
    assert {child.url for child in choice.children} == {"https://cdn.example/s1.xml", H + "s2.xml"}
    assert choice.problems == ()


def test_an_index_that_names_itself_names_nothing():
    assert list(sitemap_children(open_sitemap(index(SITE, SITE), SITE))) == []


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 99 + b'">]>'
    b"<urlset><url><loc>https://news.example/2026/&b;&b;</loc></url></urlset>"
)
MANY = b"https://news.example/\n" * (MAX_SITEMAP_URLS + 1)
HOSTILE = {
    "entities": BOMB,
    "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><urlset><url><loc>&e;</loc></url></urlset>',
    "open tags": b"<urlset>" + b"<url>" * 1_000_000,
    "open locs": b"<urlset><url>" + b"<loc>" * 1_000_000,
    "open comments": b"<urlset>" + b"<!--" * 1_000_000,
    "attributes": b"<urlset><url " + b"a " * 2_000_000,
    "cdata": b"<urlset><url><loc>" + b"<![CDATA[" * 500_000,
    "one line": b"https://news.example/" + b"x" * 5_000_000,
    "gzip bomb": gzip.compress(gzip.compress(b"\0" * 60_000_000)),
    "encoding": b'<?xml version="1.0" encoding="nonsense"?><urlset><url><loc>x</loc></url></urlset>',
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_little(name):
    started = time.process_time()
    text = open_sitemap(HOSTILE[name], SITE)
    found = list(sitemap_urls(text))
    assert list(sitemap_children(text)) == []
    assert time.process_time() - started < 5
    assert len(found) <= MAX_SITEMAP_URLS + 1
    assert all(len(url.loc) < 5_000 and "root:" not in url.loc and "haha" not in url.loc for url in found)


@pytest.mark.slow
def test_more_addresses_than_the_protocol_allows_are_reported():
    [problem] = read(MANY).problems
    assert (problem.outcome, "50,000" in problem.reason) == (Outcome.TOO_LARGE, True)


@pytest.mark.slow
def test_no_tree_of_a_large_file_is_in_memory():
    block = "<loc>https://news.example/2026/11/27/{:06}.html</loc><x>" + "y" * 7_000 + "</x>"
    body = urlset(*(block.format(n) for n in range(3_000)))
    tracemalloc.start()
    feed = read(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert feed.total == 3_000
    assert (len(body) > 21_000_000, peak < 10_000_000) == (True, True)


@pytest.mark.parametrize(
    ("body", "url", "kind"),
    [
        (b"<urlset/>", SITE, SitemapKind.URLS),
        (index(), SITE, SitemapKind.INDEX),
        (b"Sitemap: /a.xml", "https://news.example/robots.txt", SitemapKind.ROBOTS),
        (b"<html>", "https://news.example/robots.txt", None),
        (A.encode(), SITE, SitemapKind.TEXT),
        (b"<rss>", SITE, None),
    ],
)
def test_kinds_of_files(body, url, kind):
    assert open_sitemap(body, url).kind is kind
