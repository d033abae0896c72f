"""Text as it is given to the search index: runs of Han, kana and hangul as overlapping pairs.

香港渡轮 becomes `香港 港渡 渡轮 轮`: every word of two characters is one of the index's words, a single character
begins one, and a longer word has all of its pairs. The tokenizer of the index (unicode61) does the rest: it separates
words and folds case and accents. The triggers of the database do the same in SQL (`ingestd.store.search_triggers`).
"""

import re
from functools import cache
from operator import add

from ingestd.text.search.characters import (
    ACCENTS,
    CJK_LETTERS,
    SYMBOLS,
    WIDE_LETTERS,
    WORD_BOUNDARIES,
    folding,
)

_RUN = re.compile(f"[{CJK_LETTERS}]+")
_ACCENT = re.compile(f"[{ACCENTS}]")
_SYMBOL = re.compile(f"[{SYMBOLS}]")
_WIDE = re.compile(f"[{WIDE_LETTERS}]")


# These take some milliseconds to compile, and most commands need none of them.
@cache
def _rare() -> re.Pattern[str]:
    return re.compile(f"[{ACCENTS}{SYMBOLS}{WIDE_LETTERS}]")


@cache
def _letter() -> re.Pattern[str]:
    return re.compile(f"[^{WORD_BOUNDARIES}\0]")


@cache
def _word() -> re.Pattern[str]:
    """One word of the index: a run of CJK letters, or of anything that is no boundary."""
    return re.compile(f"[{CJK_LETTERS}]+|[^{WORD_BOUNDARIES}\0]+")


def index_text(text: str) -> str:
    """What the index is given for a text; each word once more in its ordinary form where it has wide letters."""
    if text.isascii():
        return text
    if _rare().search(text):
        text = _SYMBOL.sub(" ", _ACCENT.sub("", text))
        if _WIDE.search(text):
            text += "\n" + _WIDE.sub(lambda match: folding()[ord(match[0])] or "", text)
    return _RUN.sub(_pairs, text)


def _pairs(match: re.Match[str]) -> str:
    run = match[0]
    return " " + " ".join(map(add, run, run[1:] + " ")) + " "


def index_words(term: str) -> tuple[list[str], str | None]:
    """(words, prefix): what the index must have of a post that contains `term`, a folded text.

    `prefix` is a last character of which nothing says how it goes on; None where the term does not end with a single
    one. Both are empty for a term of symbols alone.
    """
    words: list[str] = []
    prefix = None
    for match in _word().finditer(term):
        word = match[0]
        if not _RUN.match(word):
            words.append(word)
            continue
        words += [word[at : at + 2] for at in range(len(word) - 1)]
        if match.end() < len(term):
            words.append(word[-1])
        elif len(word) == 1:
            prefix = word
    return list(dict.fromkeys(words)), prefix


def is_word_letter(char: str) -> bool:
    """Whether a character belongs to a word that is sought whole: no separator, and no CJK letter."""
    return _letter().match(char) is not None


def is_one_index_word(term: str) -> bool:
    """Whether having the words of `term` is the same as containing it: one or two CJK letters, or one word."""
    match = _word().fullmatch(term)
    return match is not None and (len(term) <= 2 or not _RUN.match(term))
