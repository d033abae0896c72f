"""A vote between candidate texts of one article: the text that the others agree with most is ranked first. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingestd.text.characters import CJK, HAN, KANA

# Each character of Han and kana is a token, since they are written without spaces. Korean words are tokens.
_TOKEN = re.compile(rf"[{HAN}{KANA}]|[^\W{HAN}{KANA}]+")
_CJK_CHAR = re.compile(f"[{CJK}]")
#: A text with less than this share of the length of another is a fragment of it.
_MAX_FRAGMENT_SHARE = 0.6
_MAX_COMPARED_CHARS = 100_000
_MIN_FEED_TEXT_CHARS = 20
_FEED_TEXT_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class TextCandidate:
    """A candidate for the article: its clean HTML and plain text. Of equal scores the first in a list ranks first."""

    name: str
    html: str
    text: str


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Runs of `size` tokens with their counts. A token is a word, or one Han or kana character."""
    tokens = _TOKEN.findall(text[:_MAX_COMPARED_CHARS].casefold())
    size = min(size, len(tokens)) or 1
    return Counter(zip(*(tokens[start:] for start in range(size)), strict=False))


def shingle_f1(first: Counter[tuple[str, ...]], second: Counter[tuple[str, ...]]) -> float:
    """The F1 score of the shingles of two texts, 0 to 1."""
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


def rank_candidates(candidates: Sequence[TextCandidate], feed_text: str = "") -> list[tuple[TextCandidate, float]]:
    """The candidates with scores 0 to 1, best first.

    The score is the mean F1 with the other candidates, with a share for how much of the feed's text is in it.
    """
    grams = [shingles(candidate.text) for candidate in candidates]
    wanted = shingles(feed_text) if len(feed_text) > _MIN_FEED_TEXT_CHARS else Counter()
    scored = []
    for index, candidate in enumerate(candidates):
        others = [shingle_f1(grams[index], other) for place, other in enumerate(grams) if place != index]
        score = sum(others) / len(others) if others else 1.0
        if wanted:
            found = (wanted & grams[index]).total() / wanted.total()
            score = (score + _FEED_TEXT_WEIGHT * found) / (1 + _FEED_TEXT_WEIGHT)
        scored.append((candidate, round(score, 4)))
    ranked = sorted(scored, key=lambda pair: -pair[1])
    if len(ranked) == 2 and not wanted and is_fragment(ranked[0][0].text, ranked[1][0].text):
        ranked.reverse()
    return ranked


def is_fragment(text: str, other: str) -> bool:
    """Whether `text` seems to be a part of an article of which `other` has more.

    Two texts have the same F1 with each other, so their lengths decide. Not so for Chinese, Japanese and Korean, where
    the longer text mostly includes comments and lists of other articles.
    """
    return len(text) < _MAX_FRAGMENT_SHARE * len(other) and _cjk_share(other) < 0.2


def _cjk_share(text: str) -> float:
    sample = text[:5_000]
    return len(_CJK_CHAR.findall(sample)) / len(sample) if sample else 0.0
