"""Builds the post of an entry and its article. Pure.

A post's date is the feed's published time, never later than the time of ingestion; its author the entry's, else the
page's, else the source's name; its tags and categories those of the source. docs/identity.md says why.
"""

from dataclasses import replace
from datetime import UTC, datetime

from ingestd.archive.images.formats import image_urls
from ingestd.model.article import Article
from ingestd.model.feed import Entry, Timestamp
from ingestd.model.post import DateOrigin, NewPost, Post
from ingestd.model.source import Source
from ingestd.text.content_digest import content_digest, entry_digest
from ingestd.text.plain_text import clean_line, plain_text
from ingestd.text.times import epoch_ms

#: The longest title that is kept, in characters; a longer one is a text in the wrong place, and ends in an ellipsis.
MAX_TITLE_CHARS = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def build_post(
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


def append_article_page(first: Article, following: Article) -> Article:
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


def build_new_post(
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
    post = build_post(entry, article, source, now=now, from_url=from_url)
    return NewPost(
        post=post,
        keys=keys,
        seen_at=seen_at,
        content_digest=content_digest(post.title, post.text),
        entry_digest=entry_digest(entry),
        item_digest=entry.digest or None,
        media=image_urls(post) if source.media else (),
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
            return line if len(line) <= MAX_TITLE_CHARS else line[: MAX_TITLE_CHARS - 1] + "…"
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
