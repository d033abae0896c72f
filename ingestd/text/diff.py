"""The differences of two texts, word by word; in Chinese, Japanese and Korean character by character.

The anchors are the lines, and then the words, that stand exactly once in both texts (patience diff). What lies between
two anchors is compared by the O(ND) algorithm of Myers ("An O(ND) Difference Algorithm and Its Variations", 1986) up to
MAX_DIFFERENCES; beyond that it counts as replaced, so that the cost is nearly linear for any two texts.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby

from ingestd.text.characters import CJK


class Op(StrEnum):
    """What the edit does with a piece of text."""

    EQUAL = "equal"
    DELETE = "delete"
    INSERT = "insert"


#: The number of differences up to which the gap between two anchors is searched for the shortest edit.
MAX_DIFFERENCES = 400

_WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+|\s+|[^\w\s]", re.DOTALL)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

_Edit = tuple[Op, str]


def diff_words(old: str, new: str) -> list[tuple[Op, str]]:
    """The edits that lead from `old` to `new`: adjacent ones of one kind joined, a deletion before its insertion.

    The pieces that are not inserted make up `old` exactly, those that are not deleted make up `new`.
    """
    if old == new:
        return [(Op.EQUAL, old)] if old else []
    return _join(_by_lines(_LINE.findall(old), _LINE.findall(new)))


def _by_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[_Edit]:
    for a, b in _gaps(old, new):
        if a == b:
            yield from ((Op.EQUAL, line) for line in a)
        else:
            yield from _by_words(_WORD.findall("".join(a)), _WORD.findall("".join(b)))


def _by_words(old: Sequence[str], new: Sequence[str], depth: int = 0) -> Iterator[_Edit]:
    for a, b in _gaps(old, new):
        if a == b:
            yield from ((Op.EQUAL, token) for token in a)
        elif len(a) + len(b) > MAX_DIFFERENCES and depth < 3:
            yield from _by_words(a, b, depth + 1)  # a word that is frequent in the text may be unique in the gap
        else:
            yield from _myers(a, b)


def _gaps(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Both sequences in corresponding pieces: equal ones (common start and end, anchors), and the gaps between them."""
    start = _common_prefix(old, new)
    end = _common_prefix(old[start:][::-1], new[start:][::-1])
    yield old[:start], new[:start]
    stop_old, stop_new = len(old) - end, len(new) - end
    at_old, at_new = start, start
    for i, j in _anchors(old[start:stop_old], new[start:stop_new]):
        yield old[at_old : start + i], new[at_new : start + j]
        yield old[start + i : start + i + 1], new[start + j : start + j + 1]
        at_old, at_new = start + i + 1, start + j + 1
    yield old[at_old:stop_old], new[at_new:stop_new]
    yield old[stop_old:], new[stop_new:]


def _common_prefix(a: Sequence[str], b: Sequence[str]) -> int:
    """The length of the common prefix of two sequences."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of elements that are unique in both and in the same order: the longest increasing subsequence."""
    count_old, count_new = Counter(old), Counter(new)
    place = {element: j for j, element in enumerate(new) if count_new[element] == 1 and not element.isspace()}
    pairs = [(i, place[element]) for i, element in enumerate(old) if element in place and count_old[element] == 1]
    tails: list[int] = []  # for each length, the smallest last position in `new` of an increasing sequence
    ends: list[int] = []  # the number of the pair with that position
    before: list[int] = []  # for each pair, the pair before it in its sequence; -1 for none
    for number, (_, j) in enumerate(pairs):
        length = bisect_left(tails, j)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [j]
        ends[length : length + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _myers(old: Sequence[str], new: Sequence[str]) -> list[_Edit]:
    """The shortest edit between two sequences; all of it replaced where it has more than MAX_DIFFERENCES."""
    trace = _search(old, new) if old and new else None
    if trace is None:
        return [(Op.DELETE, token) for token in old] + [(Op.INSERT, token) for token in new]
    edits: list[_Edit] = []
    x, y = len(old), len(new)
    for depth in range(len(trace) - 1, -1, -1):
        furthest = trace[depth]
        k = x - y
        down = k == -depth or (k != depth and furthest.get(k - 1, -1) < furthest.get(k + 1, -1))
        came_from = k + 1 if down else k - 1
        start_x = furthest.get(came_from, 0)
        start_y = start_x - came_from
        while x > max(start_x, 0) and y > max(start_y, 0) and old[x - 1] == new[y - 1]:
            x, y = x - 1, y - 1
            edits.append((Op.EQUAL, old[x]))
        if depth and down:
            y -= 1
            edits.append((Op.INSERT, new[y]))
        elif depth:
            x -= 1
            edits.append((Op.DELETE, old[x]))
    return edits[::-1]


def _search(old: Sequence[str], new: Sequence[str]) -> list[dict[int, int]] | None:
    """For each number of differences, the furthest positions before it on each diagonal; None beyond the bound."""
    furthest: dict[int, int] = {1: 0}
    trace = []
    for depth in range(min(len(old) + len(new), MAX_DIFFERENCES) + 1):
        trace.append(furthest.copy())
        for k in range(-depth, depth + 1, 2):
            down = k == -depth or (k != depth and furthest.get(k - 1, -1) < furthest.get(k + 1, -1))
            x = furthest.get(k + 1, 0) if down else furthest.get(k - 1, 0) + 1
            while x < len(old) and 0 <= x - k < len(new) and old[x] == new[x - k]:
                x += 1
            furthest[k] = x
            if x >= len(old) and x - k >= len(new):
                return trace
    return None


def _join(edits: Iterator[_Edit]) -> list[tuple[Op, str]]:
    """Adjacent edits of one kind as one; within a change all that is deleted stands before all that is inserted."""
    result: list[tuple[Op, str]] = []
    for is_equal, run in groupby(edits, lambda edit: edit[0] is Op.EQUAL):
        pieces = list(run)
        for op in (Op.EQUAL,) if is_equal else (Op.DELETE, Op.INSERT):
            text = "".join(piece for kind, piece in pieces if kind is op)
            if text:
                result.append((op, text))
    return result
