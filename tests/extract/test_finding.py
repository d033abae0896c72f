"""Where the article of a page is: what belongs to it, and what only stands near it."""

import pytest
from lxml import etree

from ingestd.extract import extract_article
from ingestd.extract.boilerplate import is_bad_name
from ingestd.extract.prune import site_of
from ingestd.extract.scorer import find_article
from tests.extract.helpers import PARAGRAPHS, page

NAMES = [
    ("sidebar", True),
    ("widget widget_recent", True),
    ("share-bar", True),
    ("field field-name-body field-label-hidden", False),
    ("box overflow-hidden", False),
    ("content no-sidebar", False),
    ("elementor-widget elementor-widget-text-editor", False),
    ("elementor-widget elementor-widget-share-buttons", True),
    ("post status-publish hentry category-social-media tag-newsletter", False),
    ("article-body with-comments", False),
    ("overflow-hidden comments", True),
]


@pytest.mark.parametrize(("names", "expected"), NAMES)
def test_names_of_furniture(names, expected):
    assert is_bad_name(names) is expected


def _text(body, url="https://news.example.org/2024/story.html"):
    return extract_article(None, page(f"<html><body>{body}</body></html>", url)).text


def _paragraphs(texts):
    return "".join(f"<p>{text}</p>" for text in texts)


STORY = _paragraphs(PARAGRAPHS)


def test_a_list_of_links_to_other_sites_is_the_authors():
    links = "".join(
        f'<li><a href="https://site{n}.example.com/report">The report of visitor {n}</a></li>' for n in range(4)
    )
    text = _text(f"<article>{STORY}<ul>{links}</ul><p>{PARAGRAPHS[0]}</p></article>")
    assert "The report of visitor 3" in text


@pytest.mark.parametrize(
    "href", ["/2024/{}.html", "https://www.example.org/{}", "https://www.facebook.com/sharer?u={}", "https://x.com/{}"]
)
def test_a_list_of_links_to_its_own_pages_or_for_sharing_is_the_sites(href):
    links = "".join(f'<li><a href="{href.format(n)}">Another story, number {n}</a></li>' for n in range(4))
    text = _text(f"<article>{STORY}<ul>{links}</ul><p>{PARAGRAPHS[0]}</p></article>")
    assert "Another story" not in text


def test_a_page_read_from_a_mirror_knows_its_own_site_by_its_canonical_link():
    links = "".join(f'<li><a href="https://www.paper.example/{n}">Another story, number {n}</a></li>' for n in range(4))
    html = (
        '<html><head><link rel="canonical" href="https://www.paper.example/story"></head>'
        f"<body><article>{STORY}<ul>{links}</ul></article></body></html>"
    )
    assert "Another story" not in extract_article(None, page(html, "http://127.0.0.1/copy.html")).text


def test_sites():
    assert site_of("https://www.news.example.org/a") == "example.org"
    assert site_of("https://www.asahi.co.jp/a") == "asahi.co.jp"
    assert site_of("https://example.org") == "example.org"
    assert site_of("//[bad") == ""


def _found(html):
    return find_article(next(etree.fromstring(f"<html><body>{html}</body></html>", etree.HTMLParser()).iter("body")))


def test_a_neighbour_of_the_same_kind_is_as_sure_as_the_core():
    """A text in two rows is one text; a box of another kind beside it may be none of it."""
    row = '<div class="row"><div class="cell">{}</div></div>'
    found = _found(row.format(STORY) + "<hr>" + row.format(_paragraphs(PARAGRAPHS[1:])))
    assert len(found.core) == len(found.elements) == 2
    found = _found(row.format(STORY) + f'<div class="box"><div>{_paragraphs(PARAGRAPHS[1:])}</div></div>')
    assert (len(found.core), len(found.elements)) == (1, 2)
