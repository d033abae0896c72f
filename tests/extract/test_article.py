# ruff: noqa: E501  pages and what comes out of them stand on one line each
# mypy: disable-error-code="union-attr,no-untyped-call,index"

from dataclasses import replace

import pytest

from ingestd.extract.article import extract_article
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.errors import Outcome
from ingestd.model.feed import Entry
from tests.extract.helpers import PARAGRAPHS, SAETZE, assert_cpu_time_is_linear, page

ARTICLE = "\n".join(PARAGRAPHS)
CHINESE = "\n".join(SAETZE)
FURNITURE = """
<div class="related"><h3>Related stories</h3><ul><li><a href="/1">A story about a bridge, a river, and a boat</a></li>
<li><a href="/2">Another story, this one about the weather</a></li></ul></div>
<div class="share-bar"><a href="#">Share</a> <a href="#">Tweet</a></div>
<div id="comments"><div class="comment"><p>I think, as a reader, that this is all wrong, and I said so before.</p></div></div>
<div class="cookie-notice"><p>We use cookies, and similar things, to improve your experience on this site.</p></div>
"""
NAVIGATION = '<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav><header><a href="/">The Paper</a></header>'
FOOTER = "<footer><p>Copyright 2024, The Paper. All rights reserved. Contact, imprint, privacy.</p></footer>"


def _html(paragraphs, wrap="<article>{}</article>", inside="", after=FURNITURE):
    body = "".join(f"<p>{text}</p>" for text in paragraphs) + inside
    return f"<html><head><title>A vote - The Paper</title></head><body>{NAVIGATION}<main>{wrap.format('<h1>A vote</h1>' + body)}</main>{after}{FOOTER}</body></html>"


WRAPS = [
    "<article>{}</article>",
    "<div>{}</div>",
    '<div class="sidebar-left">{}</div>',
    '<div class="share-zone"><div>{}</div></div>',
    "<table><tr><td>menu</td><td>{}</td></tr></table>",
    "<form id=aspnetForm><div>{}</div></form>",
    '<div class="c"><div class="b"><div class="a">{}</div></div></div>',
]


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("paragraphs", [PARAGRAPHS, SAETZE], ids=["english", "chinese"])
def test_only_the_article_is_extracted(wrap, paragraphs):
    article = extract_article(None, page(_html(paragraphs, wrap)))
    assert article.text == "\n".join(paragraphs)
    assert article.body_origin is BodyOrigin.PAGE
    assert article.problems == ()


def test_paragraphs_separated_by_br():
    html = f"<body>{NAVIGATION}<div class=content>" + "<br><br>　　".join(SAETZE) + f"</div>{FURNITURE}{FOOTER}</body>"
    article = extract_article(None, page(html))
    assert article.text == CHINESE
    assert article.html == "".join(f"<p>{text}</p>" for text in SAETZE)


def test_article_with_advertisements_between_paragraphs():
    chunks = "".join(
        f'<div class="chunk n{n}"><p>{a}</p><p>{b}</p></div><div class="ad-slot"><p>Buy, buy, and buy more.</p></div>'
        for n, (a, b) in enumerate(
            [PARAGRAPHS[:2], PARAGRAPHS[2:4], (PARAGRAPHS[4], PARAGRAPHS[0].replace("Tuesday", "Monday"))]
        )
    )
    text = extract_article(None, page(f"<body>{NAVIGATION}<main>{chunks}</main>{FOOTER}")).text
    assert [line for line in text.splitlines() if line in PARAGRAPHS] == list(PARAGRAPHS)
    assert "Buy" not in text


def test_lead_and_figure_above_are_included():
    html = (
        f'<body><main><h1>A vote</h1><p class="lead">{PARAGRAPHS[0]}</p><figure><img src="/a.jpg"><figcaption>The library.</figcaption></figure><div class=body>'
        + "".join(f"<p>{text}</p>" for text in PARAGRAPHS[1:])
        + "</div></main>"
    )
    article = extract_article(None, page(html))
    assert article.text.startswith(PARAGRAPHS[0])
    assert "The library." in article.text
    assert 'src="https://news.example.org/a.jpg"' in article.html


EDGES = [
    "责任编辑：王小明",
    "（责任编辑：李四）",
    "扫描下方二维码关注我们",
    "分享到：微信 微博",
    "相关阅读",
    "Share this article",
    "2024-05-01 08:30 来源：新华网",
    "Print",
]


@pytest.mark.parametrize("line", EDGES)
def test_toolbar_lines_at_the_edges_are_removed(line):
    article = extract_article(None, page(_html(SAETZE, inside=f"<p>{line}</p>")))
    assert article.text == CHINESE


@pytest.mark.parametrize(
    "line",
    [
        "Also on Tuesday, the council heard from the fire service.",
        "Copyright law was changed in the same week, without a vote.",
        "相关报道指出，这项决定在议会内部引起了很大的争议。",
        "举报人说，他在三年前就把材料交给了有关部门。",
    ],
)
def test_sentences_that_begin_like_boilerplate_are_kept(line):
    assert line in extract_article(None, page(_html((*SAETZE, line, *PARAGRAPHS)))).text


def _wrapped(paragraphs, before, after):
    return "".join(f'<div class="css-a{number}"><div>{before}{text}{after}</div></div>' for number, text in paragraphs)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("<p>", "</p>"),
        ("<table><tr><td><p>", "</p></td></tr></table>"),
        ("<div><div><div>", "</div></div></div>"),
    ],
)
@pytest.mark.parametrize("paragraphs", [PARAGRAPHS, SAETZE], ids=["english", "chinese"])
def test_every_paragraph_in_wrappers_of_its_own(before, after, paragraphs):
    body = _wrapped(enumerate(paragraphs), before, after)
    html = f"<html><head><title>A vote</title></head><body>{NAVIGATION}<div><div>{body}</div></div>{FURNITURE}{FOOTER}</body></html>"
    article = extract_article(None, page(html))
    assert article.text == "\n".join(paragraphs)
    assert article.candidates[0].name == "density"


def test_generated_class_names_are_ignored():
    body = "".join(f'<div class="css-ad49cb{number}">{text}</div>' for number, text in enumerate(SAETZE))
    assert extract_article(None, page(f"<html><body><div>{body}</div></body></html>")).text == CHINESE


@pytest.mark.parametrize("name", ["ad", "box ad1", "ad-300x250", "ad300x250", "share-2", "x_related"])
def test_class_names_of_boilerplate(name):
    extra = f'<div class="{name}"><p>Buy this wonderful thing, today, and another one, at half the price, tomorrow.</p></div>'
    assert extract_article(None, page(_html(PARAGRAPHS, inside=extra, after=""))).text == ARTICLE


def test_a_list_of_long_comments_is_not_the_article():
    comments = "".join(f"<li><div><div><p>{text} {text}</p></div></div></li>" for text in PARAGRAPHS * 3)
    html = _html(PARAGRAPHS, wrap="<div>{}</div>", after=f"<div><ul>{comments}</ul></div>")
    assert extract_article(None, page(html)).text.startswith(ARTICLE)


@pytest.mark.parametrize(
    "title",
    [
        "À Orgeville, le dernier bus de nuit ne sera pas supprimé cette année",
        "市议会投票决定，保留老图书馆；辩论持续整整六个小时，居民们都来了，也都说了话。",
    ],
)
def test_a_title_that_reads_as_a_sentence_is_still_the_title(title):
    header = f"<header><h1>{title}</h1><div><time>2026-11-22 08:00</time> <span>Par Paul Vasseur</span></div></header>"
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    html = f"<html><head><title>{title} - Example</title></head><body><main><article>{header}{body}</article></main></body></html>"
    assert extract_article(None, page(html)).text == ARTICLE


@pytest.mark.parametrize(
    "line",
    [
        "下一页",
        "上一页 下一页",
        "每日推送最新资讯。扫描下方二维码关注本报微信。",
        "本文来源：新京报",
        "请长按识别二维码，关注我们",
    ],
)
def test_boilerplate_lines_inside_the_article(line):
    inside = f"<p>{line}</p><p>{SAETZE[0]}二</p>"
    assert line not in extract_article(None, page(_html(SAETZE, inside=inside))).text


def test_lists_tables_captions_and_code_stay():
    inside = (
        "<h2>What it costs</h2><ul><li>Roof: 40,000</li><li>Windows: 12,000</li></ul><table><tr><th>Year<th>Sum<tr><td>2023<td>7</table>"
        "<pre>line 1\nline 2</pre><blockquote>We, the people of this town, want to keep it open for our children.</blockquote>"
        f"<p>{PARAGRAPHS[0].replace('Tuesday', 'Friday')}</p>"
    )
    html = extract_article(None, page(_html(PARAGRAPHS, inside=inside))).html
    for part in (
        "<h2>What it costs</h2><ul><li>Roof: 40,000</li>",
        "<th>Year</th>",
        "<pre>line 1&#10;line 2</pre>",
        "<blockquote><p>We, the people",
    ):
        assert part in html


def test_changes_outside_the_article_have_no_effect():
    first = extract_article(None, page(_html(PARAGRAPHS)))
    other = (
        _html(PARAGRAPHS)
        .replace("Another story", "Breaking: another, longer story")
        .replace("all wrong", "quite right")
    )
    assert extract_article(None, page(other)).html == first.html
    assert extract_article(None, page(_html(PARAGRAPHS))) == first


# The order of trust

ENTRY = Entry(
    title="A vote",
    link="https://news.example.org/2024/05/story.html",
    summary=f"<p>{PARAGRAPHS[0]}</p>",
    base_url="https://news.example.org/feed",
)
WHOLE = replace(ENTRY, content="".join(f"<p>{text}</p>" for text in PARAGRAPHS) + "<script>x</script>")

LEVELS = [
    ("whole content, no page", WHOLE, None, "auto", BodyOrigin.FEED, ARTICLE),
    ("whole content, page says the same", WHOLE, _html(PARAGRAPHS), "auto", BodyOrigin.FEED, ARTICLE),
    ("summary, page has more", ENTRY, _html(PARAGRAPHS), "auto", BodyOrigin.PAGE, ARTICLE),
    ("cut content, page has more", replace(ENTRY, content=f"<p>{PARAGRAPHS[0]}</p><p>Read more</p>"), _html(PARAGRAPHS), "auto", BodyOrigin.PAGE, ARTICLE),
    ("always", WHOLE, _html(PARAGRAPHS[:4]), "always", BodyOrigin.PAGE, "\n".join(PARAGRAPHS[:4])),
    ("always, page gives nothing", WHOLE, "<body></body>", "always", BodyOrigin.FEED, ARTICLE),
    ("never", ENTRY, _html(PARAGRAPHS), "never", BodyOrigin.SUMMARY, PARAGRAPHS[0]),
    ("page is a wall", WHOLE, "<body><p>Please sign in, or subscribe, to read on.</p></body>", "auto", BodyOrigin.FEED, ARTICLE),
    ("nothing at all", Entry(title="x"), None, "auto", BodyOrigin.NONE, ""),
    ("no entry, a page", None, _html(SAETZE), "auto", BodyOrigin.PAGE, CHINESE),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "entry", "html", "mode", "origin", "text"), LEVELS, ids=[case[0] for case in LEVELS])
def test_order_of_body_origins(_name, entry, html, mode, origin, text):
    article = extract_article(entry, None if html is None else page(html), mode=mode)
    assert (article.body_origin, article.text) == (origin, text)
    assert "script" not in article.html


def test_candidates_have_their_scores():
    article = extract_article(ENTRY, page(_html(PARAGRAPHS)))
    assert {candidate.name for candidate in article.candidates} >= {"density", "feed"}
    assert all(0 <= candidate.score <= 1 for candidate in article.candidates)


# Bad input

BAD = [
    (b"", "text/html", Outcome.PAGE_EMPTY),
    (b"   \n ", "text/html", Outcome.PAGE_EMPTY),
    (b"%PDF-1.7 x", "application/pdf", Outcome.NOT_HTML),
    (b"%PDF-1.7 x", "text/html", Outcome.NOT_HTML),
    (b"\x89PNG\r\n", "image/png", Outcome.NOT_HTML),
    (b'{"a": 1}', "application/json", Outcome.NOT_HTML),
    (b"just words", "text/html", Outcome.NOT_HTML),
    (b"<html><body></body></html>", "text/html", Outcome.NO_ARTICLE),
    (b"<!-- only a comment -->", "text/html", Outcome.PAGE_EMPTY),
]


@pytest.mark.parametrize(("body", "kind", "outcome"), BAD)
def test_bad_pages_become_problems(body, kind, outcome):
    article = extract_article(ENTRY, page(body, kind=kind))
    assert article.body_origin is BodyOrigin.SUMMARY
    assert article.text == PARAGRAPHS[0]
    wanted = [outcome] if outcome is not Outcome.NO_ARTICLE else []
    assert [problem.outcome for problem in article.problems] == wanted
    alone = extract_article(None, page(body, kind=kind))
    assert isinstance(alone, Article)
    assert outcome in [problem.outcome for problem in alone.problems]


def test_page_with_an_early_end_of_html_is_read():
    html = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x" />\n<html lang="de" />\n<head><title>T</title></head><body>'
        + "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    )
    assert extract_article(None, page(html)).text == ARTICLE


@pytest.mark.parametrize("label", ["gb2312", "utf-8", None])
def test_chinese_bytes_under_any_label(label):
    head = f"<meta charset={label}>" if label else ""
    body = (
        "<html><head>"
        + head
        + "</head><body><article>"
        + "".join(f"<p>{text}朱镕基</p>" for text in SAETZE)
        + "</article></body></html>"
    ).encode("gb18030")
    article = extract_article(None, page(body, kind="text/html"))
    assert article.text == "\n".join(text + "朱镕基" for text in SAETZE)
    assert article.charset == "gb18030"


HOSTILE = [
    ("deep divs", 100_000, lambda n: b"<div>" * n + b"x" + b"</div>" * n),
    ("inline elements that never end", 60_000, lambda n: b"<b><i>" * n + b"x"),
    ("images without address", 12_000, lambda n: b"<p>a<img src=data:,x>" * n),
    ("twins of images", 8_000, lambda n: b"<img src=data:,x><noscript><img src=/a.jpg></noscript>" * n),
    ("tables in tables", 30_000, lambda n: b"<table><tr><td>" * n),
    ("lists in lists", 30_000, lambda n: b"<ul><li>" * n),
    ("links that never end", 10_000, lambda n: b"<a href=x>" * n),
    ("one paragraph", 300_000, lambda n: b"<p>" + b"word, " * n),
    ("JSON-LD of brackets", 100_000, lambda n: b"<script type=application/ld+json>" + b"[" * n + b"</script><p>x"),
    ("figures in figures", 30_000, lambda n: b"<figure>" * n + b"<figcaption>x"),
    ("boilerplate names", 15_000, lambda n: b"<span class=share>x</span>" * n),
    ("definitions in definitions", 20_000, lambda n: b"<dl><dt>" * n),
]


@pytest.mark.slow
@pytest.mark.parametrize(("_name", "size", "make"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_hostile_pages_take_linear_time(_name, size, make):
    def run(n):
        assert isinstance(extract_article(None, page(make(n))), Article)

    assert_cpu_time_is_linear(run, size // 4)
