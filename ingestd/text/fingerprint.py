"""Fingerprints of texts, by which near-duplicates are found: one story in several outlets, or under another URL.

MinHash (Broder 1997) over shingles of five successive letters in CJK text, which are four of the search index's pairs,
and of five words in other scripts. One permutation fills all bins (Li, Owen, Zhang 2012), and a bin keeps one byte of
its least hash (b-bit minwise hashing, Li and König 2010). Reports of one series, such as those of the weather, have
most words in common, and other numbers: the numbers of a text, in their order, have a sketch of their own.

Changing anything here changes what stored fingerprints mean: it needs a migration that makes them anew.
"""

from collections.abc import Callable, Sequence
from heapq import nsmallest
from itertools import pairwise
from struct import pack, unpack
from zlib import crc32

from ingestd.text.shingles import MIXER, SHINGLE_TOKENS, shingle_hashes
from ingestd.text.words_and_numbers import words_and_numbers

#: Longer texts are compared by their beginning.
MAX_COMPARED_CHARS = 10_000
#: Texts with fewer words, or CJK letters, say too little to be compared.
MIN_TOKENS = 50
#: From this similarity on, texts are near-duplicates.
MIN_SIMILARITY = 0.45
#: The same for two texts of one site, whose articles have boilerplate and templates in common.
MIN_SITE_SIMILARITY = 0.7
#: Keys of a fingerprint: the least hashes of its shingles.
MAX_KEYS = 12

_KEY_BYTES = 4
_BINS = 128
_MIN_EQUAL_BINS = _BINS * MIN_SIMILARITY
_NUMBER_BYTES = 2
_MAX_NUMBERS = 16
#: With fewer pairs of successive numbers, nothing is concluded from them.
_MIN_NUMBERS = 3
_MIN_EQUAL_NUMBERS = 0.5

_HASH_BITS = 32
_BIN_SHIFT = _HASH_BITS - 7


def fingerprint(text: str) -> bytes:
    """The fingerprint of a text: `signature_of` and `keys_of` read it. Empty where the text is too short."""
    words, numbers = words_and_numbers(text[:MAX_COMPARED_CHARS])
    found = shingle_hashes(words)
    if len(found) + SHINGLE_TOKENS - 1 < MIN_TOKENS:
        return b""
    hashes = sorted(set(found))
    keys = hashes[:MAX_KEYS]
    return _signature(hashes) + _sketch_of(numbers) + pack(f">{len(keys)}I", *keys)


def _signature(hashes: list[int]) -> bytes:
    """A byte of the least hash in each bin, 0 where a bin is empty; the hashes are sorted."""
    least = bytearray(_BINS)
    for value in reversed(hashes):
        least[value >> _BIN_SHIFT] = 1 + value % 255
    return bytes(least)


def _sketch_of(numbers: list[str]) -> bytes:
    """A sketch of the pairs of successive numbers: how many hashes it has, then these, the least."""
    pairs = {crc32(f"{one} {other}".encode()) * MIXER >> 16 & 0xFFFF for one, other in pairwise(numbers)}
    least = nsmallest(_MAX_NUMBERS, pairs)
    return bytes([len(least)]) + b"".join(value.to_bytes(_NUMBER_BYTES, "big") for value in least)


def signature_of(value: bytes) -> bytes:
    """The part of a fingerprint that is compared."""
    return value[: _BINS + 1 + _NUMBER_BYTES * value[_BINS]] if value else b""


def keys_of(value: bytes) -> list[int]:
    """The keys of a fingerprint, the least first: two texts that are alike have most of their least keys in common."""
    packed = value[len(signature_of(value)) :]
    return list(unpack(f">{len(packed) // _KEY_BYTES}I", packed))


def may_be_alike(one: bytes, others: Sequence[bytes]) -> list[bool]:
    """Which of some signatures `near_duplicate_similarity` may find to be near-duplicates of one: all in one pass.

    None of them may be empty.
    """
    joined = b"".join([other[:_BINS] for other in others])
    differing = int.from_bytes(joined, "big") ^ int.from_bytes(one[:_BINS] * len(others), "big")
    bins = differing.to_bytes(len(joined), "big")
    return [bins.count(0, at, at + _BINS) >= _MIN_EQUAL_BINS for at in range(0, len(joined), _BINS)]


def near_duplicate_similarity(one: bytes, other: bytes, in_site: Callable[[], bool]) -> float | None:
    """How similar two signatures are (the share of shingles in common, 0 to 1); None where that is no near-duplicate.

    `in_site` tells whether both texts are of one site; it is called where that matters.
    """
    # Bins that are empty in both count as equal here, and not in `similarity`.
    if not one or not other or _equal_bins(one, other) < _MIN_EQUAL_BINS:
        return None
    found = similarity(one, other)
    if found < MIN_SIMILARITY or _numbers_differ(one, other):
        return None
    return found if found >= MIN_SITE_SIMILARITY or not in_site() else None


def similarity(one: bytes, other: bytes) -> float:
    """An estimate of the share of shingles that two texts have in common, of all that either has."""
    if not one or not other:
        return 0.0
    bins, other_bins = one[:_BINS], other[:_BINS]
    may_be_empty = 0 in bins and 0 in other_bins
    empty = sum(not (a or b) for a, b in zip(bins, other_bins, strict=True)) if may_be_empty else 0
    return round((_equal_bins(one, other) - empty) / (_BINS - empty), 3)


def _equal_bins(one: bytes, other: bytes) -> int:
    """How many bins of two signatures have the same byte: as numbers, whose bytes differ by 0 there."""
    differing = int.from_bytes(one[:_BINS], "big") ^ int.from_bytes(other[:_BINS], "big")
    return differing.to_bytes(_BINS, "big").count(0)


def _numbers_differ(one: bytes, other: bytes) -> bool:
    """Whether less than half of the numbers of the text that has fewer are in the other one."""
    numbers, others = _sketch(one), _sketch(other)
    # A full sketch has no numbers above its last one.
    bound = min((sketch[-1] for sketch in (numbers, others) if len(sketch) == _MAX_NUMBERS), default=0xFFFF)
    within, others_within = ({value for value in sketch if value <= bound} for sketch in (numbers, others))
    fewer = min(len(within), len(others_within))
    return fewer >= _MIN_NUMBERS and len(within & others_within) < _MIN_EQUAL_NUMBERS * fewer


def _sketch(signature: bytes) -> list[int]:
    data = signature[_BINS + 1 :]
    return [int.from_bytes(data[at : at + _NUMBER_BYTES], "big") for at in range(0, len(data), _NUMBER_BYTES)]
