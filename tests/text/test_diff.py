"""Differences word by word: complete, and in bounded time."""

import itertools
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.diff import Op, diff_words


def shown(old: str, new: str) -> str:
    """The edits in one line: [-deleted-] and {+inserted+}."""
    marks = {Op.EQUAL: "{}", Op.DELETE: "[-{}-]", Op.INSERT: "{{+{}+}}"}
    return "".join(marks[op].format(text) for op, text in diff_words(old, new))


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("the quick fox", "the slow fox", "the [-quick-]{+slow+} fox"),
        ("walked", "walking", "[-walked-]{+walking+}"),
        ("今天天气很好。", "今天天气不好！", "今天天气[-很-]{+不+}好[-。-]{+！+}"),
        ("政府宣布改革", "政府今日宣布改革", "政府{+今日+}宣布改革"),
        ("3人死亡，5人受伤", "4人死亡，5人受伤", "[-3-]{+4+}人死亡，5人受伤"),
        ("東京タワー", "東京スカイツリー", "東京[-タワ-]{+スカイツリ+}ー"),
        ("서울 날씨", "서울의 날씨", "서울{+의+} 날씨"),
        ("one\ntwo\nthree", "one\nthree", "one\n[-two\n-]three"),
        ("a b c", "c b a", "[-a b -]c{+ b a+}"),
        ("no space", "no  space", "no[- -]{+  +}space"),
    ],
)
def test_edits(old, new, edits):
    assert shown(old, new) == edits


pieces = st.text(alphabet="ab \n中文,", max_size=30)


@given(pieces, pieces)
def test_pieces_add_up_to_both_texts(old, new):
    edits = diff_words(old, new)
    assert "".join(text for op, text in edits if op is not Op.INSERT) == old
    assert "".join(text for op, text in edits if op is not Op.DELETE) == new
    assert all(text for _, text in edits)
    kinds = [op for op, _ in edits]
    assert all(a is not b for a, b in itertools.pairwise(kinds))
    assert (Op.INSERT, Op.DELETE) not in itertools.pairwise(kinds)


@given(st.lists(st.sampled_from("abcdef"), max_size=12), st.lists(st.sampled_from("abcdef"), max_size=12))
def test_short_texts_have_no_needless_edit_of_a_single_word(old, new):
    """The edit of one deleted or inserted word is that word alone."""
    longer = [*old, "needle", *new]
    edits = diff_words(" ".join([*old, *new]), " ".join(longer))
    assert {op for op, _ in edits} <= {Op.EQUAL, Op.INSERT}
    assert "".join(text for op, text in edits if op is Op.INSERT).split() == ["needle"]


rnd = random.Random(7)
FEW_WORDS = [f"w{number}" for number in range(300)]
HOSTILE = {
    "two unrelated texts": (rnd.choices(FEW_WORDS, k=30_000), rnd.choices(FEW_WORDS, k=30_000)),
    "one word again and again": (["a"] * 40_000, ["b"] * 40_000),
    "a few words in turns": (["a", "b"] * 20_000, ["b", "a", "a"] * 12_000),
    "every word another": ([f"o{n}" for n in range(30_000)], [f"n{n}" for n in range(30_000)]),
    "the same words backwards": ([f"w{n}" for n in range(30_000)], [f"w{n}" for n in range(30_000, 0, -1)]),
}


@pytest.mark.parametrize(("old", "new"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.slow
def test_large_texts_take_bounded_time(old, new):
    started = time.process_time()
    edits = diff_words(" ".join(old), "\n".join(new))
    assert time.process_time() - started < 60
    assert "".join(text for op, text in edits if op is not Op.DELETE) == "\n".join(new)


def test_an_edited_long_text_shows_the_edits_alone():
    text = [f"{rnd.choice(FEW_WORDS)} {number}" for number in range(20_000)]
    changed = list(text)
    for place in range(0, 20_000, 100):
        changed[place] = "edited"
    edits = diff_words("\n".join(text), "\n".join(changed))
    assert sum(1 for op, _ in edits if op is Op.INSERT) == 200
