"""Columns of texts on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.display_width import cut_to_width, display_width, pad_to_width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("渡轮", 4),
        ("ｶﾅ", 2),
        ("ＡＢ", 4),
        ("한국", 4),
        ("😀", 2),
        ("❤\ufe0f", 1),
        ("a\u200bb", 2),
        ("▁▂█·", 4),
    ],
)
def test_width(text, width):
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("渡轮停航", 8, "渡轮停航"),
        ("渡轮停航", 7, "渡轮停…"),
        ("渡轮停航", 6, "渡轮…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("渡", 1, "…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
        ("", 0, ""),
    ],
)
def test_cut(text, width, cut):
    assert cut_to_width(text, width) == cut


@given(text=st.text(), width=st.integers(0, 40))
def test_a_cut_and_padded_text_has_exactly_its_width(text, width):
    cut = cut_to_width(text, width)
    assert display_width(cut) <= width
    assert display_width(pad_to_width(cut, width)) == width
    assert cut == text or text.startswith(cut.removesuffix("…"))
