"""Helpers for lxml trees: text in its order, and elements that go while the text after them stays."""

import pytest
from lxml import etree

from ingestd.extract.html.clean import parse_fragment
from ingestd.extract.html.tree import (
    attributes_of,
    class_and_id,
    preformatted_text,
    raw_text,
    remove,
    remove_all,
    replace_with_text,
    settable_text,
    text_of,
    without_control_chars,
    word_list,
    word_set,
    xpath_elements,
)


def body(html):
    root = parse_fragment(html)
    assert root is not None
    return root


def inside(root) -> str:
    return etree.tostring(root, encoding="unicode", method="html").removeprefix("<body>").removesuffix("</body>")


def test_vocabularies_are_written_as_texts():
    assert word_set(" b a\nb ") == frozenset({"a", "b"})
    assert word_list(" b a\nb ") == ("b", "a", "b")


@pytest.mark.parametrize(
    ("html", "raw", "text"),
    [
        ("<p>a <b>b</b>c</p>", "a bc", "a bc"),
        ("<p>  a\n\n<b> b </b> </p>", "  a\n\n b  ", "a b"),
        ("<p>a<!-- c -->b<br>c</p>", "abc", "abc"),
        ("<p></p>", "", ""),
        ("<p>a\xa0b\u3000c</p>", "a\xa0b\u3000c", "a b c"),
    ],
)
def test_the_text_below_an_element(html, raw, text):
    element = body(html)[0]
    assert raw_text(element) == raw
    assert text_of(element) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<pre>a<br>b<br>c</pre>", "a\nb\nc"),
        ("<pre><br>a</pre>", "\na"),
        ("<pre><span>a</span> <span><i>b</i>c</span>d</pre>", "a bcd"),
        ("<pre><code><b>a</b></code>z</pre>", "az"),
        ("<pre><div>a</div><div>b</div>c</pre>", "a\nbc"),
        ("<pre><ol><li>a</li><li>b</li></ol></pre>", "a\nb"),
        ("<pre>a<button>copy</button>b<script>c</script>d</pre>", "abd"),
        ("<pre>a<button><b>c</b></button>d</pre>", "acd"),
    ],
)
def test_preformatted_text_has_a_line_for_each_row(html, text):
    assert "".join(preformatted_text(body(html)[0], word_set("button script"), {})) == text


@pytest.mark.parametrize(
    ("html", "path", "left"),
    [
        ("<p>a</p>b<p>c</p>d", "p[1]", "b<p>c</p>d"),
        ("<p>a</p>b<p>c</p>d", "p", "bd"),
        ("x<p>a</p>b", "p", "xb"),
        ("<p>x<i>a</i>y<i>b</i>z</p>", "p/i", "<p>xyz</p>"),
        ("<p>x<i>a<b>c</b></i>y</p>", "p/i | p/i/b", "<p>xy</p>"),
        ("<p>x</p>", "p/i", "<p>x</p>"),
        ("<p>x</p>", ". | p", ""),
    ],
)
def test_removed_elements_leave_the_text_after_them(html, path, left):
    root = body(html)
    remove_all(root, xpath_elements(root, path))
    assert inside(root) == left
    root = body(html)
    for element in xpath_elements(root, path):
        if element is not root:
            remove(element)
    assert inside(root) == left


def test_an_element_without_a_tree_cannot_be_removed():
    element = etree.Element("p")
    remove(element)
    assert element.getparent() is None


@pytest.mark.parametrize(
    ("html", "text", "left"),
    [
        ("<p>x<i>a</i>y</p>", "1", "<p>x1y</p>"),
        ("<p>x<b>w</b>v<i>a</i>y</p>", "1", "<p>x<b>w</b>v1y</p>"),
        ("<p><b>w</b><i>a</i></p>", "1", "<p><b>w</b>1</p>"),
        ("<p><b>w</b><i>a</i></p>", "", "<p><b>w</b></p>"),
        ("<p><i>a</i></p>", "1 < 2", "<p>1 &lt; 2</p>"),
        ("<p><i>a</i>&#12;y</p>", "1\x0b", "<p>1 y</p>"),
    ],
)
def test_an_element_that_becomes_text(html, text, left):
    root = body(html)
    replace_with_text(xpath_elements(root, "p/i")[0], text)
    assert inside(root) == left


@pytest.mark.parametrize(
    ("text", "settable"),
    [
        ("a 中\n\t\r", "a 中\n\t\r"),
        ("a\fb", "a b"),
        ("a\x00\x08\x0b\x1f\x7f\u200b\ufeff\ufffe\uffffb", "ab"),
    ],
)
def test_text_that_lxml_accepts(text, settable):
    assert settable_text(text) == settable
    etree.Element("p").text = settable_text(text)


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p>a 中</p>\n\t\f\r", "<p>a 中</p>\n\t\f\r"),
        ("a\x00\x08\x0b\x1f\x7f\u200b\ufeff\ufffe\uffffb", "ab"),
        ("&#0; &#x200b;", "&#0; &#x200b;"),
    ],
)
def test_markup_without_control_characters(html, left):
    assert without_control_chars(html) == left


def test_attributes_are_texts_that_can_be_set_again():
    element = body("<p class='a&#11;b' title=&#12; id=x hidden>y</p>")[0]
    assert attributes_of(element) == {"class": "ab", "title": " ", "id": "x", "hidden": ""}
    assert class_and_id(body("<p class='a b' id=x>y</p>")[0]) == "a b x"
    assert class_and_id(body("<p id=x>y</p>")[0]) == " x"
    assert class_and_id(body("<p>y</p>")[0]) == " "
    assert len(class_and_id(body(f"<p class='{'a' * 400}'>y</p>")[0])) == 300
