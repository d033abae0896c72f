"""Classes of characters, lone surrogates, and text for messages."""

import re

import pytest

from ingestd.text.characters import CJK, HAN, HANGUL, KANA, database_text, has_surrogates, printable, replace_surrogates


@pytest.mark.parametrize(
    ("classes", "inside", "outside"),
    [
        (HAN, "中文㐀龥豈々〇⼀𠀀", "かカ한a1，。·"),
        (KANA, "かカー", "中한a"),
        (HANGUL, "한국", "中かa"),
        (CJK, "中文㐀龥豈々〇𠀀かカ한ㄅ", "aé1，。· "),
    ],
)
def test_classes_hold_their_scripts_and_nothing_else(classes, inside, outside):
    assert re.findall(f"[{classes}]", inside + outside) == list(inside)


@pytest.mark.parametrize(
    ("text", "replaced", "stored"),
    [
        ("", "", ""),
        ("plain", "plain", "plain"),
        ("中文😀", "中文😀", "中文😀"),
        ("a\ud83db", "a\ufffdb", "a?b"),
        ("\ud83d\ude00", "\ufffd\ufffd", "??"),
        ("a\0b", "a\0b", "ab"),
        ("\0\udfff", "\0\ufffd", "?"),
    ],
)
def test_lone_surrogates(text, replaced, stored):
    assert replace_surrogates(text) == replaced
    assert database_text(text) == stored
    assert has_surrogates(text) == (replaced != text)


def test_text_for_a_message_is_cut_and_shows_what_cannot_be_printed():
    assert printable("x" * 10, 10) == "x" * 10
    assert printable("x" * 11, 10) == "x" * 10 + "…"
    assert printable("x" * 500) == "x" * 200 + "…"
    assert printable("a\x1b[31m\u202eb") == "a�[31m�b"
