"""The language of a text by the script that it is written in, for scripts that stand for one language."""

import re

from ingestd.text.characters import HAN, HANGUL

_KANA = "\u3041-\u30ff"
#: The language of each script, in the order in which a tie is decided: Japanese has Han characters beside kana.
_SCRIPTS = (
    ("ja", _KANA),
    ("ko", HANGUL),
    ("zh", HAN),
    ("th", "\u0e00-\u0e7f"),
    ("km", "\u1780-\u17ff"),
    ("my", "\u1000-\u109f"),
    ("si", "\u0d80-\u0dff"),
    ("ka", "\u10a0-\u10ff"),
    ("hy", "\u0530-\u058f"),
    ("he", "\u0590-\u05ff"),
    ("el", "\u0370-\u03ff"),
)
_RUNS = {language: re.compile(f"[{characters}]+") for language, characters in _SCRIPTS}
_EAST_ASIAN = ("ja", "ko", "zh")
_OTHERS = tuple(language for language in _RUNS if language not in _EAST_ASIAN)
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[A-Za-z]+")
_ASCII = re.compile(r"[\x00-\x7f]+")
#: Fewer characters of a script are a name or a quotation.
_MIN_CHARACTERS = 4
#: The number and share of kana from which a text with Han characters is Japanese: の alone occurs in Chinese names.
_MIN_KANA = 2
_MIN_KANA_SHARE = 0.1


def script_language(text: str) -> str | None:
    """The language tag (`zh`, `ja`, `ko`, `th`, …) of a text mostly in one of these scripts; None for any other.

    Latin words count as one character each, since one Han character is about as much as a word.
    """
    if text.isascii():
        return None
    # Han characters come first: a Chinese text is short without them.
    rest, runs = _RUNS["zh"].subn(" ", text)
    han, words = len(text) - len(rest) + runs, len(_WORD.findall(rest))
    text = _ASCII.sub(" ", rest)
    total = han + words + _chars(_LETTERS, text)
    counts = {"ja": _chars(_RUNS["ja"], text), "ko": _chars(_RUNS["ko"], text), "zh": han}
    if counts["ja"] >= _MIN_KANA and counts["ja"] >= _MIN_KANA_SHARE * (counts["ja"] + counts["zh"]):
        counts["ja"] += counts["zh"]
    if not any(counts.values()):
        counts = {language: _chars(_RUNS[language], text) for language in _OTHERS}
    language = max(counts, key=lambda key: counts[key])
    return language if counts[language] >= _MIN_CHARACTERS and counts[language] * 2 > total else None


def _chars(runs: re.Pattern[str], text: str) -> int:
    return sum(map(len, runs.findall(text)))
