"""Whether the content of a feed entry is the complete article. Decided from plain texts alone."""

import re
from itertools import islice

from ingestd.text.characters import CJK, HAN
from ingestd.text.latin_1 import LATIN_1, latin_1

_CUT_ENDINGS = ("…", "...", "。。。", "&hellip;", "…]", "...]", "。。。]", "&hellip;]", "(...)", "»")
_READ_MORE = re.compile(
    r"(?:read (?:more|on|the (?:full|rest|whole)[\w ]{0,30})|continue reading|more\s*(?:»|→|>)"
    r"|full (?:story|article|text)|keep reading|view (?:more|article)"
    r"|(?:阅读|閱讀|查看|点击查看|點擊查看|点击阅读|點擊閱讀)?(?:全文|原文|更多|剩余内容|餘下全文"
    r"|余下全文)|繼續閱讀|继续阅读|続きを読む|더보기)"
    r"[\s.…>»→\])）]*$",
    re.IGNORECASE,
)
#: `_READ_MORE` matches only where one of these words is in the text in lower case. This test costs a tenth of it.
_READ_MORE_WORDS = ("read", "more", "full ", "ew art")
_READ_MORE_WORDS_CJK = ("全文", "原文", "更多", "剩余内容", "閱讀", "阅读", "読む", "더보기")
_APPEARED_ON = re.compile(
    r"\s*(?:The post .{1,300} (?:first )?appeared (?:first )?on .{1,200}|本文(?:首发于|来自).{1,100})\s*$",
    re.IGNORECASE | re.DOTALL,
)
_APPEARED_ON_WORDS = ("ppeared", "PPEARED", "本文")
_SENTENCE_END_CHARS = frozenset(".!?。！？…”」』\"')）】")
# One class at its begin, by which the search passes over all other characters quickly.
_SENTENCE_END = re.compile(r"[.!?。！？](?:(?<=[。！？])|\s|$)")
# Han only: with kana and hangul, Japanese and Korean texts would reach _MIN_LONG_TEXT_WEIGHT at 600 characters.
_HAN_RUN = re.compile(f"[{HAN}]+")
# Each Chinese, Japanese or Korean character is a token, as is each word of other scripts.
_TOKENS = re.compile(f"([{CJK}]+)|([^\\W_]+)")
#: Each letter and digit of Latin-1 in lower case, and a space for anything else.
_LOWER_WORDS = "".join(char.lower() if _TOKENS.match(char) else " " for char in LATIN_1).encode("latin-1")
_MAX_COMPARED_CHARS = 200_000
#: From this score on the content of a feed is taken as the complete article.
MIN_COMPLETE_SCORE = 0.5
#: From this weight on (in Latin letters) length adds to the score.
_MIN_LONG_TEXT_WEIGHT = 1500
#: What is subtracted from the score of a description, which is seldom complete.
_DESCRIPTION_PENALTY = 0.2


def completeness_score(
    content_text: str, summary_text: str = "", page_text: str | None = None, *, is_description: bool = False
) -> float:
    """How likely the content of a feed is the complete article, 0 to 1.

    Truncation ("…", "read more", 阅读全文) gives a low score. With the text of the page, the share of it that the
    content covers decides; without it, sentences, paragraphs and the relation to the summary. Length alone never
    decides: a Chinese item of two sentences may be complete. With `is_description` the feed has only a description
    or summary, which mostly is not complete.
    """
    content = content_text.strip()
    end = content[-600:]
    if any(word in end for word in _APPEARED_ON_WORDS):
        content = _APPEARED_ON.sub("", content).strip()
    if not content:
        return 0.0
    if is_truncated(content):
        return 0.1
    if page_text is not None and page_text.strip():
        return _score_by_page(content, page_text)
    score = _score_by_structure(content, summary_text.strip())
    return round(max(0.0, score - _DESCRIPTION_PENALTY), 3) if is_description else score


def has_clearly_less(text: str, other: str) -> bool:
    """Whether a text is clearly shorter than another one, a Chinese character counted for more than a Latin letter.

    A page that has so much less than its feed is a paywall, an error message, or filled by a script.
    """
    return _text_weight(text) < 0.6 * _text_weight(other)


def _text_weight(text: str) -> float:
    return len(text) if text.isascii() else len(text) + 1.5 * sum(map(len, _HAN_RUN.findall(text)))


def _is_long_text(text: str) -> bool:
    length = len(text)
    return length >= _MIN_LONG_TEXT_WEIGHT or (
        length * 2.5 >= _MIN_LONG_TEXT_WEIGHT and _text_weight(text) >= _MIN_LONG_TEXT_WEIGHT
    )


def is_truncated(text: str) -> bool:
    """Whether a text ends in an ellipsis or in a link such as "read more"."""
    tail = text[-120:].rstrip()
    return tail.endswith(_CUT_ENDINGS) or (_may_say_read_more(tail.lower()) and bool(_READ_MORE.search(tail)))


def _may_say_read_more(tail: str) -> bool:
    if any(word in tail for word in _READ_MORE_WORDS):
        return True
    return not tail.isascii() and any(word in tail for word in _READ_MORE_WORDS_CJK)


def _score_by_page(content: str, page_text: str) -> float:
    ours, theirs = _shingle_set(content), _shingle_set(page_text)
    if not theirs:
        return 0.9
    shared = len(ours & theirs)
    covered = shared / len(theirs)
    kept = shared / len(ours) if ours else 0.0
    if covered >= 0.8:
        return 0.95
    if kept < 0.3 and len(ours) > len(theirs):
        # The page shows another text: a paywall, a teaser, another article.
        return 0.8
    if len(ours) >= len(theirs):
        return 0.7
    return round(covered * 0.6, 3)


def _shingle_set(text: str) -> frozenset[tuple[str, ...]]:
    tokens = _tokens(text)
    size = min(4, len(tokens)) or 1
    return frozenset(zip(*(tokens[start:] for start in range(size)), strict=False))


def _tokens(text: str) -> list[str]:
    latin = latin_1(text)
    if latin is not None:
        return latin[:_MAX_COMPARED_CHARS].translate(_LOWER_WORDS).decode("latin-1").split()
    tokens: list[str] = []
    for characters, word in _TOKENS.findall(text.lower()[:_MAX_COMPARED_CHARS]):
        if word:
            tokens.append(word)
        else:
            tokens += characters
    return tokens


def _score_by_structure(content: str, summary: str) -> float:
    sentences = len(list(islice(_SENTENCE_END.finditer(content), 3)))
    paragraphs = [len(line) > 20 for line in content.splitlines()].count(True)
    score = 0.3
    score += 0.2 if content[-1] in _SENTENCE_END_CHARS else -0.15
    score += 0.2 if sentences >= 3 else (0.05 if sentences >= 1 else -0.2)
    score += 0.2 if paragraphs >= 3 else (0.1 if paragraphs == 2 else 0.0)
    score += 0.15 if _is_long_text(content) else 0.0
    if summary and summary != content:
        score += 0.15 if len(content) > len(summary) * 1.5 else -0.1
    return round(max(0.0, min(1.0, score)), 3)
