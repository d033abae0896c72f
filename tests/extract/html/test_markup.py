"""Parts of minimal HTML: escaped texts, runs of inline content, trimmed edges, figures."""

import pytest

from ingestd.extract.html import markup
from ingestd.extract.html.markup import InlineRun, OpenElement, escape_attribute, escape_text, trim_inline


@pytest.mark.parametrize(
    ("text", "escaped", "attribute"),
    [
        ("a b", "a b", "a b"),
        ("Tom & Jerry", "Tom &amp; Jerry", "Tom &amp; Jerry"),
        ("1 < 2 > 0", "1 &lt; 2 &gt; 0", "1 &lt; 2 &gt; 0"),
        ("\"a\" 'b'", "\"a\" 'b'", "&quot;a&quot; 'b'"),
        ("a\xa0中", "a&nbsp;中", "a&nbsp;中"),
        (" a \n\t b ", " a \n\t b ", "a b"),
        ("", "", ""),
    ],
)
def test_escaping(text, escaped, attribute):
    assert escape_text(text) == escaped
    assert escape_attribute(text) == attribute


def test_no_attribute_is_an_empty_one():
    assert escape_attribute(None) == ""


def run(*parts: str) -> InlineRun:
    """A run of these parts: `<br>`, `<img …>`, `<b>` and `</b>`, or text."""
    made = InlineRun()
    opened: list[OpenElement] = []
    for part in parts:
        if part == "<br>":
            made.add_line_break()
        elif part.startswith("<img"):
            made.add_image(part)
        elif part.startswith("</"):
            made.close_element(opened.pop(), part[1:-1])
        elif part.startswith("<"):
            opened.append(made.open_element(part))
        else:
            made.add_text(part)
    return made


IMAGE = '<img src="a">'


@pytest.mark.parametrize(
    ("parts", "paragraphs"),
    [
        (("a",), ["a"]),
        (("a", "b"), ["ab"]),
        ((" a ", " b "), ["a b"]),
        (("a\n\n", "\tb"), ["a b"]),
        (("\u3000\u3000a",), ["a"]),
        (("a", "\u3000b"), ["a\u3000b"]),
        (("", " ", "\n"), []),
        # elements
        (("a ", "<b>", " b ", "</b>", " c"), ["a <b>b </b>c"]),
        (("a", "<b>", "</b>", "c"), ["ac"]),
        (("a", "<b>", " ", "</b>", "c"), ["a c"]),
        (("<b>", "<i>", "</i>", "</b>", " a"), ["a"]),
        (("<b>", IMAGE, "</b>"), [f"<b>{IMAGE}</b>"]),
        # line breaks
        (("<br>", "a", "<br>"), ["a"]),
        (("a ", "<br>", " b"), ["a<br>b"]),
        (("a", "<br>", "<br>", "b"), ["a", "b"]),
        (("a", "<br>", "<br>", "<br>", "b", "<br>", "c"), ["a", "b<br>c"]),
        (("a", "<br>", "\xa0", "<br>", "b"), ["a", "b"]),
        (("a", "<br>", "\u3000", "<br>", "b"), ["a", "b"]),
        (("<b>", "a", "<br>", "<br>", "b", "</b>"), ["<b>a<br><br>b</b>"]),
        (("<b>", "a", "</b>", "<br>", "<br>", "<i>", "b", "</i>"), ["<b>a</b>", "<i>b</i>"]),
        (("<b>", "a", "<br>", "<br>", "b", "</b>", "<br>", "<br>", "c"), ["<b>a<br><br>b</b><br><br>c"]),
        # images
        ((IMAGE, " a"), [f"{IMAGE} a"]),
        (("<br>", IMAGE, "<br>", IMAGE), [f"{IMAGE}<br>{IMAGE}"]),
        ((IMAGE, "<br>", "<br>", IMAGE), [IMAGE, IMAGE]),
        # text is escaped, once
        (("1 < 2 & 3",), ["1 &lt; 2 &amp; 3"]),
        (("a \xa0b",), ["a &nbsp;b"]),
    ],
)
def test_a_run_as_paragraphs(parts, paragraphs):
    assert run(*parts).paragraphs() == paragraphs


@pytest.mark.parametrize(
    ("html", "trimmed"),
    [
        ("a", "a"),
        ("", ""),
        (" a ", "a"),
        ("&nbsp;a&nbsp;", "a"),
        ("<br>a<br> <br>", "a"),
        ("&amp;a&lt;", "&amp;a&lt;"),
        ("a&nbsp", "a&nbsp"),
        ("<b> a</b>", "<b>a</b>"),
        ("<b>a </b>", "<b>a</b>"),
        ("<b><i>\u3000a<br></i></b>", "<b><i>a</i></b>"),
        ("a<b></b>", "a"),
        ("(a<b> </b>b)", "(a b)"),
        ("<b><i></i></b>a", "a"),
        ('<a href="x"> <br></a>', ""),
        ("<b>a</b> ", "<b>a</b>"),
        ("<b>a</b> <i> </i>", "<b>a</b>"),
        (f" {IMAGE} ", IMAGE),
        (f"<b>{IMAGE} </b>", f"<b>{IMAGE}</b>"),
        ("a <b>b</b> c", "a <b>b</b> c"),
    ],
)
def test_edges_are_trimmed_inside_elements_too(html, trimmed):
    assert trim_inline(html) == trimmed
    assert trim_inline(trimmed) == trimmed


@pytest.mark.parametrize(
    ("inside", "blocks"),
    [("", []), ("a", ['<p id="x">a</p>'])],
)
def test_an_empty_block_is_none(inside, blocks):
    assert markup.block_element("p", inside, ' id="x"') == blocks


@pytest.mark.parametrize(
    ("blocks", "content"),
    [
        (["<p>a</p>"], "a"),
        (["<p>a</p>", "<p>b</p>"], "<p>a</p><p>b</p>"),
        (["<p>a</p>", "<ul><li>b</li></ul>"], "a<ul><li>b</li></ul>"),
        (["<ul><li>b</li></ul>", "<p>a</p>"], "<ul><li>b</li></ul><p>a</p>"),
        ([], ""),
    ],
)
def test_a_single_paragraph_of_a_cell_stands_without_its_tags(blocks, content):
    assert markup.cell_content(blocks) == content


@pytest.mark.parametrize(
    ("blocks", "caption", "written"),
    [
        ([f"<p>{IMAGE}</p>"], "c", [f"<figure>{IMAGE}<figcaption>c</figcaption></figure>"]),
        ([f"<p>{IMAGE}</p>"], "", [f"<figure>{IMAGE}</figure>"]),
        ([f"<p>{IMAGE} {IMAGE}</p>"], "", [f"<figure>{IMAGE} {IMAGE}</figure>"]),
        ([f'<p><a href="b">{IMAGE}</a></p>'], "", [f'<figure><a href="b">{IMAGE}</a></figure>']),
        ([f"<p>{IMAGE}</p>", f"<p>{IMAGE}</p>"], "", [IMAGE, IMAGE]),
        ([f"<p>{IMAGE}</p>", "<p>b</p>"], "c", [f"<figure>{IMAGE}<p>b</p><figcaption>c</figcaption></figure>"]),
        ([f"<p>a {IMAGE}</p>"], "", [f"<figure><p>a {IMAGE}</p></figure>"]),
        (["<pre>a</pre>"], "c", ["<figure><pre>a</pre><figcaption>c</figcaption></figure>"]),
        (["<p>a</p>"], "c", ["<p>c</p>", "<p>a</p>"]),
        (["<p>a</p>"], "", ["<p>a</p>"]),
        ([], "c", ["<p>c</p>"]),
        ([], "", []),
    ],
)
def test_figures(blocks, caption, written):
    assert markup.figure_blocks(blocks, caption) == written


@pytest.mark.parametrize(
    ("alt", "title", "tag"),
    [
        ("", "", '<img src="a">'),
        ("b", "", '<img src="a" alt="b">'),
        ("b", "b", '<img src="a" alt="b">'),
        ("b", "c", '<img src="a" alt="b" title="c">'),
        ("", "c", '<img src="a" title="c">'),
    ],
)
def test_the_tag_of_an_image(alt, title, tag):
    assert markup.image_tag("a", alt, title) == tag
