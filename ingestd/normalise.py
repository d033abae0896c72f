"""From an entry and its article to a post: the seed's own rules, and when a text has changed.

A post's date is the feed's published time, never later than the time of ingestion; its author the entry's, else the
page's, else the source's name; its tags and categories those of the source. See docs/identity.md.
"""

import hashlib
import re
import unicodedata
from datetime import UTC, datetime

from ingestd.records import Article, DateOrigin, Entry, Post, Source, Timestamp


def to_post(
    entry: Entry, article: Article, source: Source, *, now: datetime, from_url: str, fetched_at: datetime | None = None
) -> Post:
    """The post of one article; `now` is the time of ingestion, `fetched_at` when its page (or feed) was read."""
    stamp, origin = _date(entry, article)
    date = min(stamp.utc, now) if stamp else now
    return Post(
        from_url=from_url,
        title=_title(entry, article),
        date=_milliseconds(date),
        author=_author(entry, article, source),
        tags=source.tags or (source.name,),
        categories=source.categories or (source.name,),
        content=article.html,
        text=article.text,
        published_ms=round(entry.published.utc.timestamp() * 1000) if entry.published else None,
        fetched_at=_milliseconds(fetched_at or now),
        date_origin=origin,
        body_origin=article.body_origin,
        zone_origin=stamp.zone_origin if stamp else None,
        date_raw=stamp.raw if stamp else next(iter(entry.unread_dates), None),
        date_clamped=stamp is not None and stamp.utc > now,
        language=entry.language or article.language or source.language,
        image=article.image,
        modified_at=_modified(entry, article),
        enclosures=entry.enclosures,
        source_id=source.id or None,
    )


def _date(entry: Entry, article: Article) -> tuple[Timestamp | None, DateOrigin]:
    for stamp, origin in (
        (entry.published, DateOrigin.FEED),
        (article.published, DateOrigin.PAGE),
        (entry.updated, DateOrigin.FEED_UPDATED),
    ):
        if stamp is not None:
            return stamp, origin
    return None, DateOrigin.INGESTED


def _modified(entry: Entry, article: Article) -> datetime | None:
    stamp = article.modified or entry.updated
    return _milliseconds(stamp.utc) if stamp else None


def _milliseconds(time: datetime) -> datetime:
    """UTC to the millisecond, which is what is stored and exported."""
    time = time.astimezone(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _line(text: str) -> str:
    """One clean line: white space collapsed, control characters gone."""
    return "".join(char for char in " ".join(text.split()) if unicodedata.category(char) not in ("Cc", "Cs"))


def _title(entry: Entry, article: Article) -> str:
    for candidate in (entry.title, article.title or "", _opening(article.text)):
        line = _line(candidate)
        if line:
            return line
    return ""


def _opening(text: str, length: int = 60) -> str:
    """The first words of a text, for an article without any title."""
    line = _line(text[: 4 * length])
    if len(line) <= length:
        return line
    cut = line[:length]
    return (cut.rpartition(" ")[0] or cut) + "…"


def _author(entry: Entry, article: Article, source: Source) -> str:
    for authors in (entry.authors, article.authors):
        names = [line for author in authors if (line := _line(author))]
        if names:
            return ", ".join(dict.fromkeys(names))
    return _line(source.name)


_URL = re.compile(r"https?://[^\s<>\"]+")
_COUNTER_WORDS = (
    "阅读|閱讀|浏览|瀏覽|评论|評論|点赞|點讚|转发|轉發|收藏|分享|views?|comments?|likes?|shares?|reads?|replies|reply"
)
_COUNTER = re.compile(
    rf"(?:{_COUNTER_WORDS})[\s:：(（]{{0,3}}\d[\d,.]*[)）]?|\d[\d,.]*\s?(?:次|人|条|條)?(?:{_COUNTER_WORDS})", re.I
)
_NOT_WORD = re.compile(r"[\W_]+")


def content_digest(title: str, text: str) -> str:
    """What a post says, as one short string: equal for two versions between which only trifles changed.

    Trifles are white space, punctuation, letter case, width variants (NFKC), counters of readers and comments, and URLs.
    """
    words = unicodedata.normalize("NFKC", f"{title}\n{text}")
    words = _COUNTER.sub(" ", _URL.sub(" ", words))
    return hashlib.sha256(_NOT_WORD.sub("", words.casefold()).encode("utf-8", "replace")).hexdigest()[:32]


def is_revision(old: Post, new: Post) -> bool:
    """Whether `new` says something else than `old`: then the earlier text is worth keeping."""
    return content_digest(old.title, old.text) != content_digest(new.title, new.text)
