"""Links inside an article: ids stay where a link leads to them, and move to elements that are written."""

import pytest

from ingestd.extract.html.anchors import kept_attributes, local_target, settled_links, state_direction
from ingestd.extract.html.clean import clean_html, parse_fragment
from ingestd.extract.html.tree import xpath_elements

BASE = "https://example.org/a/b.html"


@pytest.mark.parametrize(
    ("href", "base", "target"),
    [
        ("#fn1", BASE, "fn1"),
        ("#fn1", None, "fn1"),
        (" #fn1 ", BASE, "fn1"),
        ("#%E6%B3%A8", BASE, "注"),
        ("#fn:1.2-a_b", BASE, "fn:1.2-a_b"),
        (BASE + "#fn1", BASE, "fn1"),
        (BASE + "#fn1", BASE + "#top", "fn1"),
        (BASE + "#fn1", None, None),
        ("b.html#fn1", BASE, None),
        ("https://example.org/c.html#fn1", BASE, None),
        ("#", BASE, None),
        ("#_fn1", BASE, None),
        ("#a b", BASE, None),
        ("#a" + "b" * 99, BASE, "a" + "b" * 99),
        ("#a" + "b" * 100, BASE, None),
        (BASE, BASE, None),
        ("", BASE, None),
        (None, BASE, None),
    ],
)
def test_the_target_that_a_link_names_in_its_own_page(href, base, target):
    assert local_target(href, base) == target


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        # ids: only those that a link leads to
        ("<p id=a>x</p><p id=b>y</p><a href='#b'>l</a>", [("p", ' id="b"')]),
        ("<p id=a>x</p>", []),
        ("<p id=a>x</p><p id=a>y</p><a href='#a'>l</a>", [("p", ' id="a"')]),
        ("<p><a name=a>x</a></p><a href='#a'>l</a>", [("a", ' id="a"')]),
        # they move to an element that is written
        ("<div id=a><p>x</p></div><a href='#a'>l</a>", [("p", ' id="a"')]),
        ("<div id=a><div>x</div></div><a href='#a'>l</a>", [("p", ' id="a"')]),
        ("<h2><a id=a></a>x</h2><a href='#a'>l</a>", [("h2", ' id="a"')]),
        ("<a id=a></a><p>x</p><a href='#a'>l</a>", [("p", ' id="a"')]),
        ("<a id=a></a><div>x</div><a href='#a'>l</a>", []),
        ("<p id=a><img src=x></p><a href='#a'>l</a>", [("p", ' id="a"')]),
        ("<p id=a><b id=b></b>x</p><a href='#a'>l</a><a href='#b'>l</a>", [("p", ' id="a"')]),
        # languages: those that are not inherited
        ("<p lang=fr>x <i lang=de>y</i><i lang=fr>z</i></p>", [("p", ' lang="fr"'), ("i", ' lang="de"')]),
        ("<p lang=fr><span>x<i lang=fr>y</i></span></p>", [("p", ' lang="fr"')]),
        ("<p lang='no language at all'>x</p>", []),
        # directions: left to right is stated where another is
        ("<p dir=ltr>x</p>", []),
        ("<p dir=RTL>x</p><p dir=ltr>y</p>", [("p", ' dir="rtl"'), ("p", ' dir="ltr"')]),
        ("<p dir=rtl>x<i dir=rtl>y</i><i dir=ltr>z</i></p>", [("p", ' dir="rtl"'), ("i", ' dir="ltr"')]),
        ("<p dir=auto>x</p>", [("p", ' dir="auto"')]),
        ("<p id=a lang=ar dir=rtl>x</p><a href='#a'>l</a>", [("p", ' id="a" lang="ar" dir="rtl"')]),
    ],
)
def test_attributes_that_are_kept(html, kept):
    root = parse_fragment(html)
    assert root is not None
    assert [(element.tag, written) for element, written in kept_attributes(root, BASE).items()] == kept


def test_the_container_of_an_article_may_state_its_language():
    root = parse_fragment("<div lang=ja><p lang=ja>x</p><p lang=en>y</p></div>")
    assert root is not None
    [box] = xpath_elements(root, "div")
    assert list(kept_attributes(box, None).values()) == [' lang="ja"', ' lang="en"']


@pytest.mark.parametrize(
    ("html", "settled"),
    [
        ('<p id="a">x</p><a href="#a">l</a>', None),
        ('<p id="a">x</p>', "<p>x</p>"),
        ('<a href="#a">l</a>', f'<a href="{BASE}#a">l</a>'),
        (
            '<p lang="fr" id="a">x</p><p id="b">y</p><a href="#b">l</a>',
            '<p lang="fr">x</p><p id="b">y</p><a href="#b">l</a>',
        ),
        ("<p>x</p>", None),
    ],
)
def test_written_links_and_ids_are_in_pairs(html, settled):
    assert settled_links(html, BASE) == (html if settled is None else settled)
    assert settled_links(html, BASE + "#top") == settled_links(html, BASE)


def test_without_a_base_a_link_without_a_target_stays():
    assert settled_links('<a href="#a">l</a>', None) == '<a href="#a">l</a>'


@pytest.mark.parametrize(
    ("html", "direction"),
    [
        ("<div dir=rtl><p>x</p></div>", "rtl"),
        ("<div dir=rtl><section><p>x</p></section></div>", "rtl"),
        ("<div dir=rtl><section dir=ltr><p>x</p></section></div>", None),
        ("<div dir=rtl><p dir=ltr>x</p></div>", "ltr"),
        ("<div><p>x</p></div>", None),
    ],
)
def test_an_element_that_is_taken_out_of_its_page_keeps_its_direction(html, direction):
    root = parse_fragment(html)
    assert root is not None
    [paragraph] = root.iter("p")
    state_direction(paragraph)
    assert paragraph.get("dir") == direction


def test_a_footnote_and_the_way_back():
    html = (
        "<p>Text<sup id=ref1><a href='#fn1'>1</a></sup></p>"
        f"<ol><li id=fn1>Note <a href='{BASE}#ref1'>↩</a> <a href='#gone'>x</a></li></ol>"
    )
    assert clean_html(html, BASE) == (
        '<p>Text<sup id="ref1"><a href="#fn1" rel="noopener">1</a></sup></p>'
        '<ol><li id="fn1">Note <a href="#ref1" rel="noopener">↩</a> '
        f'<a href="{BASE}#gone" rel="noopener">x</a></li></ol>'
    )
