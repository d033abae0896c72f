# ruff: noqa: E501  pages and what comes out of them stand on one line each
# mypy: disable-error-code="union-attr,no-untyped-call,index"

import pickle

import pytest

from ingestd.extract.article import extract_article
from ingestd.extract.page.document import parse_document
from ingestd.extract.rules.selectors import select
from ingestd.extract.rules.site_rules import load_rules
from ingestd.model.article import BodyOrigin
from ingestd.model.errors import ConfigError, Outcome
from ingestd.model.source import SiteRule
from tests.extract.helpers import PARAGRAPHS, SAETZE, page

PACK = """
[[site]]
hosts = ["zaobao.com", "www.zaobao.com.sg"]
select = ".body"
remove = [".ad"]
title = "h1.t"
author = ".who"
date = "time"
evidence = "https://example.org/source"
evidence_date = 2024-05-01

[[site]]
hosts = ["zaobao.com"]
url = "https://www.zaobao.com/special/"
select = ".special"

[[site]]
detect = 'meta[name="generator"][content^="WordPress"]'
select = ".entry-content"
"""

BROKEN = [
    ("[[site]\n", "sites.toml"),
    ("[[site]]\nhosts = ['a.org']\nselekt = 'p'\n", "'selekt'"),
    ("[[site]]\nhosts = ['a.org']\nselect = 'p['\n", "not a CSS selector"),
    ("[[site]]\nselect = 'p'\n", "needs hosts, url or detect"),
    ("[[site]]\nhosts = 3\n", "hosts must be a list"),
    ("[[site]]\nhosts = ['a.org']\ntitle = 3\n", "title must be text"),
    ("[site]\nhosts = ['a.org']\n", "two brackets"),
    ("[[sites]]\nhosts = ['a.org']\n", "unknown key 'sites'"),
]

HTML = (
    "<html><head><title>x</title></head><body><h1 class=t>市议会投票保留图书馆</h1><span class=who>作者：王小明</span><time>2024年5月1日 08:30</time>"
    "<div class=body>" + "".join(f"<p>{text}</p>" for text in SAETZE) + "<div class=ad>买买买</div></div></body></html>"
)


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_a_wrong_pack_is_refused_with_its_reason(text, said):
    with pytest.raises(ConfigError, match=said.replace("[", r"\[")):
        load_rules(text)


@pytest.mark.parametrize(
    ("url", "selected"),
    [
        ("https://www.zaobao.com/news/story1", ".body"),
        ("https://beltandroad.zaobao.com/x", ".body"),
        ("https://www.zaobao.com.sg/news", ".body"),
        ("http://zaobao.com/special/x", ".special"),
        ("https://notzaobao.com/", None),
        ("https://zaobao.com.evil.org/", None),
    ],
)
def test_the_most_precise_rule_for_an_address(url, selected):
    site = load_rules(PACK).for_url(url)
    assert (site.rule.select if site else None) == selected


def test_later_packs_take_precedence():
    both = load_rules(PACK) + load_rules("[[site]]\nhosts = ['zaobao.com']\nselect = '.mine'\n")
    assert both.for_url("https://zaobao.com/x").rule.select == ".mine"


def test_platform_is_detected_from_the_page():
    rules = load_rules(PACK)
    shown = parse_document(
        "<head><meta name=generator content='WordPress 6.5'></head><body><p>x", "https://blog.example.org/"
    )
    assert rules.for_page(shown.url, shown.root).rule.select == ".entry-content"
    assert rules.for_page(shown.url, parse_document("<p>x", shown.url).root) is None


def test_a_rule_of_the_pack_gives_body_and_metadata():
    article = extract_article(
        None, page(HTML, "https://www.zaobao.com/news/1"), site_rules=load_rules(PACK), timezone="Asia/Singapore"
    )
    assert article.body_origin is BodyOrigin.RULE
    assert article.text == "\n".join(SAETZE)
    assert article.title == "市议会投票保留图书馆"
    assert article.authors == ("王小明",)
    assert article.published.utc.isoformat() == "2024-05-01T00:30:00+00:00"
    assert dict(article.origins) | {"title": "rule", "authors": "rule", "published": "rule"} == dict(article.origins)
    assert article.problems == ()


def test_the_sources_own_rule_comes_first():
    article = extract_article(
        None,
        page(HTML, "https://www.zaobao.com/news/1"),
        source_rule=SiteRule(select=".ad"),
        site_rules=load_rules(PACK),
    )
    assert article.text == "买买买"


def test_selector_without_a_match_falls_back_and_is_reported():
    article = extract_article(None, page(HTML), source_rule=SiteRule(select=".gone", title="h1.gone"))
    assert article.body_origin is BodyOrigin.PAGE
    assert SAETZE[0] in article.text
    assert [problem.outcome for problem in article.problems] == [Outcome.RULE_MISSED] * 2
    assert ".gone" in article.problems[0].reason


def test_several_matches_are_joined_and_nested_ones_taken_once():
    html = "<body><div class=x><p>One.</p><div class=x><p>Two.</p></div></div><p>no</p><div class=x>Three.</div>"
    assert (
        extract_article(None, page(html), source_rule=SiteRule(select=".x")).html
        == "<p>One.</p><p>Two.</p><p>Three.</p>"
    )


def test_remove_never_removes_the_root():
    html = "<body><article>" + "".join(f"<p>{text}</p>" for text in PARAGRAPHS) + "</article></body>"
    article = extract_article(None, page(html), source_rule=SiteRule(remove=("body", "html")))
    assert article.text == "\n".join(PARAGRAPHS)


def test_selectors_beyond_cssselect_go_to_soupsieve():
    root = parse_document("<p>one</p><p>two</p><a HREF='X.PDF'>t</a>", "https://e.org/").root
    assert [element.text for element in select(root, "p:-soup-contains('two')")] == ["two"]
    assert [element.text for element in select(root, "a[href$='.pdf' i]")] == ["t"]
    assert all(not element.attrib.get("data-ingestd-mark") for element in root.iter())
    assert select(root, "p[") == []


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("div.x:has(> div.y)", ["direct"]),
        ("div.x:has(div.y)", ["direct", "deep"]),
        ("div.x:not(:has(div.y))", ["none"]),
        ("div.x", ["direct", "deep", "none"]),
    ],
)
def test_has_selector_as_in_css(selector, found):
    root = parse_document(
        "<div class=x id=direct><div class=y>1</div></div><div class=x id=deep><p><span></span></p><section><div class=y>2</div>"
        "</section></div><div class=x id=none>3</div>",
        "https://example.org/",
    ).root
    assert [element.get("id") for element in select(root, selector)] == found


def test_boilerplate_is_removed_from_selected_elements():
    lines = "<h1>市议会投票保留图书馆</h1><p>来源：示例日报</p>" + "".join(f"<p>{text}</p>" for text in SAETZE)
    tail = "<p>扫描二维码，关注我们的公众号</p><p>责任编辑：王小明</p>"
    html = f"<html><head><title>市议会投票保留图书馆</title></head><body><div id=js_content>{lines}{tail}</div></body></html>"
    article = extract_article(None, page(html), source_rule=SiteRule(select="#js_content"))
    assert article.text == "\n".join(SAETZE)
    assert article.body_origin is BodyOrigin.RULE


def test_teasers_are_not_the_article_that_a_rule_selects():
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    teaser = (
        "<article><h3><a href=/2>Another story</a></h3><p>It is about the weather, and not very long.</p></article>"
    )
    second = "<article><h2>Second part</h2><p>What follows is short, but it is of the same article.</p></article>"
    html = f"<html><body><article>{body}</article>{second}{teaser}</body></html>"
    article = extract_article(None, page(html), source_rule=SiteRule(select="article"))
    assert "Second part" in article.text
    assert "Another story" not in article.text
    assert article.text.startswith(PARAGRAPHS[0])


def test_pack_is_pickled_completely_and_parsed_once():
    pack = load_rules('[[site]]\nhosts = ["a.example"]\nselect = "main"\nevidence = "x"\n')
    first, second = (pickle.loads(pickle.dumps(pack)) for _ in range(2))
    assert first == pack
    assert first is second
    assert pickle.loads(pickle.dumps(first)) == pack
