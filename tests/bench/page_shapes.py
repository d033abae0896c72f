"""Structures of pages that belong to no platform: from tables of the nineties to markup made by machines."""

# ruff: noqa: E501 - markup and running text are read more easily unbroken

import json
import random
from html import escape

from tests.bench.page_parts import (
    Text,
    block,
    body,
    byline,
    comments,
    cookie,
    footer,
    more,
    nav,
    page,
    share,
    with_breaks,
    with_insertion,
)


def article_tag(text: Text, rng: random.Random, charset: str) -> str:
    inside = f"<header><h1>{escape(text.title)}</h1>{byline(text)}</header>{body(text)}{share(text)}"
    return page(
        text,
        charset,
        f"<header>{nav(text)}</header><main><article>{inside}</article>{more(text, rng, tag='aside')}</main>{footer(text)}",
    )


def div_soup(text: Text, rng: random.Random, charset: str) -> str:
    def css() -> str:
        return f"css-{rng.randrange(16**6):06x}"

    def wrapped(inner: str, depth: int) -> str:
        return inner if depth == 0 else f'<div class="{css()}">{wrapped(inner, depth - 1)}</div>'

    paragraphs = "".join(wrapped(block(kind, content, f'div class="{css()}"'), 2) for kind, content in text.blocks)
    top = wrapped(nav(text, "div", css()), 3)
    side = wrapped(more(text, rng, css(), 8), 3)
    inside = wrapped(
        f'<div class="{css()}">{escape(text.title)}</div>{byline(text, css())}{paragraphs}{share(text, css())}', 4
    )
    return page(text, charset, f"<div>{top}<div>{inside}{side}</div>{footer(text, 'div')}</div>")


def tables_layout(text: Text, rng: random.Random, charset: str) -> str:
    links = "".join(
        f'<tr><td bgcolor="#eeeeee"><a href="/c">{escape(item)}</a></td></tr>' for item in text.clutter["nav"]
    )
    heads = "".join(
        f'<tr><td><font size="2"><a href="/a">{escape(item)}</a></font></td></tr>' for item in text.clutter["more"][:5]
    )
    inside = (
        f'<tr><td align="center"><font size="5"><b>{escape(text.title)}</b></font></td></tr>'
        f'<tr><td align="center"><font size="2">2026-11-22 08:00 {escape(text.label(5))}</font></td></tr>'
        f'<tr><td class="zw"><font size="3">{with_breaks(text, "　　" if text.lang.startswith("zh") else "")}</font></td></tr>'
        f'<tr><td align="right"><font size="2">[<a href="javascript:window.print()">{escape(text.clutter["share"][-2])}</a>]</font></td></tr>'
    )
    return page(
        text,
        charset,
        f'<table width="980"><tr><td width="160" valign="top"><table>{links}</table></td><td width="600" valign="top">'
        f'<table>{inside}</table></td><td valign="top"><table>{heads}</table></td></tr></table><center><font size="2">'
        f"{'<br>'.join(escape(item) for item in text.clutter['footer'])}</font></center>",
    )


def breaks(text: Text, rng: random.Random, charset: str) -> str:
    inside = f'<h1>{escape(text.title)}</h1>{byline(text, "info")}<div id="content" class="content">{with_breaks(text, "　　" if text.lang.startswith("zh") else "")}</div>'
    return page(
        text,
        charset,
        f'<div id="top">{nav(text, "div")}</div><div class="left">{inside}{share(text)}</div><div class="right">{more(text, rng, "hot", 9, 1)}</div>{footer(text, "div")}',
    )


def flash(text: Text, rng: random.Random, charset: str) -> str:
    """A flash of a few lines between far more headlines than text."""
    inside = f'<div class="flash"><h1>{escape(text.title)}</h1><span class="time">08:00</span><div class="flash-text">{body(text)}</div></div>'
    lists = "".join(more(text, rng, f"list{number}", 9, number % 2) for number in range(4))
    return page(text, charset, f"{nav(text)}{inside}{share(text)}<div class='lists'>{lists}</div>{footer(text)}")


def feature(text: Text, rng: random.Random, charset: str) -> str:
    inside = f'<section class="story-body" itemprop="articleBody">{body(text, image="data-src")}</section>'
    top = f'<div class="hero"><h1 itemprop="headline">{escape(text.title)}</h1>{byline(text, "story-meta")}</div>'
    author = f'<div class="author-card"><img src="/p.jpg" alt=""><b>{escape(text.author)}</b><p>{escape(text.clutter["follow"][0])}</p></div>'
    return page(
        text,
        charset,
        f'{nav(text)}<div itemscope itemtype="https://schema.org/NewsArticle">{top}{inside}{author}</div>{more(text, rng)}{comments(text, rng, 3)}{footer(text)}',
    )


def comments_longer(text: Text, rng: random.Random, charset: str) -> str:
    inside = (
        f'<div class="post"><h1>{escape(text.title)}</h1>{byline(text)}<div class="post-text">{body(text)}</div></div>'
    )
    return page(text, charset, f'{nav(text)}<div id="main">{inside}{comments(text, rng, 40)}</div>{footer(text)}')


def related_inside(text: Text, rng: random.Random, charset: str) -> str:
    foreign = more(text, rng, "read-also", 3)
    inside = f'<div class="article-body">{with_insertion(text, foreign)}{more(text, rng, "recommend", 6)}</div>'
    return page(
        text,
        charset,
        f"{nav(text)}<article><h1>{escape(text.title)}</h1>{byline(text)}{inside}{share(text)}</article>{footer(text)}",
    )


def cookie_banner(text: Text, rng: random.Random, charset: str) -> str:
    notice = (
        cookie(text) + f'<div class="gdpr-modal">{cookie(text)}<p>{escape(text.clutter["cookie"][0] * 3)}</p></div>'
    )
    return page(
        text,
        charset,
        f'{notice}{nav(text)}<main><h1>{escape(text.title)}</h1><div class="text">{body(text)}</div></main>{more(text, rng)}{footer(text)}',
    )


def paywall(text: Text, rng: random.Random, charset: str) -> str:
    """A stub: the paragraphs that everybody may read, then the wall."""
    wall = "".join(f"<p>{escape(item)}</p>" for item in text.clutter["wall"])
    inside = f'<div class="article-content">{body(text)}<div class="fade"></div></div><div class="paywall subscribe-wall">{wall}<button>OK</button></div>'
    return page(
        text,
        charset,
        f"{nav(text)}<article><h1>{escape(text.title)}</h1>{byline(text)}{inside}</article>{more(text, rng, count=8)}{footer(text)}",
    )


def live_blog(text: Text, rng: random.Random, charset: str) -> str:
    entries = "".join(
        f'<li class="live-post" id="e{number}"><div class="live-share">{escape(text.clutter["share"][0])}</div>{block(kind, content)}</li>'
        for number, (kind, content) in enumerate(text.blocks)
    )
    return page(
        text,
        charset,
        f'{nav(text)}<main><h1>{escape(text.title)}</h1><ol class="live-feed" reversed>{entries}</ol></main>{more(text, rng, label=1)}{footer(text)}',
    )


def sidebar_longer(text: Text, rng: random.Random, charset: str) -> str:
    teasers = "".join(
        f'<div class="teaser"><h4><a href="/a">{escape(item)}</a></h4><p>{escape(rng.choice(text.clutter["comments"]))}</p></div>'
        for item in text.clutter["more"] * 2
    )
    inside = f'<div class="col-8"><h1>{escape(text.title)}</h1>{byline(text)}<div class="rte">{body(text)}</div></div>'
    return page(
        text,
        charset,
        f'{nav(text)}<div class="row">{inside}<div class="col-4 sidebar">{teasers}</div></div>{footer(text)}',
    )


def microdata(text: Text, rng: random.Random, charset: str) -> str:
    inside = f'<h1 itemprop="headline">{escape(text.title)}</h1><span itemprop="author">{escape(text.author)}</span><div itemprop="articleBody">{body(text)}</div>'
    return page(
        text,
        charset,
        f'{nav(text, "div")}<div itemscope itemtype="http://schema.org/Article">{inside}</div>{more(text, rng, "box")}{footer(text)}',
    )


def json_ld(text: Text, rng: random.Random, charset: str) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": text.title,
        "datePublished": "2026-11-22T08:00:00+08:00",
        "author": {"@type": "Person", "name": text.author},
    }
    script = f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
    return page(
        text,
        charset,
        f'{nav(text)}<div class="wrap"><h1>{escape(text.title)}</h1><div class="c-body">{body(text)}</div></div>{more(text, rng)}{footer(text)}',
        script,
    )


def sections(text: Text, rng: random.Random, charset: str) -> str:
    """Every paragraph in a section of its own, with advertisement holders between them."""
    parts = "".join(
        f'<section class="chunk"><div class="inner">{block(kind, content)}</div></section><div class="ad-slot">{escape(text.label(8))}</div>'
        for kind, content in text.blocks
    )
    return page(
        text,
        charset,
        f'{nav(text)}<div id="story"><h1>{escape(text.title)}</h1>{parts}</div>{more(text, rng, "most-read", label=1)}{footer(text)}',
    )


def gallery(text: Text, rng: random.Random, charset: str) -> str:
    parts = "".join(
        f'<figure class="slide"><picture><source srcset="/w.webp 800w"><img data-original="/i.jpg" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt=""></picture><figcaption>{escape(content)}</figcaption></figure>'
        if kind == "p" and number
        else block(kind, content)
        for number, (kind, content) in enumerate(text.blocks)
    )
    return page(
        text,
        charset,
        f'{nav(text)}<article class="gallery"><h1>{escape(text.title)}</h1>{parts}{share(text)}</article>{more(text, rng)}{footer(text)}',
    )


def interview(text: Text, rng: random.Random, charset: str) -> str:
    parts = "".join(
        f"<p><strong>{escape(content)}</strong></p>" if kind == "h2" else block(kind, content)
        for kind, content in text.blocks
    )
    return page(
        text,
        charset,
        f'{nav(text)}<div class="content-main"><h1>{escape(text.title)}</h1>{byline(text)}<div class="entry">{parts}</div>{share(text)}{comments(text, rng, 6)}</div>{footer(text)}',
    )


def portal(text: Text, rng: random.Random, charset: str) -> str:
    """A portal's page: link lists before, beside and after a text of middling length."""
    lists = [more(text, rng, f"mod mod-{number}", 9, number % 2) for number in range(6)]
    inside = f'<div class="main-content w1240"><h1 class="main-title">{escape(text.title)}</h1>{byline(text, "date-source")}<div class="article" id="article">{body(text)}<p class="show_author">{escape(text.clutter["editor"][1])}</p></div></div>'
    return page(
        text, charset, f"{nav(text, 'div')}{''.join(lists[:2])}{inside}{''.join(lists[2:])}{footer(text, 'div')}"
    )


def amp(text: Text, rng: random.Random, charset: str) -> str:
    inside = body(text).replace("<img ", '<amp-img width="600" height="400" layout="responsive" ')
    menu = f'<amp-sidebar id="menu" layout="nodisplay">{nav(text, "div")}</amp-sidebar>'
    extra = '<link rel="canonical" href="/full.html"><style amp-boilerplate>body{visibility:hidden}</style><script async src="https://cdn.example/v0.js"></script>'
    return page(
        text,
        charset,
        f'{menu}<header class="amp-header">Example</header><article class="amp-article"><h1>{escape(text.title)}</h1>{byline(text)}<div class="amp-content">{inside}</div></article><amp-ad width="300" height="250"></amp-ad>{more(text, rng)}{footer(text)}',
        extra,
    )


def script_only(text: Text, rng: random.Random, charset: str) -> str:
    """Nothing to read without a browser: the feed has to do."""
    data = json.dumps({"title": text.title, "id": rng.randrange(10**6)}, ensure_ascii=False)
    return page(
        text,
        charset,
        f'<div id="app"></div><noscript>{escape(text.clutter["cookie"][0])}</noscript><script>window.__STATE__={data}</script><script src="/app.js"></script>',
    )


def bulky(text: Text, rng: random.Random, charset: str) -> str:
    """A page as heavy as those of the press are: menus in menus, styles inline, lists of links, tracking scripts."""
    paragraphs = body(text, 'p class="c-p" data-component="text"')
    inside = f'<div class="c-article"><h1>{escape(text.title)}</h1>{byline(text)}<div class="c-article__body">{paragraphs}</div>{share(text)}</div>'
    return page(
        text,
        charset,
        f"{_ballast(text, rng)}<main>{inside}{more(text, rng, 'c-promo', 9)}{comments(text, rng, 30)}</main>{_ballast(text, rng)}{footer(text)}",
    )


def bulky_breaks(text: Text, rng: random.Random, charset: str) -> str:
    inside = f'<td id="body"><h2>{escape(text.title)}</h2>{byline(text)}<div id="txt">{with_breaks(text)}</div></td>'
    return page(
        text,
        charset,
        f"{_ballast(text, rng)}<table><tr>{inside}<td>{more(text, rng, 'list', 9)}</td></tr></table>{_ballast(text, rng)}{footer(text, 'div')}",
    )


def _ballast(text: Text, rng: random.Random) -> str:
    """Some thirty kilobytes of menus, link lists and scripts."""
    menu = ""
    for number, item in enumerate(text.clutter["nav"]):
        names = [escape(rng.choice(text.clutter["nav"])) for _ in range(12)]
        below = "".join(
            f'<li><a href="/c/{number}/{sub}" data-track="nav|{number}|{sub}">{name}</a></li>'
            for sub, name in enumerate(names)
        )
        menu += f'<li class="menu-item" style="padding:0 {number % 9}px"><a class="menu-link" href="/c/{number}">{escape(item)}</a><ul class="sub">{below}</ul></li>'
    lists = "".join(more(text, rng, f"block block-{number}", 9, number % 2) for number in range(9))
    script = "".join(
        f'window.q.push(["track",{rng.randrange(10**9)},"{rng.randrange(16**12):012x}"]);' for _ in range(120)
    )
    return f'<nav class="mega"><ul>{menu}</ul></nav><script>window.q=[];{script}</script><section class="strip">{lists}</section>'
