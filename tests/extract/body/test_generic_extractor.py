# ruff: noqa: E501  pages and what comes out of them stand on one line each
"""The article of a page: elements that belong to it, and boilerplate near it."""

import pytest
from lxml import etree

from ingestd.extract.article import extract_article
from ingestd.extract.body.boilerplate_classes import is_boilerplate_name
from ingestd.extract.body.boilerplate_phrases import is_boilerplate_line
from ingestd.extract.body.inner_boilerplate import site_of
from ingestd.extract.body.main_content import find_main_content
from ingestd.model.source import SiteRule
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
    ("contentFooter", True),
    ("imgTeaserL slideshow", True),
    ("eventDetailsContentTags", False),
]


@pytest.mark.parametrize(("names", "expected"), NAMES)
def test_class_names_of_boilerplate(names, expected):
    assert is_boilerplate_name(names) is expected


def _text(body, url="https://news.example.org/2024/story.html"):
    return extract_article(None, page(f"<html><body>{body}</body></html>", url)).text


def _paragraphs(texts):
    return "".join(f"<p>{text}</p>" for text in texts)


STORY = _paragraphs(PARAGRAPHS)


def test_list_of_links_to_other_sites_is_kept():
    links = "".join(
        f'<li><a href="https://site{n}.example.com/report">The report of visitor {n}</a></li>' for n in range(4)
    )
    text = _text(f"<article>{STORY}<ul>{links}</ul><p>{PARAGRAPHS[0]}</p></article>")
    assert "The report of visitor 3" in text


@pytest.mark.parametrize(
    "href", ["/2024/{}.html", "https://www.example.org/{}", "https://www.facebook.com/sharer?u={}", "https://x.com/{}"]
)
def test_list_of_internal_or_sharing_links_is_removed(href):
    links = "".join(f'<li><a href="{href.format(n)}">Another story, number {n}</a></li>' for n in range(4))
    text = _text(f"<article>{STORY}<ul>{links}</ul><p>{PARAGRAPHS[0]}</p></article>")
    assert "Another story" not in text


def test_site_of_a_mirrored_page_is_that_of_the_canonical_link():
    links = "".join(f'<li><a href="https://www.paper.example/{n}">Another story, number {n}</a></li>' for n in range(4))
    html = (
        '<html><head><link rel="canonical" href="https://www.paper.example/story"></head>'
        f"<body><article>{STORY}<ul>{links}</ul></article></body></html>"
    )
    assert "Another story" not in extract_article(None, page(html, "http://127.0.0.1/copy.html")).text


def test_site_of_a_url():
    assert site_of("https://www.news.example.org/a") == "example.org"
    assert site_of("https://www.asahi.co.jp/a") == "asahi.co.jp"
    assert site_of("https://example.org") == "example.org"
    assert site_of("//[bad") == ""


def _found(html):
    return find_main_content(
        next(etree.fromstring(f"<html><body>{html}</body></html>", etree.HTMLParser()).iter("body"))
    )


def test_sibling_of_the_same_kind_belongs_to_the_core():
    """A text in two rows is one text; a box with another tag or class beside it is not in the core."""
    row = '<div class="row"><div class="cell">{}</div></div>'
    found = _found(row.format(STORY) + "<hr>" + row.format(_paragraphs(PARAGRAPHS[1:])))
    assert len(found.core) == len(found.elements) == 2
    found = _found(row.format(STORY) + f'<div class="box"><div>{_paragraphs(PARAGRAPHS[1:])}</div></div>')
    assert (len(found.core), len(found.elements)) == (1, 2)


FURNITURE_LINES = [
    "责任编辑：王小明",
    "【责任编辑：王小明】",
    "相关新闻：",
    "【致敬】文化大家讲述亲历 【详细】",
    "喜欢这篇文章？去 App 商店搜好奇心，每天看点不一样的。",
    "关键词 >> 图书馆,屋顶",
    "Related: The council closes another library",
    "SEE ALSO: This roof has its own weather",
    "Story Continued Below",
    "™ & © 2013 Example Network, Inc. All rights reserved.",
    "hide caption",
    "Want more updates from Sam? Sign up for his newsletter, Roof News.",
    "Anzeige",
    "Lesen Sie auch: Das Dach der Bücherei",
    "Lire aussi : Le toit de la bibliothèque",
    "Te puede interesar",
    "Читайте также: Крыша библиотеки",
    "Нашли ошибку? Выделите её и нажмите Ctrl+Enter.",
    "［有料会員限定］ この記事は会員限定です。登録すると続きをお読みいただけます。",
    "関連記事",
    "무단 전재 및 재배포 금지",
    "اقرأ أيضا",
    "เรื่องที่เกี่ยวข้อง",
]
ARTICLE_LINES = [
    "Also on Tuesday, the council voted to keep the old library open until the autumn.",
    "More people than ever came to the library, and most of them stayed the whole day.",
    "关注此事的居民挤满了旁听席，不少人是第一次来到这里参加会议。",
    "相关部门负责人表示，屋顶的最后决定要等到秋天才会作出。",
    "Learn more about roofs",
    "Werbung für das Dach macht seit gestern auch der Bürgermeister.",
    "Publicité ou pas, le toit de la bibliothèque sera réparé avant la fin de l’automne.",
    "Related work on roofs began in the sixties, and much of it has been forgotten since.",
    "",
    "…",
]


@pytest.mark.parametrize("line", FURNITURE_LINES)
def test_lines_of_boilerplate(line):
    assert is_boilerplate_line(line)


@pytest.mark.parametrize("line", ARTICLE_LINES)
def test_lines_of_article_text(line):
    assert not is_boilerplate_line(line)


HEADS = [
    ("one heading, whatever the page is called", "<h1>Another name <span>than the page has</span></h1>"),
    ("a byline with links in it", '<div>By <a href="/kw">Kathy Wise</a> Published in <a href="/f">Roofs</a> 14 May 2016</div>'),
    ("a row of labels", "<div>2019-09-26 12:11<span>来源：晚报</span><span>作者：李在山</span></div>"),
    ("labels beside paragraphs", "<span>2019-09-26 12:11</span>"),
    ("a Japanese byline", "<p>地域面 文・佐伯澄子</p>"),
    ("a Korean byline", "<p>한가람 기자</p>"),
    ("a French one", "<p>De notre correspondante</p>"),
    ("a byline without its name", "<p>By</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "head"), HEADS)
def test_lines_above_the_text(_name, head):
    assert _text(f"<article>{head}{STORY}</article>") == "\n".join(PARAGRAPHS)


def test_several_headings_are_part_of_the_text():
    body = f"<article><h1>One roof</h1>{STORY}<h1>Another roof</h1>{STORY}</article>"
    text = extract_article(
        None, page(f"<html><head><title>Roofs of Wickham</title></head><body>{body}</body></html>")
    ).text
    assert text.startswith("One roof\n")
    assert "\nAnother roof\n" in text


TEASER = '<div class="story"><h3><a href="/next/{0}">The next story, number {0}</a></h3><p>A paragraph on what the next story tells, with a comma.</p></div>'


def test_teaser_box_inside_the_article_is_removed():
    box = "<section>" + "".join(map(TEASER.format, range(3))) + "</section>"
    assert "next story" not in _text(f'<div class="column">{STORY}{STORY}{box}</div>')


def test_chapters_under_links_to_other_sites_stay():
    chapters = "".join(
        f'<h3><a href="https://tool{n}.example.com/">A tool for roofs</a></h3><p>{text}</p>'
        for n, text in enumerate(PARAGRAPHS)
    )
    text = _text(f'<div class="column">{STORY}<div>{chapters}</div></div>')
    assert text.count("A tool for roofs") == len(PARAGRAPHS)


def test_text_in_nested_steps_is_complete():
    steps = "".join(
        f'<div class="mod step"><div><p>Step {n}: {text}</p></div></div>' for n, text in enumerate(PARAGRAPHS)
    )
    text = _text(f"<main>{steps}</main>")
    assert all(paragraph in text for paragraph in PARAGRAPHS)


def test_forum_replies_are_not_in_the_question():
    post = '<div class="post"><div class="body">{}</div></div>'
    answer = post.format("<p>I had the same question about the roof, and nobody answered it, alas.</p>")
    text = _text(f"<main>{post.format(STORY)}{answer * 4}</main>")
    assert "same question" not in text


def test_paragraphs_before_the_box_that_holds_the_rest():
    text = _text(f"<div><p>{PARAGRAPHS[0]}</p><div><div>{_paragraphs(PARAGRAPHS[1:])}</div></div></div>")
    assert text.startswith(PARAGRAPHS[0])


def test_a_text_in_several_tables():
    table = "<table><tr><td><p>{}</p></td></tr></table>"
    page_ = f"<table><tr><td>{''.join(map(table.format, PARAGRAPHS))}<table><tr><td>{STORY}</td></tr></table></td></tr></table>"
    text = _text(page_)
    assert all(text.count(paragraph) == 2 for paragraph in PARAGRAPHS)


def test_a_gallery_or_a_portrait_of_the_author_beside_the_text_is_no_part_of_it():
    text = _text(
        f'<div><div class="story-gallery"><div><p>{PARAGRAPHS[0]} A caption.</p><p>{PARAGRAPHS[1]} A caption.</p></div></div>'
        f'<div><div class="x">{STORY}{STORY}</div></div>'
        f'<div class="author-container"><p>Julia writes, reads and photographs, and she lives under an old roof.</p></div></div>'
    )
    assert "A caption" not in text
    assert "Julia" not in text


BESIDE = [
    ("linked headings", '<article><h2><a href="/x">Next</a></h2><p>A short text on it.</p></article>'),
    (
        "long texts under linked headings",
        f'<article><h2><a href="/x">Next</a></h2>{_paragraphs(PARAGRAPHS[:3])}</article>',
    ),
    ("links without headings", '<article><a href="/x">The next story about it</a><p>A short text on it.</p></article>'),
    ("comments", '<article class="comment"><p>I like this roof, really.</p></article>'),
]


@pytest.mark.parametrize(("_name", "beside"), BESIDE)
def test_rule_with_several_article_elements_selects_the_main_one(_name, beside):
    html = f"<html><body><article><h1>A roof</h1>{STORY}</article>{beside * 3}</body></html>"
    found = extract_article(None, page(html), source_rule=SiteRule(select="article"))
    assert found.text == "\n".join(PARAGRAPHS)


def test_rule_with_two_long_article_elements_selects_both():
    html = f"<html><body><article><h2>One</h2>{STORY}</article><article><h2>Two</h2>{STORY}</article></body></html>"
    found = extract_article(None, page(html), source_rule=SiteRule(select="article"))
    assert found.text.count(PARAGRAPHS[0]) == 2


def test_a_box_under_a_heading_that_announces_other_articles_is_no_part_of_the_text():
    text = f'<div class="row"><div class="cell">{STORY}</div></div>'
    box = '<div class="box"><div><h3>{}</h3>' + _paragraphs(PARAGRAPHS[1:]) + "</div></div>"
    assert len(_found(text + box.format("Related stories")).elements) == 1
    assert len(_found(text + box.format("Roofs elsewhere")).elements) == 2
