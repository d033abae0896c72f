"""What is stored of a new post: its row, its words in the search index, and its page. Pure, so that workers do it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

from ingestd.model.feed import Category, category_values
from ingestd.model.post import NewPost, Post, PreparedPost
from ingestd.store.codec import json_text, optional_utc_text
from ingestd.text import zstd
from ingestd.text.characters import database_text
from ingestd.text.search.index_words import index_text
from ingestd.text.times import utc_text

#: Zstandard level. Level 10 takes five times as long and saves 3 % of the bytes.
COMPRESSION_LEVEL = 3


def prepare(new: NewPost) -> NewPost:
    """The post with everything ready that is stored of it."""
    post, page = new.post, new.page
    words = indexed_words(post.title), indexed_words(post.text)
    if page is not None:
        page = replace(page, body=b"", compressed=(compress(page.body), len(page.body)))
    return replace(new, page=page, prepared=PreparedPost(post, storable_row(post), words))


def prepared_of(new: NewPost) -> PreparedPost | None:
    """What was made ready of a post; None where it was not, or where the post was changed after that."""
    return new.prepared if new.prepared is not None and new.prepared.post is new.post else None


def new_row(new: NewPost) -> dict[str, Any]:
    """The row of a new post, without its number, in values that the database can hold."""
    ready = prepared_of(new)
    return {
        **(ready.row if ready is not None else storable_row(new.post)),
        "content_digest": new.content_digest,
        "entry_digest": new.entry_digest,
        "page_digest": new.page_digest,
        "page_checked_at": optional_utc_text(new.page.fetched_at if new.page else None),
    }


def storable_row(post: Post) -> Mapping[str, str | int | None]:
    """`post_row` in values that the database can hold."""
    # No function call for each value: a post alone has thirty.
    return {
        name: value if type(value) is not str or (value.isascii() and "\0" not in value) else database_text(value)
        for name, value in post_row(post).items()
    }


def indexed_words(text: str) -> str:
    """A title or text as it is put into the search index."""
    return index_text(database_text(text))


def compress(body: bytes, dictionary: zstd.Dictionary | None = None) -> bytes:
    """A page's bytes as `pages` holds them."""
    return zstd.compress(body, COMPRESSION_LEVEL, dictionary)


def post_row(post: Post) -> dict[str, Any]:
    """The columns that come from the record `Post` itself."""
    return {
        "source_id": post.source_id,
        "from_url": post.from_url,
        "layout": post.layout,
        "title": post.title,
        "date": utc_text(post.date),
        "author": post.author,
        "tags": _names_text(post.tags),
        "categories": _names_text(post.categories),
        "feed_categories": category_text(post.feed_categories),
        "content": post.content,
        "text": post.text,
        "published_ms": post.published_ms,
        "date_origin": str(post.date_origin),
        "date_raw": post.date_raw,
        "zone_origin": post.zone_origin and str(post.zone_origin),
        "date_clamped": int(post.date_clamped),
        "body_origin": str(post.body_origin),
        "extraction_version": post.extraction_version,
        "fetched_at": utc_text(post.fetched_at),
        "updated_at": utc_text(post.updated_at or post.fetched_at),
        "revision": post.revision,
        "language": post.language,
        "image": post.image,
        "modified_at": optional_utc_text(post.modified_at),
        "enclosures": json_text([asdict(item) for item in post.enclosures]) if post.enclosures else "[]",
        "comments": None if post.comments is None else int(post.comments),
        "link_title": post.link_title,
        "file_name": post.file_name,
        "extra": json_text(dict(post.extra)) if post.extra else "{}",
    }


def category_text(categories: Sequence[Category] | None) -> str | None:
    """The categories of an entry as JSON; None for None."""
    return None if categories is None else json_text(category_values(categories)) if categories else "[]"


@lru_cache(maxsize=256)
def _names_text(names: tuple[str, ...]) -> str:
    """Tags or categories as JSON; mostly the same few, those of each source."""
    return json_text(names)
