"""Fingerprints of texts: which pairs are near-duplicates, how exact the similarity is, and what bounds it."""

import random
import re
from collections import Counter
from functools import cache
from zlib import crc32

import pytest

from ingestd.text.fingerprint import (
    MAX_COMPARED_CHARS,
    MAX_KEYS,
    MIN_SIMILARITY,
    MIN_TOKENS,
    fingerprint,
    keys_of,
    may_be_alike,
    near_duplicate_similarity,
    signature_of,
    similarity,
)
from tests.text.near_duplicate_pairs import Pair, pairs


def is_found(pair: Pair) -> bool:
    one, other = signature_of(fingerprint(pair.one)), signature_of(fingerprint(pair.other))
    return near_duplicate_similarity(one, other, lambda: pair.in_site) is not None


@cache
def judged() -> list[tuple[Pair, bool]]:
    return [(pair, is_found(pair)) for pair in pairs()]


def share(of: list[bool]) -> float:
    return sum(of) / len(of)


def plain_fingerprint(text: str) -> tuple[bytes, list[int]]:
    """Bins and keys as the definition has them, without any shortcut."""
    tokens: list[bytes] = []
    for word in re.findall(r"\w+", text[:MAX_COMPARED_CHARS].lower()):
        if word[0] >= "\u3000":
            tokens += [letter.encode("utf-32-le") for letter in word]
        else:
            tokens.append(crc32(word.encode()).to_bytes(4, "little"))
    shingles = [b"".join(tokens[at : at + 5]) for at in range(len(tokens) - 4)]
    hashes = [crc32(shingle) * 0x9E3779B1 % 2**32 for shingle in shingles]
    bins = [[value for value in hashes if value >> 25 == number] for number in range(128)]
    return bytes(1 + min(found) % 255 if found else 0 for found in bins), sorted(set(hashes))[:MAX_KEYS]


def test_a_fingerprint_is_what_its_definition_says():
    for pair in pairs()[:150]:
        found = fingerprint(pair.one)
        if found:
            assert (found[:128], keys_of(found)) == plain_fingerprint(pair.one)


def test_a_fingerprint_of_any_letters_is_what_its_definition_says():
    draw = random.Random(2)
    letters = "ab1 9.,香港渡かé\u0307İßΣ😀𠀀\u0663 \0"
    for _ in range(200):
        text = "".join(draw.choices(letters, k=draw.choice((90, 400, 15_000))))
        found = fingerprint(text)
        if found:
            assert (found[:128], keys_of(found)) == plain_fingerprint(text)


def test_equal_bins_are_counted_one_by_one():
    rng = random.Random(1)
    for _ in range(200):
        one, other = (bytes(rng.choice((0, 1, 2, 255)) for _ in range(128)) + b"\0" for _ in range(2))
        filled = [(a, b) for a, b in zip(one[:128], other[:128], strict=True) if a or b]
        assert similarity(one, other) == round(sum(a == b for a, b in filled) / len(filled), 3)


def test_precision_and_recall_on_the_labelled_pairs():
    assert len(judged()) > 700
    assert share([pair.is_duplicate for pair, found in judged() if found]) >= 0.95
    assert share([found for pair, found in judged() if pair.is_duplicate]) >= 0.90


def test_no_kind_of_near_duplicate_is_missed():
    by_kind: dict[str, list[bool]] = {}
    for pair, found in judged():
        by_kind.setdefault(f"{pair.kind}, {pair.is_duplicate}", []).append(found == pair.is_duplicate)
    assert {kind: share(right) for kind, right in by_kind.items() if share(right) < 0.8} == {}


def test_similarity_is_that_of_the_shingles():
    """The share of shingles that two texts have in common, within what 128 bins can tell."""
    draw = random.Random(5)
    for overlap in (0.2, 0.5, 0.8):
        words = ["".join(draw.choices("abcdefghij", k=7)) for _ in range(1500)]
        start = round(1000 * (1 - overlap))
        one, other = words[:1000], words[start : start + 1000]
        sets = [set(zip(text, text[1:], text[2:], text[3:], strict=False)) for text in (one, other)]
        exact = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
        found = similarity(*(signature_of(fingerprint(" ".join(text))) for text in (one, other)))
        assert found == pytest.approx(exact, abs=0.13)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Ferry, harbour: LINE! " * 20, "ferry harbour — line " * 20),
        ("香港渡轮，停航。" * 20, "香港 渡轮\n停航" * 20),
    ],
)
def test_case_and_punctuation_make_no_difference(text, same):
    assert similarity(signature_of(fingerprint(text)), signature_of(fingerprint(same))) == 1


@pytest.mark.parametrize("text", ["", "word " * (MIN_TOKENS - 1), "渡" * (MIN_TOKENS - 1), "!?. " * 500])
def test_a_short_text_has_an_empty_fingerprint(text):
    assert fingerprint(text) == b""
    assert (signature_of(b""), keys_of(b"")) == (b"", [])
    assert near_duplicate_similarity(b"", b"", lambda: False) is None


@pytest.mark.parametrize(
    "text", ["word " * MIN_TOKENS, "渡" * MIN_TOKENS, "\ud800 word \0" * 60, "1 " * 9000, "x" * 50 + " y" * 60]
)
def test_any_other_text_has_one(text):
    value = fingerprint(text)
    assert 0 < len(keys_of(value)) <= MAX_KEYS
    assert len(value) <= 300
    assert similarity(signature_of(value), signature_of(value)) == 1


def test_what_stands_after_the_compared_beginning_is_not_read():
    start = "word and " * (MAX_COMPARED_CHARS // 9 + 1)
    assert fingerprint(start + "other " * 100_000) == fingerprint(start)


def test_the_labelled_pairs_have_both_labels_for_each_language():
    kinds = Counter((pair.kind, pair.is_duplicate) for pair in pairs(rounds=1))
    assert len(kinds) >= 18
    assert set(kinds.values()) == {3}


def test_signatures_that_may_be_alike_are_those_with_enough_equal_bins():
    draw = random.Random(4)
    values = [bytes(draw.choice((1, 2)) for _ in range(128)) + b"\0" for _ in range(100)]
    found = set()
    for one in values[:20]:
        for other, may_be in zip(values, may_be_alike(one, values), strict=True):
            equal = sum(a == b for a, b in zip(one[:128], other[:128], strict=True))
            assert may_be == (equal >= 128 * MIN_SIMILARITY)
            found.add(may_be)
    assert found == {True, False}
    assert may_be_alike(values[0], []) == []
