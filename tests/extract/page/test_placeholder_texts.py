# ruff: noqa: E501  pages and what comes out of them stand on one line each
"""Pages with a placeholder instead of an article: a cookie notice, a loading sign, a menu."""

import pytest

from ingestd.extract.article import extract_article
from ingestd.extract.page.error_pages import is_placeholder_text
from ingestd.model.article import BodyOrigin
from ingestd.model.errors import Outcome
from tests.extract.helpers import page

NOTICES = [
    "本网站使用 Cookie 来改善您的浏览体验。继续使用本网站，即表示您同意我们的隐私政策。",
    "We and our partners use cookies to store information on your device. You can change your choices in the settings.",
    "您需要启用 JavaScript 才能运行此应用程序。",
    "You need to enable JavaScript to run this app.",
    "404 Not Found\nSorry, the page you are looking for does not exist.",
    "Checking your browser before accessing the site.",
    "访问过于频繁，请完成安全验证后继续访问。",
    "Loading...",
    "首页 新闻 财经 体育频道 正在加载...",
    "抱歉，您访问的页面不存在。",
]


@pytest.mark.parametrize("text", NOTICES)
def test_placeholder_texts_are_no_article(text):
    assert is_placeholder_text(text)
    found = extract_article(
        None, page("<html><body>" + "".join(f"<p>{line}</p>" for line in text.split("\n")) + "</body></html>")
    )
    assert found.body_origin is BodyOrigin.NONE
    assert [problem.outcome for problem in found.problems] == [Outcome.NO_ARTICLE]


@pytest.mark.parametrize(
    "text",
    [
        "一句话新闻：今天下午三点，图书馆屋顶修好了。",
        "The library's roof was mended today, said the mayor.\nThis site uses cookies, accept them.",
        "Loading the roof took three days, and forty people helped.\nThe work was paid for by the town.",
        "A law on cookies and consent was passed. " * 30,
        "",
    ],
)
def test_short_texts_that_are_articles(text):
    assert not is_placeholder_text(text)


def test_page_of_a_menu_only_has_no_article():
    menu = '<ul><li><a href="/a">首页</a></li><li><a href="/b">国内新闻</a></li><li><a href="/c">国际新闻频道</a></li></ul>'
    assert extract_article(None, page(f"<html><body>{menu}</body></html>")).body_origin is BodyOrigin.NONE


def test_page_that_lists_articles_holds_none_though_it_has_dates_and_labels():
    items = "".join(
        f'<li><a href="/{number}.html">{title}</a> <span>11-0{number}</span> <em>Read more</em></li>'
        for number, title in enumerate(("Ferry resumes", "New housing plan", "Storm warning", "Court delays ruling"), 1)
    )
    body = f'<h2><a href="/">News</a></h2><ul class="list">{items}</ul><p><a href="/2">Next</a></p>'
    assert extract_article(None, page(f"<html><body>{body}</body></html>")).body_origin is BodyOrigin.NONE
