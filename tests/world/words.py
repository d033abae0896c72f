"""Invented text: every article has words of its own, so that a text tells whose it is.

The name of an article (`invented_name`) stands in its title and in each of its paragraphs, and nowhere else.
"""

from collections.abc import Iterable
from itertools import pairwise
from random import Random

_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "dr", "st", "tr")
_VOWELS = ("a", "e", "i", "o", "u")
_SYLLABLES = tuple(onset + vowel for onset in _ONSETS for vowel in _VOWELS)
_JOINTS = ("the", "of", "and", "in", "with", "for", "that", "from", "was", "has")
_HAN = (
    "城市河流学校老师春天秋收历史地图火车码头工厂医院图书议会法院农民渔船气象音乐电影邻居广场花园桥梁隧道山谷海岸"
    "讨论决定修建恢复调查公布解释反对支持参加访问研究记录保存整理发现寻找等待离开返回开始结束增加减少改变继续准备完成"
)
#: The share of pairs of letters (Dice's coefficient) that the headlines of two articles may have in common. Invented
#: words are of few syllables: of a thousand pairs of headlines one is more alike than those of two articles ever are.
MAX_SHARED_PAIRS = 0.55
#: Letters by which numbers are spelt in invented names.
_DIGITS = ("ba", "ko", "li", "mu", "ne", "po", "ra", "so", "ti", "vu")


def invented_name(number: int) -> str:
    """A word that no other number has and that occurs in no other text: `Xbabababakolivaq` for 12."""
    return "X" + "".join(_DIGITS[int(digit)] for digit in f"{number:06}") + "vaq"


def word(rng: Random) -> str:
    """An invented word of two to four syllables."""
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4)))


def sentence(rng: Random, language: str, name: str = "") -> str:
    """One sentence; with `name` in it where that is given."""
    if language == "zh":
        parts = ["".join(rng.choices(_HAN, k=rng.randint(6, 14))) for _ in range(rng.randint(2, 3))]
        if name:
            parts[0] += name
        return "，".join(parts) + "。"
    words = [word(rng) if rng.random() < 0.6 else rng.choice(_JOINTS) for _ in range(rng.randint(8, 16))]
    if name:
        words.insert(rng.randint(1, len(words)), name)
    text = " ".join(words)
    return text[0].upper() + text[1:] + "."


def paragraph(rng: Random, language: str, name: str) -> str:
    """Three to six sentences; the name stands in the first."""
    following = [sentence(rng, language) for _ in range(rng.randint(2, 5))]
    return ("" if language == "zh" else " ").join([sentence(rng, language, name), *following])


def title(rng: Random, language: str, name: str) -> str:
    """A headline with the article's name."""
    if language == "zh":
        return "".join(rng.choices(_HAN, k=rng.randint(6, 12))) + name
    words = [word(rng) for _ in range(rng.randint(4, 7))]
    words.insert(rng.randrange(len(words)), name)
    text = " ".join(words)
    return text[0].upper() + text[1:]


def title_unlike(rng: Random, language: str, name: str, others: Iterable[str]) -> str:
    """A headline that is not like any of `others` by chance."""
    drawn, others = title(rng, language, name), tuple(others)
    while any(_shared_pairs(drawn, other) >= MAX_SHARED_PAIRS for other in others):
        drawn = title(rng, language, name)
    return drawn


def _shared_pairs(a: str, b: str) -> float:
    first, second = ({"".join(pair) for pair in pairwise(text.casefold())} for text in (a, b))
    return 2 * len(first & second) / (len(first) + len(second))


def person(rng: Random) -> str:
    """The name of an author."""
    return f"{word(rng).capitalize()} {word(rng).capitalize()}"
