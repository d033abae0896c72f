"""Where a text contains terms: snippets with the words marked, and scores for an order by relevance."""

import math
import re
from collections.abc import Sequence
from functools import lru_cache

from ingestd.text.search.characters import ACCENTS, SPACES, WORD_BOUNDARIES
from ingestd.text.search.han_variants import equal_letters
from ingestd.text.search.index_words import is_word_letter

SNIPPET_CHARS = 60
#: So much of a text is looked through for snippets and scores.
MAX_MARKED_CHARS = 100_000
#: A term in the title counts as much as so many in the text.
_TITLE_WEIGHT = 5.0
# Constants of BM25 (Robertson, Walker: Okapi at TREC-3): saturation of repeated terms, and the influence of the length.
_SATURATION, _LENGTH_INFLUENCE, _USUAL_CHARS = 1.2, 0.75, 1000


@lru_cache(maxsize=256)
def term_pattern(term: str) -> re.Pattern[str]:
    """An expression that finds a folded term in a text as it is written."""
    letters = "".join(
        f"[{re.escape(equal_letters(char) if char != ' ' else f' {SPACES}')}][{ACCENTS}]*" for char in term
    )
    before = f"(?<![^{WORD_BOUNDARIES}])" if is_word_letter(term[0]) else ""
    after = f"(?![^{WORD_BOUNDARIES}])" if is_word_letter(term[-1]) else ""
    return re.compile(before + letters + after)


def found_ranges(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """(start, end) of everything that is found in a text, in its order, without overlaps."""
    found = sorted(
        (match.span() for term in terms for match in term_pattern(term).finditer(text, 0, MAX_MARKED_CHARS)),
        key=lambda at: (at[0], -at[1]),
    )
    ranges: list[tuple[int, int]] = []
    for start, end in found:
        if ranges and start <= ranges[-1][1]:
            ranges[-1] = ranges[-1][0], max(end, ranges[-1][1])
        else:
            ranges.append((start, end))
    return ranges


def marked_pieces(text: str, terms: Sequence[str], start: int = 0, end: int | None = None) -> list[tuple[str, bool]]:
    """A text from `start` to `end` in pieces: what is found in it (True), and what is between (False)."""
    end = len(text) if end is None else end
    pieces, at = [], start
    for first, last in found_ranges(text, terms):
        if first < start or last > end:
            continue
        pieces += [(text[at:first], False), (text[first:last], True)]
        at = last
    return [piece for piece in (*pieces, (text[at:end], False)) if piece[0]]


def mark(text: str, terms: Sequence[str], start: int = 0, end: int | None = None) -> str:
    """A text from `start` to `end` with everything that is found in it between « and »."""
    return "".join(f"«{piece}»" if found else piece for piece, found in marked_pieces(text, terms, start, end))


def snippet_range(text: str, terms: Sequence[str], chars: int = SNIPPET_CHARS) -> tuple[int, int]:
    """(start, end) of the part of a text around the first term found; its beginning where there is none."""
    first, last = next(iter(found_ranges(text, terms)), (0, 0))
    start = max(0, first - chars // 3)
    return start, min(len(text), max(start + chars, last))


def snippet(text: str, terms: Sequence[str], chars: int = SNIPPET_CHARS) -> str:
    """The part of a text around the first term found, on one line and marked; its beginning where there is none."""
    start, end = snippet_range(text, terms, chars)
    shown = mark(text, terms, start, end)
    return f"{'…' if start else ''}{' '.join(shown.split())}{'…' if end < len(text) else ''}"


def relevance(title: str, text: str, weights: dict[str, float]) -> float:
    """How well a post answers: BM25 over how often its text has each term, and its title, times the term's weight."""
    length = 1 - _LENGTH_INFLUENCE + _LENGTH_INFLUENCE * len(text) / _USUAL_CHARS
    score = 0.0
    for term, weight in weights.items():
        pattern = term_pattern(term)
        count = len(pattern.findall(text, 0, MAX_MARKED_CHARS)) + _TITLE_WEIGHT * len(pattern.findall(title))
        score += weight * count * (_SATURATION + 1) / (count + _SATURATION * length)
    return score


def term_weights(texts: Sequence[tuple[str, str]], terms: Sequence[str]) -> dict[str, float]:
    """The weight of each term among posts, given as (title, text): the fewer of them have it, the more it says."""
    weights = {}
    for term in terms:
        pattern = term_pattern(term)
        having = sum(1 for title, text in texts if pattern.search(title) or pattern.search(text))
        weights[term] = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
    return weights
