"""Structures of pages that software or a house of the press makes: forums, blogs, accounts, government sites."""

# ruff: noqa: E501 - markup and running text are read more easily unbroken

import random
from html import escape

from tests.bench.page_parts import (
    Text,
    block,
    body,
    byline,
    comments,
    footer,
    more,
    nav,
    page,
    share,
    with_breaks,
    with_insertion,
)


def wechat(text: Text, rng: random.Random, charset: str) -> str:
    """A public account: hidden until scripts run, sections in sections, pictures by `data-src`."""
    sections = "".join(
        f'<section style="margin:8px"><section><p style="text-indent:2em"><span style="font-size:15px">{escape(content)}</span></p></section></section>'
        if kind == "p"
        else f"<section>{block(kind, content, image='data-src')}</section>"
        for kind, content in text.blocks
    )
    tail = f'<section><p style="text-align:center"><span>{escape(text.clutter["follow"][0])}</span></p><p><img data-src="/qr.png"></p></section>'
    inside = (
        f'<h1 class="rich_media_title" id="activity-name">{escape(text.title)}</h1><div class="rich_media_meta_list"><span class="rich_media_meta">{escape(text.author)}</span>'
        f'<em id="publish_time">2026-11-22</em></div><div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0;">{sections}{tail}</div>'
        f'<div class="rich_media_tool" id="js_reward_area">{escape(text.label(9))}</div>'
    )
    extra = (
        f'<meta property="og:title" content="{escape(text.title)}"><meta name="author" content="{escape(text.author)}">'
    )
    return page(
        text,
        charset,
        f'<div class="rich_media"><div class="rich_media_inner"><div id="page-content"><div id="img-content">{inside}</div></div></div></div>{more(text, rng, "wx_recommend", 3)}',
        extra,
        "zh_CN",
    )


def discuz(text: Text, rng: random.Random, charset: str) -> str:
    """A thread: the first post is the article, what follows are answers."""
    first = with_breaks(text, gap="<br />\n<br />\n")
    rows = "".join(
        f'<div id="post_{number}"><table class="plhin"><tr><td class="pls"><a href="/u">user{rng.randrange(999)}</a><p>积分 {rng.randrange(9999)}</p></td>'
        f'<td class="plc"><em>发表于 2026-11-22 09:{number:02}</em><div class="t_fsz"><table><tr><td class="t_f" id="postmessage_{number}">{answer}</td></tr></table></div></td></tr></table></div>'
        for number, answer in enumerate([first, *(escape(rng.choice(text.clutter["comments"])) for _ in range(12))])
    )
    return page(
        text,
        charset,
        f'{nav(text, "div")}<div id="postlist" class="pl bm"><h1 class="ts"><span id="thread_subject">{escape(text.title)}</span></h1>{rows}</div>{footer(text, "div")}',
    )


def forum(text: Text, rng: random.Random, charset: str) -> str:
    posts = "".join(
        f'<div class="post" id="p{number}"><dl class="postprofile"><dt>member{rng.randrange(99)}</dt><dd>Posts: {rng.randrange(900)}</dd></dl>'
        f'<div class="postbody"><div class="content">{inside}</div><div class="signature">{escape(text.clutter["follow"][1])}</div></div></div>'
        for number, inside in enumerate(
            [body(text, "div"), *(escape(rng.choice(text.clutter["comments"])) for _ in range(9))]
        )
    )
    return page(
        text,
        charset,
        f'{nav(text)}<div id="page-body"><h2 class="topic-title">{escape(text.title)}</h2>{posts}</div>{footer(text)}',
    )


def wordpress(text: Text, rng: random.Random, charset: str) -> str:
    tail = f'<div class="sharedaddy sd-sharing-enabled">{share(text)}</div><div id="jp-relatedposts" class="jp-relatedposts">{more(text, rng, "jp", 3)}</div>'
    inside = f'<header class="entry-header"><h1 class="entry-title">{escape(text.title)}</h1>{byline(text, "entry-meta")}</header><div class="entry-content">{body(text)}{tail}</div>'
    widgets = f'<div id="secondary" class="widget-area">{more(text, rng, "widget widget_recent_entries")}</div>'
    extra = '<meta name="generator" content="WordPress 6.9">'
    return page(
        text,
        charset,
        f'{nav(text)}<div id="primary"><article class="post type-post hentry">{inside}</article>{comments(text, rng, 5)}</div>{widgets}{footer(text)}',
        extra,
        "single single-post",
    )


def wordpress_theme(text: Text, rng: random.Random, charset: str) -> str:
    """A theme of its own that hides what it was made with: copyright notice, reward button and neighbours in the text."""
    tail = (
        f'<div class="post-copyright">{escape(text.clutter["footer"][-1])} <a href="/p">https://blog.example/p</a></div><div class="reward"><a>{escape(text.clutter["follow"][0])}</a></div>'
        f'<nav class="article-nav"><span>{escape(text.label(3))}：<a href="/1">{escape(text.clutter["more"][0])}</a></span><span>{escape(text.label(4))}：<a href="/2">{escape(text.clutter["more"][1])}</a></span></nav>'
    )
    inside = f'<h1 class="article-title">{escape(text.title)}</h1>{byline(text, "article-meta")}<div class="article-content">{body(text)}{tail}</div>'
    return page(
        text,
        charset,
        f'{nav(text, "div", "navbar")}<section class="container"><div class="content-wrap"><div class="content">{inside}{more(text, rng, "relates")}{comments(text, rng, 8)}</div></div></section>{footer(text)}',
    )


def hugo(text: Text, rng: random.Random, charset: str) -> str:
    headings = "".join(
        f'<li><a href="#{number}">{escape(content)}</a></li>'
        for number, (kind, content) in enumerate(text.blocks)
        if kind == "h2"
    )
    inside = f'<header class="post-header"><h1 class="post-title">{escape(text.title)}</h1>{byline(text, "post-meta")}</header><div class="toc"><details><summary>TOC</summary><ul>{headings}</ul></details></div><div class="post-content">{body(text)}</div>'
    tail = (
        f'<footer class="post-footer"><ul class="post-tags"><li><a href="/t">notes</a></li></ul>{share(text)}</footer>'
    )
    return page(
        text,
        charset,
        f'<header class="header">{nav(text)}</header><main class="main"><article class="post-single">{inside}{tail}</article></main>{footer(text)}',
        '<meta name="generator" content="Hugo 0.140.0">',
    )


def hexo(text: Text, rng: random.Random, charset: str) -> str:
    inside = f'<h1 class="post-title">{escape(text.title)}</h1>{byline(text, "post-meta-container")}<div class="post-body" itemprop="articleBody">{body(text)}</div>'
    tail = f'<div class="post-copyright"><ul><li>{escape(text.label(6) + text.author)}</li><li>{escape(text.clutter["footer"][-1])}</li></ul></div><div class="followme">{escape(text.clutter["follow"][0])}</div>'
    side = (
        f'<aside class="sidebar"><div class="site-overview"><p>{escape(text.author)}</p><span>128</span></div></aside>'
    )
    return page(
        text,
        charset,
        f'<header>{nav(text)}</header>{side}<main><article class="post-block"><div>{inside}{tail}</div></article>{comments(text, rng, 2)}</main>{footer(text)}',
        '<meta name="generator" content="Hexo 7.3.0">',
    )


def government(text: Text, rng: random.Random, charset: str) -> str:
    crumbs = f'<div class="dqwz">{escape(" > ".join(text.clutter["nav"][:3]))}</div>'
    inside = f'<div class="xl_title">{escape(text.title)}</div><div class="xl_time">{byline(text, "laiyuan")}</div><div id="zoom"><div class="TRS_Editor">{body(text, "p align=justify")}</div></div>'
    tail = f'<div class="xl_tools">{share(text)}<a href="javascript:window.close()">关闭窗口</a></div><div class="ewm">扫一扫在手机打开当前页</div>'
    return page(
        text,
        charset,
        f'{nav(text, "div", "menu")}{crumbs}<div class="xl_main">{inside}{tail}</div>{more(text, rng, "xgwj", 4)}{footer(text, "div")}',
    )


def sina(text: Text, rng: random.Random, charset: str) -> str:
    quote = '<div class="app-kaihu-qr"><span>开户入口</span></div>'
    inside = with_insertion(text, quote, "p cms-style=font-L")
    tail = f'<p class="article-editor">{escape(text.clutter["editor"][1])}</p><div class="appendQr_wrap"><p>{escape(text.clutter["follow"][0])}</p></div>'
    return page(
        text,
        charset,
        f'{nav(text, "div")}<div class="main-content"><h1 class="main-title">{escape(text.title)}</h1>{byline(text, "date-source")}<div class="article" id="artibody">{inside}{tail}</div>{more(text, rng, "article-keywords")}</div>{comments(text, rng, 4)}{footer(text, "div")}',
    )


def sohu(text: Text, rng: random.Random, charset: str) -> str:
    tail = f'<p data-role="editor-name">{escape(text.clutter["editor"][1])}<span></span></p><a href="/" id="backsohucom"><span>返回首页，查看更多</span></a>'
    inside = f'<div class="text-title"><h1>{escape(text.title)}</h1>{byline(text, "article-info")}</div><article class="article" id="mp-editor">{body(text)}{tail}</article><div class="statement">声明：该文观点仅代表作者本人，本平台仅提供信息存储空间服务。</div>'
    return page(
        text,
        charset,
        f'{nav(text, "div")}<div class="left main"><div class="text">{inside}</div>{comments(text, rng, 3)}</div><div class="right">{more(text, rng, "hotArticle", 8, 1)}</div>{footer(text, "div")}',
    )


def taiwan_news(text: Text, rng: random.Random, charset: str) -> str:
    advert = f'<p class="before_ir">{escape(text.clutter["follow"][1])}</p><div id="ad-IR1" class="ad">{escape(text.label(8))}</div>'
    inside = f'<h1>{escape(text.title)}</h1><div class="text boxTitle boxText"><span class="time">2026/11/22 08:00</span>{with_insertion(text, advert)}<p class="appE1121">{escape(text.clutter["follow"][0])}</p></div>'
    return page(
        text,
        charset,
        f'{nav(text)}<section class="content"><div class="whitecon articlebody">{inside}{share(text)}</div>{more(text, rng, "related")}</section>{footer(text)}',
    )


def medium(text: Text, rng: random.Random, charset: str) -> str:
    inside = f'<h1 class="pw-post-title ab">{escape(text.title)}</h1><div class="speechify-ignore">{byline(text, "ac ad")}{share(text, "ae")}</div>'
    paragraphs = "".join(
        block(kind, content, f'p class="pw-post-body-paragraph x{rng.randrange(99)}"') for kind, content in text.blocks
    )
    extra = (
        f'<meta property="al:ios:app_name" content="Medium"><meta property="og:title" content="{escape(text.title)}">'
    )
    return page(
        text,
        charset,
        f'<div id="root"><div class="a b">{nav(text, "div", "c")}<article><div class="l"><section>{inside}{paragraphs}</section></div></article>{more(text, rng, "m n")}</div></div>',
        extra,
    )


def substack(text: Text, rng: random.Random, charset: str) -> str:
    widget = f'<div class="subscription-widget-wrap"><div class="subscription-widget"><p>{escape(text.clutter["follow"][0])}</p><form><input type="email"></form></div></div>'
    inside = f'<h1 class="post-title">{escape(text.title)}</h1>{byline(text, "byline-wrapper")}<div class="available-content"><div class="body markup">{with_insertion(text, widget)}<p class="button-wrapper"><a>{escape(text.clutter["share"][0])}</a></p></div></div>'
    return page(
        text,
        charset,
        f'{nav(text, "div")}<div class="single-post"><article class="typography newsletter-post post">{inside}</article>{comments(text, rng, 6, "comments-page")}</div>{footer(text)}',
        '<link rel="preconnect" href="https://substackcdn.com">',
    )


def ghost(text: Text, rng: random.Random, charset: str) -> str:
    inside = f'<header class="gh-article-header"><h1>{escape(text.title)}</h1>{byline(text, "gh-article-meta")}</header><section class="gh-content gh-canvas">{body(text)}</section>'
    return page(
        text,
        charset,
        f'{nav(text)}<main><article class="gh-article post">{inside}</article></main><section class="footer-cta"><h2>{escape(text.clutter["follow"][0])}</h2></section>{more(text, rng, "read-more-wrap", 3)}{footer(text)}',
        '<meta name="generator" content="Ghost 5.82">',
    )


def blogger(text: Text, rng: random.Random, charset: str) -> str:
    inside = f'<h3 class="post-title entry-title">{escape(text.title)}</h3><div class="post-body entry-content" id="post-body-1">{with_breaks(text, gap="<br /><br />")}<div style="clear: both;"></div></div><div class="post-footer">{byline(text)}{share(text)}</div>'
    return page(
        text,
        charset,
        f'<div class="main section"><h2 class="date-header">2026-11-22</h2><div class="post hentry">{inside}</div>{comments(text, rng, 7)}</div><div class="sidebar section">{more(text, rng, "widget Archive")}</div>',
        '<meta content="blogger" name="generator">',
    )


def newsletter(text: Text, rng: random.Random, charset: str) -> str:
    """A letter put on the web as it was mailed: tables in tables, one paragraph a row."""
    rows = "".join(
        f'<tr><td style="padding:8px"><table width="100%"><tr><td>{block(kind, content)}</td></tr></table></td></tr>'
        for kind, content in text.blocks
    )
    return page(
        text,
        charset,
        f'<center><table width="600"><tr><td><a href="/v">{escape(text.clutter["share"][2])}</a></td></tr><tr><td><h1>{escape(text.title)}</h1></td></tr>{rows}<tr><td><p>{escape(text.clutter["follow"][0])}</p>{footer(text, "div")}</td></tr></table></center>',
    )
