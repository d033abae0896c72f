"""Digests by which two versions of an article are compared: equal where only incidental text differs."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ingestd.model.feed import Entry
from ingestd.text.latin_1 import LATIN_1, latin_1
from ingestd.text.plain_text import plain_text

# The longest text that is kept, with what is derived from it, for the next call.
_MAX_CACHED_CHARS = 50_000


def content_digest(title: str, text: str) -> str:
    """The digest of an article's title and plain text, 32 characters: equal where only incidental text differs.

    Incidental are white space, punctuation, letter case and width (NFKC), URLs, counters of readers and comments,
    relative times, labels of advertisements, and dates in short lines.
    """
    return (_content_digest if len(title) + len(text) > _MAX_CACHED_CHARS else _cached_digest)(title, text)


def _content_digest(title: str, text: str) -> str:
    of_text = _significant_of_text if len(text) > _MAX_CACHED_CHARS else _cached_significant
    words = _significant(_without_incidentals(_fold(title))) + of_text(text)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]


def _significant_of_text(text: str) -> str:
    return _significant("\n".join(map(_without_incidentals, _fold(text).split("\n"))))


# The text of a post is often that of its entry; the title of a page often is not that of its entry.
_cached_digest = lru_cache(maxsize=16)(_content_digest)
_cached_significant = lru_cache(maxsize=16)(_significant_of_text)


def significant_text(text: str) -> str:
    """What the digest of a text is made of: its letters and digits, without what is incidental."""
    return _significant_of_text(text)


def has_all_lines(text: str, other: str) -> bool:
    """Whether a text has the words of all lines of another one."""
    words = significant_text(text)
    return all(significant_text(line) in words for line in other.split("\n"))


def _significant(text: str) -> str:
    latin = latin_1(text)
    if latin is None or _MAY_BE_MINUS.search(text):
        return "".join(_SIGNIFICANT.findall(text))
    return latin.translate(None, _INSIGNIFICANT).decode("latin-1")


def entry_digest(entry: Entry) -> str:
    """The content digest of an entry: of its title and its content, or its summary where it has none."""
    return content_digest(entry.title, plain_text(entry.content or entry.summary))


# Up to this length a line may be metadata, in which a date is not part of the article.
_MAX_METADATA_LINE_CHARS = 100
_URL = re.compile(r"https?://[^\s<>\"]+")
_NUMBER = r"(?<!\d)\d{1,3}(?:[,.]?\d{1,3}){0,4}\s?[万萬千km]?\+?"
_READER_WORDS = (
    r"(?:阅读|閱讀|浏览|瀏覽|评论|評論|点赞|點讚|转发|轉發|閲覧|조회)(?:数|數|量|次数|次數|수)?"
    r"|\b(?:page ?views?|views?|comments?)\b"
)
_REACTION_WORDS = (
    r"(?:观看|觀看|点击|點擊|播放|回复|回覆|留言|收藏|分享)(?:数|數|量|次数|次數)?"
    r"|\b(?:reads?|repl(?:y|ies)|likes?|shares?|retweets?|points?|votes?|hits?|readers? online)\b"
    r"|\b(?:kommentare?|commentaires?|coment[aá]rios?|visualiza(?:ções|ciones)|aufrufe)\b"
    r"|\b(?:просмотр(?:а|ов|ы)?|комментари(?:й|я|ев|и))\b|댓글|コメント"
)


def _counter(words: str, mark: str) -> re.Pattern[str]:
    """A number beside one of the words, in either order; `mark` stands between them where the word comes first."""
    return re.compile(
        rf"(?:{words})\s?{mark}\s?{_NUMBER}\s?[次人条條]?\s?\)?|{_NUMBER}\s?[次人条條个個]?\s?(?:{words})"
    )


# Counters anywhere, and those in short lines only: in a sentence their words are text ("won by 5 points").
_COUNTER, _SHORT_COUNTER = _counter(_READER_WORDS, "[:(]?"), _counter(_REACTION_WORDS, "[:(]")
# Lines of plug-ins for blogs: "(Visited 12 times, 1 visits today)", "[Total: 5 Average: 4.2]", "👍 12".
_VISITS = re.compile(
    rf"\b(?:visited|viewed|read)\s{_NUMBER}\stimes?|{_NUMBER}\svisits?\stoday"
    rf"|\btotal:\s?{_NUMBER}\s+average:\s?{_NUMBER}|\brating:\s?{_NUMBER}(?:/\d+)?"
    rf"|[👍👎❤♥💬👏🔥]\ufe0f?\s?{_NUMBER}"
)
_AGO_CHINESE = r"(?<!\d)\d{1,4}\s?(?:秒|分钟|分鐘|小时|小時|天|日|周|週|个月|個月|年)(?:以)?前|刚刚|剛剛"
_AGO_ENGLISH = (
    r"\b(?:\d{1,4}|an?)\s(?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)\sago\b|\bjust now\b"
)
_AGO = re.compile(f"{_AGO_CHINESE}|{_AGO_ENGLISH}")
# A line with words of one language alone is matched in a third of the time.
_AGO_BY_LANGUAGE = {
    (True, True): _AGO,
    (True, False): re.compile(_AGO_CHINESE),
    (False, True): re.compile(_AGO_ENGLISH),
}
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = re.compile(
    r"(?<!\d)\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}(?:\s?日)?(?!\d)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s{_MONTH}(?:,?\s\d{{4}})?\b|\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?\b"
    r"|(?<!\d)\d{1,2}\s?:\s?\d{2}(?:\s?:\s?\d{2})?(?:\.\d+)?\s?(?:[ap]\.?m\.?\b|z\b|utc\b|gmt\b|[+-]\d{2}:?\d{2})?"
)
_ADVERTISEMENT = re.compile(r"\W*(?:advertisements?|sponsored(?: content)?|广告|廣告|推广|推廣|赞助内容)\W*")
# What is digested: words, digits, currency signs, percent, degree, plus, a minus before a digit, and pictographs.
_SIGNIFICANT = re.compile("[\\w$€£¥₩%+°\U0001f300-\U0001faff]+|[-\u2212](?<!\\w.)(?=\\d)")
# Of Latin texts without a minus what is not digested is a matter of single characters.
_MAY_BE_MINUS = re.compile("[-\u2212][0-9]")
_INSIGNIFICANT = "".join(char for char in LATIN_1 if not _SIGNIFICANT.match(char)).encode("latin-1")
# A line without any of these words cannot match, and looking for the words costs a tenth of matching.
_COUNTER_WORDS = (
    *("view", "comment", "阅读", "閱讀", "浏览", "瀏覽", "评论", "評論"),
    *("点赞", "點讚", "转发", "轉發", "閲覧", "조회"),
)
# A short line without the beginning of one of the words has no such counter.
_may_have_counter = re.compile(
    "观看|觀看|点击|點擊|播放|回复|回覆|留言|收藏|分享|댓글|コメント|[👍👎❤♥💬👏🔥]"
    r"|\b(?:read|repl|like|share|retw|poin|vote|hits?\b|komm|comm|come|visu|aufr|прос|комм|visi|view|tota|rati)"
).search
_AGO_WORDS = (("前", "刚刚", "剛剛"), ("ago", "just now"))
_DIGIT = re.compile(r"\d")


# What NFKC makes of the characters that most texts are not normalised by. A text that has no others is left as it is,
# in a tenth of the time that it would take to be normalised.
_COMMON_NFKC = tuple((char, unicodedata.normalize("NFKC", char)) for char in "，！？：；（）％～．…\u3000\xa0")


def _fold(text: str) -> str:
    if text.isascii():
        return text.casefold()
    for char, normal in _COMMON_NFKC:
        text = text.replace(char, normal)
    return unicodedata.normalize("NFKC", text).casefold()


def _without_incidentals(line: str) -> str:
    """A line (NFKC, case folded) without its incidental text."""
    if _ADVERTISEMENT.fullmatch(line):
        return ""
    for pattern in _incidental_patterns(line):
        line = pattern.sub(" ", line)
    return line


def _incidental_patterns(line: str) -> Iterator[re.Pattern[str]]:
    if "//" in line:
        yield _URL
    if not (_DIGIT.search(line) or " ago" in line or "just now" in line or "刚刚" in line or "剛剛" in line):
        return
    if any(map(line.__contains__, _COUNTER_WORDS)):
        yield _COUNTER
    is_chinese, is_english = (any(map(line.__contains__, words)) for words in _AGO_WORDS)
    if is_chinese or is_english:
        yield _AGO_BY_LANGUAGE[is_chinese, is_english]
    if len(line) <= _MAX_METADATA_LINE_CHARS:
        if _may_have_counter(line):
            yield from (_SHORT_COUNTER, _VISITS)
        yield _DATE
