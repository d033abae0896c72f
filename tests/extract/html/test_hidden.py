# ruff: noqa: E501  pages stand on one line
"""Pages that show no article: those that carry it as data, and those that have none."""

import json
import time

import pytest

from ingestd.extract.article import extract_article
from ingestd.extract.page.embedded_data import embedded_article_html
from ingestd.extract.page.error_pages import is_menu_text, is_placeholder_text
from ingestd.model.article import BodyOrigin
from ingestd.model.errors import Outcome
from tests.extract.helpers import PARAGRAPHS, SAETZE, page

HTML = "".join(f"<p>{text}</p>" for text in SAETZE)
STATE = {
    "props": {
        "menu": ["Home", "News"],
        "article": {"id": 7, "title": "Roof", "body": HTML},
        "comments": [{"text": "Nice. " * 400}],
    }
}
BLOCKS = {"story": {"blocks": [{"type": "p", "text": text} for text in PARAGRAPHS]}}
PLAIN = {"data": {"content": "\n".join(PARAGRAPHS)}}

DATA = [
    ("Next", f'<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{json.dumps(STATE)}</script>', SAETZE),
    ("state", f"<div id=app></div><script>window.__INITIAL_STATE__ = {json.dumps(STATE)};(function(){{}})()</script>", SAETZE),
    ("variable", f"<div id=app></div><script>var allData = {json.dumps(STATE)};\nvar adKeys = [];</script>", SAETZE),
    ("text of JSON", f"<div id=app></div><script>window.S=JSON.parse({json.dumps(json.dumps(STATE))})</script>", SAETZE),
    ("blocks", f'<script type="application/json">{json.dumps(BLOCKS)}</script>', PARAGRAPHS),
    ("plain text", f'<div>Loading…</div><script type="application/json">{json.dumps(PLAIN)}</script>', PARAGRAPHS),
    ("textarea", f"<textarea class=article-content>{HTML.replace('<', '&lt;')}</textarea>", SAETZE),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "html", "texts"), DATA)
def test_an_article_in_the_data_of_a_script(_name, html, texts):
    found = extract_article(None, page(f"<html><body>{html}</body></html>"))
    assert found.text == "\n".join(texts)
    assert [candidate.name for candidate in found.candidates] == ["data"]


def test_what_the_page_shows_is_not_replaced_by_its_data():
    data = f'<script type="application/json">{json.dumps(PLAIN)}</script>'
    assert extract_article(None, page(f"<html><body><article>{HTML}</article>{data}</body></html>")).text == "\n".join(
        SAETZE
    )


@pytest.mark.parametrize(
    "html",
    [
        "<script>var x = {broken</script>" + " " * 200,
        "<script>" + "a=[" * 60_000 + "</script>",
        '<script type="application/json">' + "[" * 100_000 + "</script>",
        "<script>x = " + json.dumps(["b=[1,2"] * 20_000) + "</script>",
        "<script>" + "JSON.parse(" * 20_000 + "</script>",
        "<textarea>" * 20_000,
        "<script " * 20_000,
    ],
)
def test_hostile_data_cost_little(html):
    start = time.process_time()
    assert embedded_article_html(html) == ""
    assert time.process_time() - start < 2


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
def test_a_notice_is_no_article(text):
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


def test_a_menu_is_told_by_its_lack_of_sentences():
    assert is_menu_text("首页\n国内新闻\n国际新闻频道")
    assert not is_menu_text("首页。屋顶修好了，图书馆开了。")
    assert not is_menu_text("word " * 100)


def test_a_menu_alone_is_no_article():
    menu = '<ul><li><a href="/a">首页</a></li><li><a href="/b">国内新闻</a></li><li><a href="/c">国际新闻频道</a></li></ul>'
    assert extract_article(None, page(f"<html><body>{menu}</body></html>")).body_origin is BodyOrigin.NONE
