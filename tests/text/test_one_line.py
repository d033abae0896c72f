"""HTML on one line."""

import pytest

from ingestd.text.one_line import one_line


@pytest.mark.parametrize(
    ("markup", "loose", "tight"),
    [
        ("  as it is  ", "  as it is  ", "  as it is  "),
        ("one \r\n\t two", "one two", "one two"),
        ("\n<p>a</p>\n<p>b\nc</p>\n", "<p>a</p> <p>b c</p>", "<p>a</p><p>b c</p>"),
        ("<b>a</b>\n<i>b</i>", "<b>a</b> <i>b</i>", "<b>a</b> <i>b</i>"),
        ("<p>a</p>  <p>b</p>", "<p>a</p>  <p>b</p>", "<p>a</p>  <p>b</p>"),
        ("<pre>a\n b\r\nc</pre>\nd", "<pre>a&#10; b&#10;c</pre> d", "<pre>a&#10; b&#10;c</pre> d"),
        ("<pre>never\nclosed", "<pre>never&#10;closed", "<pre>never&#10;closed"),
        ("a\n\xa0\u3000b", "a \xa0\u3000b", "a \xa0\u3000b"),
    ],
)
def test_line_breaks(markup, loose, tight):
    assert one_line(markup) == loose
    assert one_line(markup, tight=True) == tight
    assert one_line(loose) == loose
