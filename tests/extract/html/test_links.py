# ruff: noqa: E501  pages and what comes out of them stand on one line each
# mypy: disable-error-code="union-attr,no-untyped-call,index"

import pytest

from ingestd.extract.html.clean import clean_html
from ingestd.extract.html.links import (
    absolute_link,
    image_url,
    is_tracking_pixel,
    largest_srcset_candidate,
    video_page_url,
)

BASE = "https://example.org/a/b.html"

ADDRESSES = [
    ("c.html", "https://example.org/a/c.html"),
    ("/c?x=1&y=2", "https://example.org/c?x=1&y=2"),
    ("//cdn.example.org/i.png", "https://cdn.example.org/i.png"),
    ("  https://x.org/y \n", "https://x.org/y"),
    ("https://x.org/a b", "https://x.org/a%20b"),
    ("https:\\\\x.org\\y", "https://x.org/y"),
    ("mailto:a@example.org", "mailto:a@example.org"),
    ("#part", "https://example.org/a/b.html#part"),
    ("javascript:alert(1)", None),
    ("JaVa\nScript:alert(1)", None),
    ("\x01javascript:alert(1)", None),
    ("data:text/html,x", None),
    ("ftp://x.org/", None),
    ("http://[broken", None),
    ("", None),
    (None, None),
]

SETS = [
    ("a.jpg 100w, b.jpg 800w, c.jpg 400w", "b.jpg"),
    ("a.jpg 1x, b.jpg 2x", "b.jpg"),
    ("a.jpg", "a.jpg"),
    (
        "https://x.org/i,w_100,c_fill/a.jpg 100w, https://x.org/i,w_900,c_fill/a.jpg 900w",
        "https://x.org/i,w_900,c_fill/a.jpg",
    ),
    ("a.jpg 100w 50h, b.jpg 200w 100h", "b.jpg"),
    ("data:image/gif;base64,AAAA 1w, b.jpg 2w", "b.jpg"),
]

LAZY = [
    ({"src": "/a.jpg"}, "/a.jpg"),
    ({"src": "data:image/gif;base64,x", "data-src": "/a.jpg"}, "/a.jpg"),
    ({"src": "/blank.gif", "data-original": "/a.jpg"}, "/a.jpg"),
    ({"src": "/loading.gif", "data-lazy-src": "/a.jpg"}, "/a.jpg"),
    ({"src": "/s.jpg", "srcset": "/s.jpg 100w, /l.jpg 900w"}, "/l.jpg"),
    ({"src": "/s.jpg", "data-srcset": "/l.jpg 2x"}, "/l.jpg"),
    ({"data-actualsrc": "https://pic.zhimg.com/a_b.jpg"}, "https://pic.zhimg.com/a_b.jpg"),
    (
        {"data-src": "https://mmbiz.qpic.cn/mmbiz_jpg/x/640?wx_fmt=jpeg"},
        "https://mmbiz.qpic.cn/mmbiz_jpg/x/640?wx_fmt=jpeg",
    ),
    ({"src": "/a.jpg", "data-src": "true"}, "/a.jpg"),
    ({"src": "data:image/png;base64,x"}, None),
    ({}, None),
]

VIDEOS = [
    ("//www.youtube.com/embed/dQw4w9WgXcQ?rel=0", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ("https://player.vimeo.com/video/1234?h=1", "https://vimeo.com/1234"),
    ("https://player.bilibili.com/player.html?aid=1&bvid=BV1xx411c7mD", "https://www.bilibili.com/video/BV1xx411c7mD"),
    ("https://v.qq.com/txp/iframe/player.html?vid=abc", "https://v.qq.com/txp/iframe/player.html?vid=abc"),
    ("https://ads.example.org/frame", None),
    ("https://evil.example/?youtube.com/embed/x", None),
]


@pytest.mark.parametrize(("url", "expected"), ADDRESSES)
def test_absolute(url, expected):
    assert absolute_link(url, BASE) == expected


def test_relative_link_without_a_base_is_unchanged():
    assert absolute_link("c.html", None) == "c.html"


@pytest.mark.parametrize(("srcset", "expected"), SETS)
def test_srcset(srcset, expected):
    assert largest_srcset_candidate(srcset)[1] == expected


@pytest.mark.parametrize(("attributes", "expected"), LAZY)
def test_lazy_images(attributes, expected):
    assert image_url(attributes) == expected


@pytest.mark.parametrize(("url", "expected"), VIDEOS)
def test_players_become_links(url, expected):
    assert video_page_url(url, BASE) == expected


def test_trackers():
    assert is_tracking_pixel("https://pixel.wp.com/g.gif?x") and is_tracking_pixel("//hm.baidu.com/hm.gif?si=1")
    assert not is_tracking_pixel("https://example.org/pixels-of-art.jpg")


MEDIA = [
    ("noscript twin", '<img class=lazy src="data:image/gif;base64,x" alt=A><noscript><img src=/a.jpg></noscript>', '<p><img src="https://example.org/a.jpg" alt="A"></p>'),
    ("noscript twin of an image that is there", '<img src=/a.jpg><noscript><img src=/a.jpg></noscript>', '<p><img src="https://example.org/a.jpg"></p>'),
    ("noscript alone", "<p>x</p><noscript><img src=/a.jpg></noscript>", '<p>x</p><p><img src="https://example.org/a.jpg"></p>'),
    ("noscript of words", "<p>x</p><noscript>Enable scripts</noscript>", "<p>x</p>"),
    ("picture", "<picture><source srcset='/l.webp 900w, /s.webp 100w'><img src=/f.jpg alt=P></picture>", '<p><img src="https://example.org/l.webp" alt="P"></p>'),
    ("picture with lazy image", "<picture><source data-srcset=/l.webp><img src='data:,x'></picture>", '<p><img src="https://example.org/l.webp"></p>'),
    ("counting pixel", '<p>x<img src="/c.gif" width=1 height=1></p>', "<p>x</p>"),
    ("counting pixel by style", '<p>x<img src="/c.gif" style="width:1px;height:1px"></p>', "<p>x</p>"),
    ("counting host", '<p>x<img src="https://pixel.wp.com/b.gif?a"></p>', "<p>x</p>"),
    ("spacer", '<p>x<img src="/img/spacer.gif"></p>', "<p>x</p>"),
    ("emoji image", '<p>x <img class=emoji alt="😀" src="https://s.w.org/e.png"></p>', "<p>x 😀</p>"),
    ("player", '<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ" title="A talk"></iframe>', '<p><a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ" rel="noopener">A talk</a></p>'),
    ("unknown frame", '<p>x</p><iframe src="https://ads.example.org/"></iframe>', "<p>x</p>"),
    ("video", "<video controls><source src=/v.mp4></video>", '<p><a href="https://example.org/v.mp4" rel="noopener">Video</a></p>'),
    ("audio", "<audio src=/v.mp3></audio>", '<p><a href="https://example.org/v.mp3" rel="noopener">Audio</a></p>'),
    ("WeChat", '<section><img class="rich_pages" data-src="https://mmbiz.qpic.cn/a/640?wx_fmt=png" src="data:image/gif;base64,x"></section>', '<p><img src="https://mmbiz.qpic.cn/a/640?wx_fmt=png"></p>'),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "html", "expected"), MEDIA, ids=[case[0] for case in MEDIA])
def test_media(_name, html, expected):
    assert clean_html(html, BASE) == expected
