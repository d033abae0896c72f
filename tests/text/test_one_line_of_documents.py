"""HTML on one line shows the same as before: compared with lxml on generated documents."""

import re

from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from ingestd.text.one_line import one_line

TEXT = st.text(alphabet="ab中 \n\r\t\xa0\u3000&#;", min_size=1, max_size=8).map(lambda text: text.replace("&", "&amp;"))
NAMES = st.sampled_from(["p", "div", "b", "i", "span", "a", "li", "pre", "textarea", "h2", "em"])
NODES = st.recursive(
    TEXT,
    lambda inner: st.builds("<{0}>{1}</{0}>".format, NAMES, st.lists(inner, max_size=3).map("".join)),
    max_leaves=6,
)
MARKUP = st.lists(NODES, max_size=4).map("".join)
SPACES = re.compile(r"[ \t\r\n\f]+")


def shown(markup: str) -> list[tuple[str, str]]:
    """Each element in document order, and its text: with its spaces in `pre` and `textarea`, else with folded ones."""
    tree = lxml_html.fragment_fromstring(f"<article>{markup}</article>")
    found = []
    for element in tree.iter():
        kept = any(one.tag in ("pre", "textarea") for one in (element, *element.iterancestors()))
        text = "".join(str(part) for part in element.itertext())
        found.append(
            (
                str(element.tag),
                text.replace("\r\n", "\n").replace("\r", "\n") if kept else SPACES.sub(" ", text).strip(" "),
            )
        )
    return found


@given(MARKUP)
def test_a_line_shows_the_same(markup):
    line = one_line(markup)
    assert "\n" not in line
    assert "\r" not in line
    if not any(f"<{name}>" in markup for name in ("pre", "textarea")):
        assert shown(line) == shown(markup)


@given(MARKUP)
def test_no_letter_is_lost_and_no_tag_changes(markup):
    for line in (one_line(markup), one_line(markup, tight=True)):
        assert SPACES.sub("", line.replace("&#10;", "")) == SPACES.sub("", markup)


@given(st.text(alphabet="ab \n中", max_size=20))
def test_preformatted_lines_are_kept(text):
    line = one_line(f"<p>x</p>\n<pre>a{text}</pre>")
    tree = lxml_html.fragment_fromstring(f"<article>{line}</article>")
    assert "".join(str(part) for part in tree.find("pre").itertext()) == f"a{text}"


@given(MARKUP)
def test_a_line_stays_as_it_is(markup):
    for tight in (False, True):
        line = one_line(markup, tight=tight)
        assert one_line(line, tight=tight) == line
