"""The sample site: the formats and constructs that its feeds and pages must have."""

import io
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import feedparser
import pytest
from bs4 import BeautifulSoup

from ingestd.cli.demo.site import pictures
from ingestd.cli.demo.site.build import ARCHIVE_PATH, ARTICLE_COUNT, LISTING_COUNT, Resource, build_site

Site = Mapping[str, Resource]

BASE = "http://127.0.0.1:4321"
FEEDS = {
    "/reedhaven/rss.xml": "rss20",
    "/almanac/atom.xml": "atom10",
    ARCHIVE_PATH: "atom10",
    "/evening/rdf.xml": "rss10",
}
GONE = "/reedhaven/2024/03/market-postponed.html"


@pytest.fixture(scope="module")
def site():
    return build_site(BASE)


def _feed(site: Site, path: str) -> Any:
    # With the Content-Type of the HTTP response, which takes part in finding the charset.
    resource = site[path]
    return feedparser.parse(io.BytesIO(resource.body), response_headers={"content-type": resource.content_type})


def _entries(site: Site) -> list[Any]:
    return [entry for path in FEEDS for entry in _feed(site, path).entries]


def _path(link: str) -> str:
    return re.sub(r"[?#].*", "", link.removeprefix(BASE))


def _articles(site: Site) -> Site:
    return {path: page for path, page in site.items() if re.search(r"\.html?$", path) and path != "/404.html"}


def test_same_address_gives_same_bytes(site):
    assert build_site(BASE) == site


def test_another_address_is_used_everywhere():
    for path, resource in build_site("https://news.example").items():
        assert BASE.encode() not in resource.body, path
        assert b"$base" not in resource.body, path
    assert (
        b"https://news.example/almanac/bread-oven.html" in build_site("https://news.example")["/almanac/atom.xml"].body
    )


@pytest.mark.parametrize(("path", "version"), FEEDS.items())
def test_feeds_are_well_formed(site, path, version):
    if path != "/evening/rdf.xml":  # the standard library's parser does not read GBK
        ET.fromstring(site[path].body)
    assert _feed(site, path).version == version


def test_counts_of_feeds_articles_and_listings(site):
    links = [_path(entry.link) for entry in _entries(site)]
    assert len(links) == LISTING_COUNT
    assert len(set(links)) == ARTICLE_COUNT


def test_one_article_is_listed_by_two_feeds(site):
    links = [entry.link for entry in _entries(site) if "ferry-timetable" in entry.link]
    plain = f"{BASE}/reedhaven/2024/03/ferry-timetable.html"
    assert links == [plain, f"{plain}?utm_source=qingdu-evening&utm_medium=rss#timetable"]


def test_every_listed_page_but_one_is_served(site):
    assert {_path(entry.link) for entry in _entries(site)} - set(site) == {GONE}


def test_one_entry_has_no_date(site):
    undated = [entry.link for entry in _entries(site) if not (entry.get("published") or entry.get("updated"))]
    assert [_path(link) for link in undated] == ["/reedhaven/2024/04/tree-map.html"]
    assert b'"datePublished": "2024-04-01T10:00:00+08:00"' in site["/reedhaven/2024/04/tree-map.html"].body


def test_evening_paper_is_gbk(site):
    evening = [path for path in site if path.startswith("/evening/")]
    assert len(evening) == 6
    for path in evening:
        assert "青渡晚报" in site[path].body.decode("gbk")
        assert "charset" not in site[path].content_type
        with pytest.raises(UnicodeDecodeError):
            site[path].body.decode("utf-8")


def test_some_dates_of_the_evening_paper_state_no_zone(site):
    dates = [
        entry.published if "published" in entry else entry.updated for entry in _feed(site, "/evening/rdf.xml").entries
    ]
    assert [bool(re.search(r"[+Z]", date)) for date in dates] == [False, True, False, False, False]


def test_daily_feed_has_summaries_only(site):
    for entry in _feed(site, "/reedhaven/rss.xml").entries:
        assert "content" not in entry
        assert len(entry.summary) < 200


def test_blog_feed_has_two_full_articles(site):
    entries = [*_feed(site, "/almanac/atom.xml").entries, *_feed(site, ARCHIVE_PATH).entries]
    whole = [entry.link for entry in entries if "content" in entry]
    assert [_path(link) for link in whole] == ["/almanac/bread-oven.html", "/almanac/the-ferry-bell.html"]


def test_articles_have_paragraphs_and_boilerplate(site):
    articles = _articles(site)
    assert len(articles) == ARTICLE_COUNT - 1
    for path, page in articles.items():
        soup = BeautifulSoup(page.body.decode("gbk" if path.startswith("/evening/") else "utf-8"), "lxml")
        body = soup.select_one("#article-body, .e-content, #zoom")
        assert body is not None, path
        paragraphs = [p.get_text(strip=True) for p in body.select("p")]
        assert len([text for text in paragraphs if len(text) > 40]) >= 4, path
        assert soup.select("nav, #top"), path
        assert soup.select(".related, .post-navigation, .xgxw"), path
        assert soup.select("footer, #footer"), path
        assert len(soup.get_text()) > len(body.get_text()) + 50, path


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("/reedhaven/2024/03/old-pier-library.html", "figure figcaption"),
        ("/reedhaven/2024/03/old-pier-library.html", "img[data-src][data-srcset] + noscript"),
        ("/reedhaven/2024/03/old-pier-library.html", ".article-body .ad-slot"),
        ("/reedhaven/2024/03/old-pier-library.html", 'script[type="application/ld+json"]'),
        ("/reedhaven/2024/03/old-pier-library.html", 'meta[property="og:title"]'),
        ("/reedhaven/2024/03/geese-arrive-early.html", 'img[data-original][src^="data:"]'),
        ("/reedhaven/2024/03/geese-arrive-early.html", ".article-body ul li"),
        ("/reedhaven/2024/03/ferry-timetable.html", "table caption"),
        ("/reedhaven/2024/03/lighthouse-lamp.html", "blockquote"),
        ("/reedhaven/2024/04/tree-map.html", "ol li"),
        ("/almanac/counting-swifts.html", "pre code.language-python"),
        ("/almanac/reading-the-tide-table.html", "table thead th"),
        ("/evening/2024-03/16/content_20437.htm", "table[border]"),
        ("/evening/2024-03/14/content_20411.htm", ".bdsharebuttonbox"),
    ],
)
def test_constructs_for_the_extractor(site, path, selector):
    text = site[path].body.decode("gbk" if path.startswith("/evening/") else "utf-8")
    assert BeautifulSoup(text, "lxml").select(selector)


def test_every_image_of_an_article_is_served(site):
    for path, page in _articles(site).items():
        body = BeautifulSoup(page.body, "lxml", from_encoding="gbk" if path.startswith("/evening/") else "utf-8")
        shown = {
            str(img[name]) for img in body.select("article img, #zoom img") for name in _SOURCES if name in img.attrs
        }
        assert {source for source in shown if source.startswith("/")} <= set(site), path


_SOURCES = ("src", "data-src", "data-original")


def test_front_page_links_every_feed(site):
    links = BeautifulSoup(site["/"].body, "lxml").select('link[rel="alternate"]')
    assert [str(link["href"]) for link in links] == [path for path in FEEDS if path != ARCHIVE_PATH]


def test_gradient_png():
    data = pictures.gradient_png(3, 4, (255, 0, 0), (0, 0, 255))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (3, 4)
    length = struct.unpack(">I", data[33:37])[0]
    rows = zlib.decompress(data[41 : 41 + length])
    pixels = [rows[row * 10 + 1 : row * 10 + 4] for row in range(4)]
    assert pixels[0] == bytes((255, 0, 0))
    assert pixels[-1] == bytes((0, 0, 255))
    assert all(above[0] > below[0] for above, below in pairwise(pixels))


@pytest.mark.parametrize("name", ["harbour", "marsh", "evening"])
def test_drawing_svg(site, name):
    root = ET.fromstring(site[f"/images/{name}.svg"].body)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("aria-label") == name
