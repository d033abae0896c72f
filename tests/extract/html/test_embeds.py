"""Embedded content in plain form: each image one `<img src>`, each video or sound one link."""

import pytest
from lxml import etree

from ingestd.extract.html.clean import parse_fragment
from ingestd.extract.html.embeds import displayed_image_url, is_emoji_image, resolve_media
from ingestd.extract.html.tree import raw_text

BASE = "https://example.org/a/b.html"
SPACER = "data:image/gif;base64,R0lGOD"
YOUTUBE = "https://www.youtube.com/watch?v=abcdefgh"


def resolved(html: str) -> str:
    root = parse_fragment(html)
    assert root is not None
    resolve_media(root, BASE)
    written = etree.tostring(root, encoding="unicode", method="html")
    return written.removeprefix("<body>").removesuffix("</body>")


@pytest.mark.parametrize(
    ("attributes", "url"),
    [
        ({"src": "/a.jpg"}, "/a.jpg"),
        ({"src": " /a.jpg "}, "/a.jpg"),
        ({"src": SPACER, "data-src": "/a.jpg"}, "/a.jpg"),
        ({"src": "/small.jpg", "data-srcset": "/a.jpg 300w, /b.jpg 900w"}, "/b.jpg"),
        ({"src": SPACER}, None),
        ({"src": ""}, None),
        ({}, None),
        # pixels that count readers
        ({"src": "/a.gif", "width": "1", "height": "1"}, None),
        ({"src": "/a.gif", "width": "1px", "height": " 0 "}, None),
        ({"src": "/a.gif", "width": "2"}, None),
        ({"src": "/a.gif", "height": "1"}, None),
        ({"src": "/a.gif", "width": "1", "height": "300"}, "/a.gif"),
        ({"src": "/a.gif", "width": "3", "height": "3"}, "/a.gif"),
        ({"src": "/a.gif", "width": "", "height": ""}, "/a.gif"),
        ({"src": "/a.gif", "style": "border:0; width: 1px"}, None),
        ({"src": "/a.gif", "style": "height:0 !important;"}, None),
        ({"src": "/a.gif", "style": "width: 10px"}, "/a.gif"),
        ({"src": "/a.gif", "style": "max-width: 1px"}, "/a.gif"),
        # hidden ones, unless a script loads and shows them
        ({"src": "/a.jpg", "style": "display: none"}, None),
        ({"src": "/a.jpg", "hidden": ""}, None),
        ({"src": SPACER, "data-src": "/a.jpg", "style": "display:none"}, "/a.jpg"),
    ],
)
def test_the_url_of_a_displayed_image(attributes, url):
    assert displayed_image_url(attributes) == url


@pytest.mark.parametrize(
    ("attributes", "is_emoji"),
    [
        ({"class": "wp-smiley", "alt": "🙂"}, True),
        ({"class": "big emoji", "alt": ":-)"}, True),
        ({"class": "emoji", "alt": "x" * 11}, True),
        ({"class": "emoji", "alt": "x" * 12}, False),
        ({"class": "emoji", "alt": " "}, False),
        ({"class": "emoji"}, False),
        ({"class": "emojis", "alt": "🙂"}, False),
        ({"alt": "🙂"}, False),
    ],
)
def test_the_image_of_an_emoji(attributes, is_emoji):
    assert is_emoji_image(attributes) is is_emoji


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>no media</p>", "<p>no media</p>"),
        ("<p>a<img src=/a.jpg alt=b>c</p>", '<p>a<img src="/a.jpg" alt="b">c</p>'),
        (f"<p>a<img src='{SPACER}'>c</p>", "<p>ac</p>"),
        (
            "<p>a<img class=emoji alt=' 🙂 ' src=/e.png>c</p>",
            '<p>a<span class="emoji" alt=" 🙂 " src="/e.png">🙂</span>c</p>',
        ),
        ("<amp-img src=/a.jpg></amp-img>b", '<img src="/a.jpg">b'),
    ],
)
def test_images(html, expected):
    assert resolved(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        # without a lazy image beside it, it is the image
        ("<p>a<noscript><img src=/a.jpg alt=b></noscript>c</p>", '<p>a<img src="/a.jpg" alt="b">c</p>'),
        ("<p>a<noscript>Enable scripts!</noscript>c</p>", "<p>ac</p>"),
        ("<p>a<noscript><img src=/a.gif width=1 height=1></noscript>c</p>", "<p>ac</p>"),
        # beside one it gives the URL, and the lazy one keeps what it says of itself
        (f"<img src='{SPACER}' alt=own><noscript><img src=/a.jpg alt=b></noscript>", '<img alt="own" src="/a.jpg">'),
        (
            f"<div><img src='{SPACER}'></div><noscript><img src=/a.jpg alt=b></noscript>c",
            '<div><img src="/a.jpg" alt="b"></div>c',
        ),
        (f"<noscript><img src=/a.jpg></noscript><span><img src='{SPACER}'></span>", '<span><img src="/a.jpg"></span>'),
        # one that has a URL is not replaced
        ("<img data-src=/own.jpg><noscript><img src=/a.jpg></noscript>", '<img data-src="/own.jpg" src="/own.jpg">'),
        # text beside it makes it another one
        (
            f"<div>text<img src='{SPACER}'></div><noscript><img src=/a.jpg></noscript>",
            '<div>text</div><img src="/a.jpg">',
        ),
    ],
)
def test_the_image_in_a_noscript(html, expected):
    assert resolved(html) == expected


@pytest.mark.parametrize(
    ("html", "src"),
    [
        ("<picture><source srcset=/big.webp><img src=/a.jpg></picture>", "/big.webp"),
        ("<picture><source srcset='/w.webp 900w, /v.webp 300w'><img src=/a.jpg></picture>", "/w.webp"),
        ("<picture><source srcset='/w.webp 900w'><img src=/a.jpg srcset='/x.jpg 100w'></picture>", "/x.jpg"),
        ("<picture><source data-srcset='/w.webp 2x'></picture>", "/w.webp"),
        (f"<picture><source srcset='/only.webp'><img src='{SPACER}'></picture>", "/only.webp"),
        (f"<picture><source srcset='{SPACER} 900w, /w.webp 300w'><img src='{SPACER}'></picture>", "/w.webp"),
        ("<picture><source srcset='/s.webp 300w'><source srcset='/l.webp 900w'><img></picture>", "/l.webp"),
    ],
)
def test_a_picture_is_one_image(html, src):
    root = parse_fragment(f"<p>x{html}y</p>")
    assert root is not None
    resolve_media(root, BASE)
    assert [image.get("src") for image in root.iter("img")] == [src]
    assert raw_text(root) == "xy"
    assert not list(root.iter("picture", "source"))


@pytest.mark.parametrize(
    ("html", "link", "text"),
    [
        ("<iframe src='https://www.youtube.com/embed/abcdefgh?rel=0'></iframe>", YOUTUBE, "Video"),
        ("<iframe title='A walk' data-src='//www.youtube.com/embed/abcdefgh'></iframe>", YOUTUBE, "A walk"),
        ("<amp-youtube data-videoid=abcdefgh></amp-youtube>", YOUTUBE, "Video"),
        ("<lite-youtube videoid=abcdefgh></lite-youtube>", YOUTUBE, "Video"),
        ("<embed src='https://player.vimeo.com/video/123'>", "https://vimeo.com/123", "Video"),
        ("<iframe src='https://ads.example/1'></iframe>", None, None),
        ("<iframe></iframe>", None, None),
        ("<video src=/a.mp4></video>", "/a.mp4", "Video"),
        ("<video title=Clip><source src='blob:x'><source src=/a.webm></video>", "/a.webm", "Clip"),
        ("<audio data-src=/a.mp3>No sound.</audio>", "/a.mp3", "Audio"),
        ("<amp-video src=/a.mp4></amp-video>", "/a.mp4", "Video"),
        (f"<video src='{SPACER}'></video>", None, None),
        ("<video>No video.</video>", None, None),
    ],
)
def test_players_and_recordings_become_links(html, link, text):
    shown = f'<p><a href="{link}">{text}</a></p>' if link else ""
    assert resolved(f"<div>x{html}y</div>") == f"<div>x{shown}y</div>"
