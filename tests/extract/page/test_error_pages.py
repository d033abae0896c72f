"""Error pages with status 200: the feed's text is kept, and the page is retried."""

import pytest

from ingestd.extract.article import extract_article
from ingestd.model.article import BodyOrigin
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry
from tests.extract.helpers import page

TEASER = "The river rose before dawn and reached the old bridge."
ENTRY = Entry(title="River rises over the old bridge", link="https://news.example/a/1", summary=TEASER)
STORY = "".join(f"<p>People on both banks spoke of the flood for hours, as they had in year {n}.</p>" for n in range(9))


def read(title: str, body: str, entry: Entry = ENTRY):
    html = f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"
    return extract_article(entry, page(html))


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("404", "<h1>404</h1><p>Sorry, the page you are looking for could not be found.</p>"),
        ("Page not found - News", "<h1>Oops!</h1><p>That page has moved, or it never was there. Try the search.</p>"),
        ("News", "<p>The page you requested does not exist. It may have been removed by its author long ago.</p>"),
        ("Sign in | News", "<p>Create an account to get unlimited access to our reporting. It takes a minute.</p>" * 6),
        ("Before you continue", "<p>We use cookies and data to deliver and maintain our services.</p>" * 8),
        ("Are you a robot?", "<p>We have detected unusual activity from your network. Click the box.</p>" * 3),
        ("News", "<p>Please log in to continue reading. Subscribers have access to everything we publish.</p>"),
        ("Down for maintenance", "<p>We are performing scheduled maintenance and will be back shortly.</p>" * 5),
        ("Database Error", "<h1>Error establishing a database connection</h1>"),
        ("News", f"<h1>Something broke</h1><p>{'Internal error, please try again later. ' * 20}</p>"),
        ("404", f"<h1>页面不存在</h1><p>{'抱歉，您访问的页面不存在或已被删除，请返回首页。' * 5}</p>"),
        ("请登录", f"<p>{'您需要登录后才能继续阅读本文，请先登录或注册一个新账号。' * 5}</p>"),
        ("提示信息", f"<p>{'抱歉，本帖要求阅读权限高于某个等级才能浏览。' * 4}</p>"),
        ("Seite nicht gefunden", "<p>Die gesuchte Seite gibt es nicht mehr. Vielleicht hilft die Suche weiter.</p>"),
        ("お探しのページは見つかりません", f"<p>{'お探しのページは移動または削除された可能性があります。' * 4}</p>"),
    ],
)
def test_error_pages_are_no_article(title: str, body: str):
    article = read(title, body)
    assert article.text == TEASER
    assert article.body_origin is BodyOrigin.SUMMARY
    assert [problem.outcome for problem in article.problems] == [Outcome.NO_ARTICLE]
    assert (article.title, article.canonical_url) == (None, None)


@pytest.mark.parametrize(
    ("announced", "title", "body"),
    [
        (ENTRY.title, ENTRY.title, STORY),
        ("Page not found: a history", "Page not found: a history", f"<h1>Page not found: a history</h1>{STORY}"),
        ("Why every site says 404", "404: why every site says it", f"<h1>Why every site says 404</h1>{STORY}"),
        ("Login systems compared", "Login systems compared | News", STORY),
        (
            "大桥通车",
            "登录后查看 - 新闻网",
            f"<h1>大桥通车</h1>{'<p>请登录查看评论。大桥今天上午通车，两岸居民都来了。</p>' * 3}",
        ),
        # A headline that differs, over the text that was announced.
        (ENTRY.title, "Error of judgement", f"<h1>Error of judgement</h1><p>{TEASER}</p>{STORY}"),
        # Long enough to be an article, whatever its title begins with.
        (ENTRY.title, "Register of ships", f"<h1>Register of ships</h1>{STORY * 6}"),
    ],
)
def test_articles_with_words_of_error_pages_are_accepted(announced: str, title: str, body: str):
    article = read(title, body, Entry(title=announced, link=ENTRY.link, summary=TEASER))
    assert article.body_origin is BodyOrigin.PAGE
    assert article.problems == ()


def test_without_an_entry_no_page_is_an_error_page():
    html = (
        "<html><head><title>Login</title></head><body><article><p>Login systems are many.</p></article></body></html>"
    )
    assert "Login systems" in extract_article(None, page(html)).text
