"""Deltas: the same text comes back, and another similar text gives None."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.archive.jekyll.delta import pack, unpack

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(texts, texts)
def test_delta_round_trip(text, similar):
    packed = pack(text, similar)
    assert packed.isascii()
    assert unpack(packed, similar) == text


@pytest.mark.parametrize("other", ["", "<p>other</p>", "<p>content</p> "])
def test_delta_with_another_base_text_gives_none(other):
    assert unpack(pack("<p>content</p>", "<p>content</p>"), other) is None


@pytest.mark.parametrize("packed", ["", "x", '"\\', "中", pack("text", "like")[:-5]])
def test_damaged_delta_gives_none(packed):
    assert unpack(packed, "like") is None


def test_a_delta_to_a_similar_text_is_small():
    # No two paragraphs are alike, so that only the dictionary makes the delta small.
    clean = "".join(f"<p>{number * 7919 % 104729} 中国期待 {number * 104729 % 7919}</p>" for number in range(500))
    body = clean.replace("<p>", '<p class="x">')
    assert len(pack(body, clean)) < len(body) / 5
    assert len(pack(body, clean)) < len(pack(body, "")) * 0.7


def test_delta_of_a_text_longer_than_the_window():
    text = "中文" * 50_000
    assert unpack(pack(text, text), text) == text
