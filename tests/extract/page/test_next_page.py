# mypy: disable-error-code="union-attr,no-untyped-call,index"

import pytest

from ingestd.extract.article import extract_article
from ingestd.extract.page.next_page import is_next_page
from ingestd.model.source import SiteRule
from ingestd.poll.article_pages import append_part
from tests.extract.helpers import PARAGRAPHS, SAETZE, page

PARTS = [
    ("https://e.org/a/story.html", "https://e.org/a/story_2.html", True),
    ("https://e.org/a/story_2.html", "https://e.org/a/story_3.html", True),
    ("https://e.org/a/story.html", "https://e.org/a/story-2.html", True),
    ("https://e.org/a/story/", "https://e.org/a/story/page/2/", True),
    ("https://e.org/a/a-story", "https://e.org/a/a-story/2", True),
    ("https://e.org/a/a-story/2", "https://e.org/a/a-story/3", True),
    ("https://e.org/a?id=7", "https://e.org/a?id=7&page=2", True),
    ("https://e.org/a?id=7&page=2", "https://e.org/a?id=7&page=3", True),
    ("https://e.org/2021-04/18/content_1.htm", "https://e.org/2021-04/18/content_1_2.htm", True),
    ("https://e.org/article/101", "https://e.org/article/102", False),
    ("https://e.org/article/7", "https://e.org/article/8", False),
    ("https://e.org/2024/05/01", "https://e.org/2024/05/02", False),
    ("https://e.org/a/story.html", "https://e.org/a/other.html", False),
    ("https://e.org/a/story.html", "https://other.org/a/story_2.html", False),
    ("https://e.org/a?id=7", "https://e.org/a?id=8", False),
    ("https://e.org/a/story_2.html", "https://e.org/a/story_2.html", False),
    ("https://e.org/a/story_3.html", "https://e.org/a/story_2.html", False),
    ("https://e.org/a", "https://[e.org/a_2", False),
]


@pytest.mark.parametrize(("current", "following", "expected"), PARTS)
def test_is_next_part(current, following, expected):
    assert is_next_page(current, following) is expected


def _story(paragraphs, more=""):
    return (
        "<html><body><article>" + "".join(f"<p>{text}</p>" for text in paragraphs) + f"</article>{more}</body></html>"
    )


def test_next_part_by_rel_and_by_words():
    url = "https://e.org/a/story.html"
    assert (
        extract_article(None, page(_story(PARAGRAPHS, '<a rel="next" href="story_2.html">2</a>'), url)).next_page
        == "https://e.org/a/story_2.html"
    )
    assert (
        extract_article(None, page(_story(SAETZE, '<a href="story_2.html">下一页</a>'), url)).next_page
        == "https://e.org/a/story_2.html"
    )
    assert extract_article(None, page(_story(SAETZE, '<a href="other.html">下一页</a>'), url)).next_page is None
    assert (
        extract_article(None, page(_story(PARAGRAPHS, '<link rel="next" href="/a/newer-story.html">'), url)).next_page
        is None
    )


def test_next_part_selected_by_a_rule():
    rule = SiteRule(select="article", next_page="a.more")
    answer = page(_story(PARAGRAPHS, '<a class=more href="/second">on</a>'), "https://e.org/first")
    assert extract_article(None, answer, source_rule=rule).next_page == "https://e.org/second"


def test_joining_parts():
    first = extract_article(
        None, page(_story(PARAGRAPHS[:3], '<a rel=next href="story_2.html">2</a>'), "https://e.org/story.html")
    )
    second = extract_article(None, page(_story(SAETZE), "https://e.org/story_2.html"))
    joined = append_part(first, second)
    assert joined.text == first.text + "\n" + second.text
    assert joined.html == first.html + second.html
    assert joined.next_page is None
    assert append_part(joined, second).text == joined.text
