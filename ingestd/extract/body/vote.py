"""Which of several texts is the article: the one that the others agree with most. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff]|[^\W\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff]+")
_CJK_CHAR = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_MAX_FRAGMENT_SHARE = 0.6
_MAX_COMPARED_CHARS = 100_000
_HINT_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class TextCandidate:
    """One candidate: its clean HTML and plain text. The first of a list is the one that wins ties."""

    name: str
    html: str
    text: str


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Runs of `size` tokens with their counts; a token is a word, or one Han or Kana character."""
    tokens = _TOKEN.findall(text[:_MAX_COMPARED_CHARS].casefold())
    size = min(size, len(tokens)) or 1
    return Counter(zip(*(tokens[start:] for start in range(size)), strict=False))


def shingle_f1(ours: Counter[tuple[str, ...]], theirs: Counter[tuple[str, ...]]) -> float:
    """F1 of two texts' shingles, 0 to 1."""
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 0.0


def rank_candidates(options: Sequence[TextCandidate], hint: str = "") -> list[tuple[TextCandidate, float]]:
    """The options with scores 0 to 1, best first: mean agreement with the others, and the hint held."""
    grams = [shingles(option.text) for option in options]
    wanted = shingles(hint) if len(hint) > 20 else Counter()
    scored = []
    for index, option in enumerate(options):
        others = [shingle_f1(grams[index], other) for place, other in enumerate(grams) if place != index]
        score = sum(others) / len(others) if others else 1.0
        if wanted:
            score = (score + _HINT_WEIGHT * (wanted & grams[index]).total() / wanted.total()) / (1 + _HINT_WEIGHT)
        scored.append((option, round(score, 4)))
    ranked = sorted(scored, key=lambda pair: -pair[1])
    if len(ranked) == 2 and not wanted and is_fragment(ranked[0][0].text, ranked[1][0].text):
        ranked.reverse()
    return ranked


def is_fragment(text: str, other: str) -> bool:
    """True where `text` looks like a piece of an article of which `other` has more.

    Two texts agree equally with each other, so length must decide. Not for Chinese, Japanese and Korean, where the
    longer of two answers mostly has comments and lists of other articles in it.
    """
    return len(text) < _MAX_FRAGMENT_SHARE * len(other) and _cjk_share(other) < 0.2


def _cjk_share(text: str) -> float:
    sample = text[:5_000]
    return len(_CJK_CHAR.findall(sample)) / len(sample) if sample else 0.0
