"""Builds posts, and updates of stored posts, from an entry and its article. Pure.

A post's date is the feed's published time, never later than the time of ingestion; its author the entry's, else the
page's, else the source's name; its tags and categories those of the source (docs/fields.md).
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingestd.archive.images.html_images import image_urls
from ingestd.model.article import PAGE_ORIGINS, Article, FetchedArticle
from ingestd.model.feed import Entry, Timestamp
from ingestd.model.post import DateOrigin, NewPost, Post, PostUpdate, RevisionReason
from ingestd.model.source import Source
from ingestd.text.content_digest import content_digest, entry_digest
from ingestd.text.plain_text import clean_line
from ingestd.text.times import epoch_ms

#: A longer title is cut and ends in an ellipsis: it is a whole text in the wrong field.
MAX_TITLE_CHARS = 1000
#: The length of a title that is made of the opening words of a text.
OPENING_CHARS = 60

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def build_post(
    entry: Entry, article: Article, source: Source, *, now: datetime, from_url: str, fetched_at: datetime | None = None
) -> Post:
    """The post of one article; `now` is the time of ingestion, `fetched_at` when its page (or feed) was fetched."""
    stamp, origin = _date(entry, article)
    link_title = _title(entry, article)
    title = _front_title(link_title)
    return Post(
        from_url=from_url,
        title=title,
        link_title=link_title if link_title != title else None,
        date=_to_millisecond(min(stamp.utc, now) if stamp else now),
        author=_author(entry, article, source),
        tags=_tags(entry, source),
        categories=source.categories or (source.name,),
        feed_categories=entry.categories,
        content=article.html,
        text=article.text,
        published_ms=epoch_ms(entry.published.utc) if entry.published else None,
        fetched_at=_to_millisecond(fetched_at or now),
        date_origin=origin,
        body_origin=article.body_origin,
        extraction_version=article.extraction_version,
        zone_origin=stamp.zone_origin if stamp else None,
        date_raw=stamp.raw if stamp else _unused_date(entry),
        date_clamped=stamp is not None and stamp.utc > now,
        language=entry.language or article.language or source.language,
        image=article.image,
        modified_at=_modified(entry, article),
        enclosures=entry.enclosures,
        source_id=source.id or None,
    )


def _tags(entry: Entry, source: Source) -> tuple[str, ...]:
    """The source's tags; with `tags = "feed"` the entry's own categories, where it has some."""
    own = tuple(category.term for category in entry.categories) if source.tags_from_feed else ()
    return own or source.tags or (source.name,)


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
    """The post of an entry's article, with what is stored beside it; `seen_at` is when the feed with the entry came."""
    post = build_post(entry, article, source, now=now, from_url=from_url)
    return NewPost(
        post=post,
        keys=keys,
        seen_at=seen_at,
        content_digest=content_digest(post.title, post.text),
        entry_digest=entry_digest(entry),
        item_digest=entry.digest or None,
        media=image_urls(post) if source.media else (),
        fingerprint=article.fingerprint,
    )


def build_update(
    stored: Post,
    article: Article,
    source: Source | None,
    *,
    title: str,
    image: str | None,
    now: datetime,
    reason: RevisionReason | None,
) -> PostUpdate:
    """The update that gives a stored post a new title and the text of `article`: the one maker of `PostUpdate`.

    `image` is the post's lead image after the update, `reason` that of the revision; None for an improvement, which
    makes no revision.
    """
    post = replace(stored, content=article.html, image=image)
    return PostUpdate(
        post_id=stored.id,
        title=title,
        content=article.html,
        text=article.text,
        content_digest=content_digest(title, article.text),
        at=now,
        reason=reason,
        body_origin=article.body_origin,
        extraction_version=article.extraction_version,
        media=image_urls(post) if source is not None and source.media else (),
        fingerprint=article.fingerprint,
    )


def build_fetched_update(
    stored: Post,
    fetched: FetchedArticle,
    source: Source,
    *,
    entry: Entry | None,
    now: datetime,
    reason: RevisionReason | None,
    keep_page: bool,
) -> PostUpdate:
    """The update of a stored post from its page as it was fetched again, and from its entry where that has changed.

    Without a title of the entry or the page, the stored one is kept.
    """
    article = fetched.article
    title = (entry.title if entry else "") or article.title or stored.title
    post = build_post(replace(entry or Entry(), title=title), article, source, now=now, from_url="")
    update = build_update(stored, article, source, title=post.title, image=article.image, now=now, reason=reason)
    return replace(
        update,
        entry_digest=entry_digest(entry) if entry else None,
        page_digest=page_digest(fetched),
        page=fetched.page if keep_page else None,
        modified_at=post.modified_at,
        image=article.image,
        link_title=post.link_title,
    )


def page_digest(fetched: FetchedArticle) -> str | None:
    """The digest of what the (first) page says, by which later visits find edits; None where no page gave the body."""
    article = fetched.first_part or fetched.article
    return content_digest(article.title or "", article.text) if article.body_origin in PAGE_ORIGINS else None


def _date(entry: Entry, article: Article) -> tuple[Timestamp | None, DateOrigin]:
    """The date of the article, and where it comes from.

    Where the feed gives the day alone, the page tells the time of that day.
    """
    if (more := _time_of_day(entry.published, article.published)) is not None:
        return more, DateOrigin.PAGE
    for stamp, origin in (
        (entry.published, DateOrigin.FEED),
        (article.published, DateOrigin.PAGE),
        (entry.updated, DateOrigin.FEED_UPDATED),
    ):
        if stamp is not None and not _is_placeholder(stamp.utc):
            return stamp, origin
    return None, DateOrigin.INGESTED


_DAY_ALONE = re.compile(r"\d{4}(?:[-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}日)")
#: Zones lie up to 14 hours ahead of UTC and 12 behind: times of one day, each in its own zone, are less far apart.
_SAME_DAY = timedelta(hours=36)


def _time_of_day(published: Timestamp | None, on_page: Timestamp | None) -> Timestamp | None:
    """The page's time, where the feed's is a day alone and the page's has a time on that day; else None."""
    if published is None or on_page is None or not _DAY_ALONE.fullmatch(published.raw.strip()):
        return None
    has_time = not _DAY_ALONE.fullmatch(on_page.raw.strip()) and not _is_placeholder(on_page.utc)
    return on_page if has_time and abs(on_page.utc - published.utc) < _SAME_DAY else None


def _is_placeholder(moment: datetime) -> bool:
    """Whether a time is what programs write for "none": zero of Unix time, of Go and .NET, of a MySQL column."""
    return moment == _EPOCH or moment.year < 1000


def _unused_date(entry: Entry) -> str | None:
    """The raw text of a date in the feed that could not be used."""
    return entry.published.raw if entry.published else next(iter(entry.unread_dates), None)


def _modified(entry: Entry, article: Article) -> datetime | None:
    stamp = article.modified or entry.updated
    return _to_millisecond(stamp.utc) if stamp and not _is_placeholder(stamp.utc) else None


def _to_millisecond(moment: datetime) -> datetime:
    """UTC to the millisecond, the resolution of what is stored; truncated, so that no time becomes a later one."""
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
    """The title of the front matter: without its first `...` (docs/archive-format.md); the link line keeps that."""
    return title.replace("...", "", 1).strip() or title


def _opening(text: str) -> str:
    line = clean_line(text[: 4 * OPENING_CHARS])
    if len(line) <= OPENING_CHARS:
        return line
    cut = line[:OPENING_CHARS]
    words, space, _ = cut.rpartition(" ")
    # Chinese has no spaces between words: the cut may fall within one.
    return (words if space and len(words) > OPENING_CHARS // 2 else cut) + "…"


def _author(entry: Entry, article: Article, source: Source) -> str:
    for authors in (entry.authors, article.authors):
        names = [line for author in authors if (line := clean_line(author))]
        if names:
            return ", ".join(dict.fromkeys(names))
    return clean_line(source.name)
