"""Plain text against lxml: whatever the markup, no word of a well-formed document is lost, joined or invented."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from ingestd.text.plain_text import HTML_NAMES, plain_text

BLOCKS = ["p", "div", "li", "h1", "blockquote", "section", "tr", "pre"]
INLINE = ["b", "i", "em", "span", "a", "code", "u", "small", "custom-element"]
WORDS = st.text(alphabet="abcäöüß中文かな한글đø١٢3 ", min_size=1, max_size=8)
ATTRIBUTES = st.sampled_from(
    ["", ' class="x"', " id=y", " title='a > b'", ' data-x="<b>"', ' href="?a=1&amp;b=2"', " hidden"]
)


def element(names: list[str], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, attributes, text: f"<{name}{attributes}>{text}</{name}>", st.sampled_from(names), ATTRIBUTES, inner
    )


TEXT = WORDS.map(html.escape)
LINES = st.recursive(TEXT, lambda inner: element(INLINE, st.lists(inner, max_size=3).map("".join)), max_leaves=5)
DOCUMENTS = st.lists(
    element(BLOCKS, st.lists(LINES, max_size=3).map("".join)) | st.sampled_from(["<br>", "<hr/>", "<!-- <p>x</p> -->"]),
    max_size=6,
).map("".join)


@pytest.mark.slow
@given(DOCUMENTS)
def test_the_characters_of_a_document(markup):
    tree = lxml_html.fragment_fromstring(markup, create_parent="article")
    assert "".join(plain_text(markup).split()) == "".join(str(tree.xpath("string()")).split())


@pytest.mark.slow
@given(DOCUMENTS)
def test_words_of_different_blocks_are_not_joined(markup):
    tree = lxml_html.fragment_fromstring(markup, create_parent="article")
    blocks = [" ".join(str(block.xpath("string()")).split()) for block in tree if block.tag in BLOCKS]
    assert [line for line in plain_text(markup).split("\n") if line] == [block for block in blocks if block]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Co"]), max_size=40))
def test_escaped_text_is_itself(text):
    assert plain_text(html.escape(text)) == text
    assert plain_text(f"<p>{html.escape(text)}</p>") == text


@pytest.mark.parametrize("name", sorted(HTML_NAMES - {"head", "template", "iframe", "noscript", "rt", "rp", "sup"}))
def test_every_element_in_every_spelling(name):
    """An element separates words or does not; it never shows as text, and hides nothing behind it."""
    hidden = plain_text(f"a<{name}>b</{name}>c").replace("\n", " ")
    assert hidden in ("abc", "a b c", "ac", "a bc", "ab c")
    for tag in (name.upper(), name.capitalize()):
        assert plain_text(f"a<{tag} x='1'>b</{tag} >c").replace("\n", " ") == hidden
    assert plain_text(f"a<{name}/>c").replace("\n", " ") in ("ac", "a c")


@pytest.mark.parametrize(
    "name",
    [
        "script",
        "style",
        "template",
        "noscript",
        "head",
        "iframe",
        "object",
        "svg",
        "math",
        "textarea",
        "select",
        "audio",
        "video",
        "canvas",
    ],
)
def test_what_is_hidden(name):
    assert plain_text(f"a<{name}>hidden</{name}>b") == "ab"
    assert plain_text(f"a<{name} class='x'>hidden <b>more</b></{name.upper()}>b") == "ab"
    assert plain_text(f"a<{name}>shown, since it never ends") == "ashown, since it never ends"
    assert plain_text(f"a<{name}/>b") == "ab"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a<p >b", "a\nb"),
        ("a<p\n>b", "a\nb"),
        ("a<P>b", "a\nb"),
        ("a</p>b", "a\nb"),
        ("a<pp>b", "ab"),
        ("a<o:p>b</o:p>c", "abc"),
        ("a<1>b", "a<1>b"),
        ("a< p>b", "a< p>b"),
        ("a<>b", "a<>b"),
        ("a<!b>c", "ac"),
        ("a<?b?>c", "ac"),
        ("a<!-->b-->c", "ac"),
        ("a<!-- -- >b", "ab"),
        ('a<b title="\'">b</b>', "ab"),
        ("a<b title='\"'>b</b>", "ab"),
        ('a<b title=">">b</b>', "ab"),
        ('a<b ">c', "ac"),
        ("it's <b>a</b> dog's", "it's a dog's"),
        ("<b x=y'>a</b>", "a"),
        ("a&lt;b&gt;c", "a<b>c"),
        ("a&amp;lt;b", "a&lt;b"),
        ("a&nbsp;b", "a b"),
        ("a&#160;b", "a b"),
        ("a&#xA0;&#8195;b", "a b"),
        ("a&#10;b", "a\nb"),
        ("a&#13;b", "a\nb"),
        ("a\u2028b", "a b"),
        ("a\u0085b", "a b"),
        ("a&shy;b", "ab"),
        ("a&zwj;b", "a\u200db"),
        ("a&#0;b", "a\ufffdb"),
        ("a&#128;b", "a€b"),
        ("a&nosuch;b", "a&nosuch;b"),
        ("a&notin;b", "a∉b"),
        ("a&notanentity;b", "a¬anentity;b"),
        ("a&copyb", "a©b"),
        ("<p>a</p>\n\n\n<p>b</p>", "a\nb"),
        ("<p> a </p><p> </p><p>b</p>", "a\nb"),
        ("<table><tr><td>1<td>2<tr><th>3</th><th>4</th></tr></table>", "1 2\n3 4"),
        ("<dl><dt>a<dd>b</dl>", "a\nb"),
        ("a<wbr>b", "ab"),
        ("a<img alt='x'>b", "ab"),
        ("a<input value='x'>b", "ab"),
        ("<q>a</q> <kbd>b</kbd>", "a b"),
    ],
)
def test_markup(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize("length", [19_990, 20_000, 20_010, 60_000])
def test_long_markup_is_read_alike(length):
    """Whether the text is cached or not changes nothing."""
    markup = "<p>one <b>two</b></p>" * (length // 21)
    assert plain_text(markup) == "\n".join(["one two"] * (length // 21))
