"""Digests by which two versions of a text are compared: equal where only noise differs."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ingestd.model.feed import Entry
from ingestd.text.plain_text import plain_text


@lru_cache(maxsize=16)  # the text of a post is most often that of its entry
def content_digest(title: str, text: str) -> str:
    """What a post says, as 32 characters: equal for two versions between which only trifles changed.

    Trifles are white space, punctuation, letter case and width (NFKC), URLs, counters of readers and comments, relative
    times, labels of advertisements, and the dates in lines of their own.
    """
    words = _said(_substance(_folded(title))) + _said_by_text(text)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


@lru_cache(maxsize=16)  # the title of a page is often not that of its entry, the text is
def _said_by_text(text: str) -> str:
    return _said("\n".join(map(_substance, _folded(text).split("\n"))))


def _said(text: str) -> str:
    return "".join(_SAID.findall(text))


def entry_digest(entry: Entry) -> str:
    """What an entry says by itself: equal as long as its title and its text are."""
    return content_digest(entry.title, plain_text(entry.content or entry.summary))


#: A line that is no longer than this may be a line of metadata, in which a date is not part of the article.
_META_LINE = 100
_URL = re.compile(r"https?://[^\s<>\"]+")
_NUMBER = r"(?<!\d)\d{1,3}(?:[,.]?\d{1,3}){0,4}\s?[万萬千km]?\+?"
_READERS = (
    r"(?:阅读|閱讀|浏览|瀏覽|评论|評論|点赞|點讚|转发|轉發)(?:数|數|量|次数|次數)?"
    r"|\b(?:page ?views?|views?|comments?)\b"
)
_CROWD = (
    r"(?:观看|觀看|点击|點擊|播放|回复|回覆|留言|收藏|分享)(?:数|數|量|次数|次數)?"
    r"|\b(?:reads?|repl(?:y|ies)|likes?|shares?|retweets?|points?|votes?)\b"
)


def _counter(words: str, mark: str) -> re.Pattern[str]:
    """A number beside one of the words, in either order; `mark` is what stands between where the word comes first."""
    return re.compile(
        rf"(?:{words})\s?{mark}\s?{_NUMBER}\s?[次人条條]?\s?\)?|{_NUMBER}\s?[次人条條个個]?\s?(?:{words})"
    )


#: Counters wherever they stand, and those whose words mean other things in a sentence ("won by 5 points").
_COUNTER, _SHORT_COUNTER = _counter(_READERS, "[:(]?"), _counter(_CROWD, "[:(]")
_AGO = re.compile(
    r"(?<!\d)\d{1,4}\s?(?:秒|分钟|分鐘|小时|小時|天|日|周|週|个月|個月|年)(?:以)?前|刚刚|剛剛"
    r"|\b(?:\d{1,4}|an?)\s(?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)\sago\b|\bjust now\b"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = re.compile(
    r"(?<!\d)\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}(?:\s?日)?(?!\d)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s{_MONTH}(?:,?\s\d{{4}})?\b|\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?\b"
    r"|(?<!\d)\d{1,2}\s?:\s?\d{2}(?:\s?:\s?\d{2})?(?:\.\d+)?\s?(?:[ap]\.?m\.?\b|z\b|utc\b|gmt\b|[+-]\d{2}:?\d{2})?"
)
_ADVERTISEMENT = re.compile(r"\W*(?:advertisements?|sponsored(?: content)?|广告|廣告|推广|推廣|赞助内容)\W*")
# Kept beside words and digits: what changes the meaning of a number, and pictographs.
_SAID = re.compile("[\\w$€£¥₩%+°\U0001f300-\U0001faff]+|[-\u2212](?<!\\w.)(?=\\d)")
# Where a line has none of these words the expression finds nothing in it, and costs ten times as much as the words.
_COUNTED = (*("view", "comment", "阅读", "閱讀", "浏览", "瀏覽", "评论", "評論"), *("点赞", "點讚", "转发", "轉發"))
_AGED = ("ago", "just now", "前", "刚刚", "剛剛")
_DIGIT = re.compile(r"\d")


def _folded(text: str) -> str:
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()


def _substance(line: str) -> str:
    """What a line (NFKC, case folded) says once everything is taken out of it that changes by itself."""
    if _ADVERTISEMENT.fullmatch(line):
        return ""
    for trifle in _trifles(line):
        line = trifle.sub(" ", line)
    return line


def _trifles(line: str) -> Iterator[re.Pattern[str]]:
    if "//" in line:
        yield _URL
    if not (_DIGIT.search(line) or "just now" in line or "刚刚" in line or "剛剛" in line):
        return
    if any(word in line for word in _COUNTED):
        yield _COUNTER
    if any(word in line for word in _AGED):
        yield _AGO
    if len(line) <= _META_LINE:
        yield from (_SHORT_COUNTER, _DATE)
