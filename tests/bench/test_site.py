"""The simulated sites: valid, the same every time, and changing from phase to phase just as is said."""

import hashlib
import subprocess
import sys
from html import unescape
from io import BytesIO
from typing import Any

import feedparser
import pytest
from lxml import etree
from lxml.html import fromstring

from tests.bench.simulator import ROOT
from tests.bench.site import ENTRIES, NEWEST, VERSIONS, Phase, Site, Version, big_feed
from tests.bench.webpage import LAYOUTS, article_paragraphs, page

BASE = "http://127.1.0.1:40000"
#: All formats, languages, layouts, and a GBK feed.
INDEXES = range(12)


def parsed(index: int, phase: Phase):
    return feedparser.parse(BytesIO(Site(index, BASE).feed(VERSIONS[phase])), sanitize_html=False)


def split(body: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Head, entries and end of a feed, by text alone."""
    tag = b"entry" if b"<entry>" in body else b"item"
    opening, closing = b"<" + tag, b"</" + tag + b">\n"
    # RDF lists its <items> in the head.
    start = min(at for at in (body.find(opening + b">"), body.find(opening + b" ")) if at >= 0)
    *entries, end = body[start:].split(closing)
    return body[:start], entries, end


@pytest.mark.slow
@pytest.mark.parametrize("index", INDEXES)
def test_a_feed_is_well_formed_and_has_thirty_complete_entries(index):
    site = Site(index, BASE)
    body = site.feed(VERSIONS[Phase.COLD])
    etree.fromstring(body, etree.XMLParser(recover=False, resolve_entities=False))
    feed = parsed(index, Phase.COLD)
    assert not feed.bozo
    assert feed.version == {"rss": "rss20", "atom": "atom10", "rdf": "rss10"}[site.format]
    assert len(feed.entries) == ENTRIES
    assert feed.feed.title == site.title
    for entry, number in zip(feed.entries, reversed(range(ENTRIES)), strict=True):
        story = site.story(number)
        assert unescape(entry.title) == story.title
        assert entry.link.partition("?")[0] == entry.id == story.url
        assert entry.author == story.author
        assert "<p" in entry.content[0].value
        assert entry.get("published") or entry.get("updated")


def test_formats_languages_and_encodings_are_mixed():
    sites = [Site(n, BASE) for n in range(120)]
    for form in ("rss", "atom", "rdf"):
        for tag in ("zh-cn", "en-gb"):
            assert sum(s.format == form and s.language.tag == tag for s in sites) == 20
    assert 0 < sum(s.encoding == "gbk" for s in sites) <= 12
    gbk = next(s for s in sites if s.encoding == "gbk")
    assert gbk.title in gbk.feed(Version(0, 0)).decode("gbk")


def test_feed_size_is_about_40_kb():
    sizes = [len(Site(n, BASE).feed(Version(0, 0))) for n in range(60)]
    assert 38_000 < sum(sizes) / len(sizes) < 46_000
    assert min(sizes) > 30_000
    assert max(sizes) < 55_000


@pytest.mark.parametrize("index", INDEXES)
def test_phases_304_and_same_have_the_bytes_of_the_cold_phase(index):
    site = Site(index, BASE)
    assert site.feed(VERSIONS[Phase.COLD]) == site.feed(VERSIONS[Phase.SAME]) == site.feed(VERSIONS[Phase.NOT_MODIFIED])


@pytest.mark.parametrize("index", INDEXES)
def test_changed_differs_in_one_date_of_the_head_and_the_order_of_two_entries(index):
    site = Site(index, BASE)
    before, after = split(site.feed(VERSIONS[Phase.COLD])), split(site.feed(VERSIONS[Phase.CHANGED]))
    assert before[1][:2] == after[1][1::-1]
    assert (before[1][2:], before[2]) == (after[1][2:], after[2])
    lines = zip(before[0].splitlines(), after[0].splitlines(), strict=True)
    # RDF lists its items in the head, in their order.
    differing = [pair for pair in lines if pair[0] != pair[1] and b"rdf:li" not in pair[0]]
    assert len(differing) == 1
    assert b"2025" in differing[0][0]


@pytest.mark.parametrize("index", INDEXES)
def test_new_has_one_entry_more_above_the_others_and_loses_the_oldest(index):
    site = Site(index, BASE)
    _, before, end_before = split(site.feed(VERSIONS[Phase.COLD]))
    _, after, end_after = split(site.feed(VERSIONS[Phase.NEW]))
    assert len(before) == len(after) == ENTRIES
    assert after[1:] == before[:-1]
    assert after[0] not in before
    assert site.story(ENTRIES).date > NEWEST
    assert end_before == end_after


def test_no_two_articles_share_address_or_title_within_a_feed_and_address_across_feeds():
    stories = [Site(n, BASE).story(number) for n in INDEXES for number in range(ENTRIES + 1)]
    assert len({s.url for s in stories}) == len(stories)
    assert len({(s.url.split("/")[3], s.title) for s in stories}) == len(stories)


@pytest.mark.process
@pytest.mark.process
def test_equal_arguments_give_equal_bytes_in_another_process():
    script = (
        "import hashlib; from tests.bench.site import *; from tests.bench.webpage import page\n"
        f"d = [Site(n, {BASE!r}).feed(VERSIONS[Phase.NEW]) + page(Site(n, {BASE!r}), 7) for n in range(12)]\n"
        "print(hashlib.sha256(b''.join(d)).hexdigest())"
    )
    here = hashlib.sha256(
        b"".join(Site(n, BASE).feed(VERSIONS[Phase.NEW]) + page(Site(n, BASE), 7) for n in INDEXES)
    ).hexdigest()
    for seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.strip() == here


@pytest.mark.parametrize("index", [0, 1, 2, 3, 60])
def test_page_holds_the_whole_article_and_boilerplate(index):
    site = Site(index, BASE)
    body = page(site, 5)
    assert 50_000 < len(body) < 70_000
    tree: Any = fromstring(body.decode(site.encoding))
    text = tree.text_content()
    paragraphs = article_paragraphs(site, 5)
    for paragraph in paragraphs:
        part: Any = fromstring(paragraph)
        assert part.text_content() in text
    assert len("".join(paragraphs).encode()) < len(body) / 6
    assert tree.xpath("string(//h1)") == site.story(5).title
    assert tree.xpath("//link[@rel='canonical']/@href") == [site.story(5).url]
    assert site.encoding in tree.xpath("//meta/@charset")
    assert tree.xpath("//nav") and tree.xpath("//footer") and len(tree.xpath("//script")) >= 4


def test_page_has_more_text_than_the_feed():
    site = Site(3, BASE)
    assert tuple(article_paragraphs(site, 5)[:2]) == site.story(5).paragraphs
    assert len(article_paragraphs(site, 5)) > len(site.story(5).paragraphs) + 5


def test_sites_have_different_layouts():
    bodies = [page(Site(n, BASE), 0).decode("utf-8", "replace") for n in range(1, 5)]
    for body, n in zip(bodies, range(1, 5), strict=True):
        assert LAYOUTS[n % 4][0] in body
        assert sum(opening in body for opening, _, _ in LAYOUTS) == 1


@pytest.mark.slow
@pytest.mark.parametrize("entries", [30, 4900])
def test_big_feed_has_the_given_size_and_number_of_entries(entries):
    size = 8_000_000
    body = big_feed(BASE, size, entries)
    assert size * 0.5 < len(body) <= size
    root: Any = etree.fromstring(body, etree.XMLParser(recover=False, huge_tree=True))
    links = root.xpath("//item/link/text()")
    assert len(set(links)) == len(links) == entries
