"""From an entry and its article to a post: the seed's own rules, and when a text has changed.

A post's date is the feed's published time, never later than the time of ingestion; its author the entry's, else the
page's, else the source's name; its tags and categories those of the source. docs/identity.md says why.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from ingestd.images import addresses
from ingestd.plaintext import clean_line, plain_text
from ingestd.records import Article, DateOrigin, Entry, NewPost, Post, Source, Timestamp
from ingestd.times import epoch_ms

#: The longest title that is kept, in characters; a longer one is a text in the wrong place, and ends in an ellipsis.
MAX_TITLE = 1000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_post(
    entry: Entry, article: Article, source: Source, *, now: datetime, from_url: str, fetched_at: datetime | None = None
) -> Post:
    """The post of one article; `now` is the time of ingestion, `fetched_at` when its page (or feed) was read."""
    stamp, origin = _dated(entry, article)
    link_title = _title(entry, article)
    title = _front_title(link_title)
    return Post(
        from_url=from_url,
        title=title,
        link_title=link_title if link_title != title else None,
        date=_to_millisecond(min(stamp.utc, now) if stamp else now),
        author=_author(entry, article, source),
        tags=source.tags or (source.name,),
        categories=source.categories or (source.name,),
        content=article.html,
        text=article.text,
        published_ms=epoch_ms(entry.published.utc) if entry.published else None,
        fetched_at=_to_millisecond(fetched_at or now),
        date_origin=origin,
        body_origin=article.body_origin,
        zone_origin=stamp.zone_origin if stamp else None,
        date_raw=stamp.raw if stamp else _unused_date(entry),
        date_clamped=stamp is not None and stamp.utc > now,
        language=entry.language or article.language or source.language,
        image=article.image,
        modified_at=_modified(entry, article),
        enclosures=entry.enclosures,
        source_id=source.id or None,
    )


def join_articles(first: Article, following: Article) -> Article:
    """`first` with the text of its next part behind it; everything else stays as the first part said it.

    `next_page` is that of `following`, so that joining goes on from there. A part that repeats what is there already
    (some sites answer the first page again) is not added.
    """
    if not following.text or following.text in first.text:
        return replace(first, next_page=None)
    html = first.html + following.html
    return replace(
        first,
        html=html,
        text=plain_text(html),
        next_page=following.next_page,
        problems=first.problems + following.problems,
    )


def new_post(
    entry: Entry,
    article: Article,
    source: Source,
    *,
    from_url: str,
    keys: tuple[tuple[str, str], ...],
    seen_at: datetime,
    now: datetime,
) -> NewPost:
    """The post of an entry's article; `seen_at` is when the entry came, `now` the time of ingestion."""
    post = to_post(entry, article, source, now=now, from_url=from_url)
    return NewPost(
        post=post,
        keys=keys,
        seen_at=seen_at,
        content_digest=content_digest(post.title, post.text),
        entry_digest=entry_digest(entry),
        item_digest=entry.digest or None,
        media=addresses(post) if source.media else (),
    )


def _dated(entry: Entry, article: Article) -> tuple[Timestamp | None, DateOrigin]:
    """The time that dates the article, and who told it."""
    for stamp, origin in (
        (entry.published, DateOrigin.FEED),
        (article.published, DateOrigin.PAGE),
        (entry.updated, DateOrigin.FEED_UPDATED),
    ):
        if stamp is not None and not _is_placeholder(stamp.utc):
            return stamp, origin
    return None, DateOrigin.INGESTED


def _is_placeholder(moment: datetime) -> bool:
    """Whether a time is what programs write for "none": the zero of Unix, of Go and .NET, of a MySQL column."""
    return moment == _EPOCH or moment.year < 1000


def _unused_date(entry: Entry) -> str | None:
    """What the feed wrote for a date that could not be used: kept for whoever looks later."""
    return entry.published.raw if entry.published else next(iter(entry.unread_dates), None)


def _modified(entry: Entry, article: Article) -> datetime | None:
    stamp = article.modified or entry.updated
    return _to_millisecond(stamp.utc) if stamp and not _is_placeholder(stamp.utc) else None


def _to_millisecond(moment: datetime) -> datetime:
    """UTC to the millisecond, which is what is stored and exported; cut, so that it is never later than it was."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _title(entry: Entry, article: Article) -> str:
    """The entry's title, else the page's, else the opening words of the text; empty where there are none."""
    for candidate in (entry.title, article.title or ""):
        line = clean_line(candidate)
        if line:
            return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1] + "…"
    return _opening(article.text)


def _front_title(title: str) -> str:
    """The title as the archive format's front matter has it: without its first `...`; the link line keeps that."""
    return title.replace("...", "", 1).strip() or title


def _opening(text: str, length: int = 60) -> str:
    line = clean_line(text[: 4 * length])
    if len(line) <= length:
        return line
    cut = line[:length]
    words, space, _ = cut.rpartition(" ")
    # Chinese has no spaces between words: then the cut stands where it fell.
    return (words if space and len(words) > length // 2 else cut) + "…"


def _author(entry: Entry, article: Article, source: Source) -> str:
    for authors in (entry.authors, article.authors):
        names = [line for author in authors if (line := clean_line(author))]
        if names:
            return ", ".join(dict.fromkeys(names))
    return clean_line(source.name)


# ---------------------------------------------------------------------------------------------------------------------
# Has it changed?


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
