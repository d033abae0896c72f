"""How alike two texts are, as the share of their runs of four tokens: the measure of the evaluation set.

A Han character, a kana and a hangul syllable is a token each; of other scripts a word is one. Case and everything
that is neither letter nor digit does not count.
"""

import re
from collections import Counter

LENGTH = 4
_ONE_BY_ONE = (
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_ONE_BY_ONE}]|[^\W_{_ONE_BY_ONE}]+")


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.casefold())


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Every run of four tokens and how often it occurs; a shorter text is one run."""
    found = tokens(text)
    if len(found) < LENGTH:
        return Counter([tuple(found)] if found else [])
    return Counter(tuple(found[start : start + LENGTH]) for start in range(len(found) - LENGTH + 1))


def f1(expected: str, got: str) -> float:
    """Harmonic mean of precision and recall, 0 to 1; two empty texts are alike."""
    wanted, had = shingles(expected), shingles(got)
    if not wanted and not had:
        return 1.0
    common = (wanted & had).total()
    return 2 * common / (wanted.total() + had.total())
