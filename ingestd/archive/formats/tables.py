"""Posts as JSON Lines and as CSV: one post a line or row, each written before the next is read."""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TextIO

from ingestd.model.feed import category_values
from ingestd.model.post import Post
from ingestd.text.characters import replace_surrogates
from ingestd.text.times import utc_text

# With these at the start a spreadsheet takes a cell for a formula (OWASP, CSV Injection).
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: The columns of a CSV file, and the first keys of a line of JSON: the names of the front matter, then of the table.
COLUMNS = (
    "id",
    "layout",
    "title",
    "date",
    "author",
    "from",
    "tags",
    "categories",
    "content",
    "text",
    "published_ms",
    "date_origin",
    "body_origin",
    "language",
    "image",
    "fetched_at",
    "updated_at",
    "revision",
    "extraction_version",
    "feed_categories",
)


def post_fields(post: Post) -> dict[str, object]:
    """A post as JSON values, by the names of COLUMNS, then `enclosures`. Times are UTC text."""
    return {
        "id": post.id,
        "layout": post.layout,
        "title": post.title,
        "date": utc_text(post.date),
        "author": post.author,
        "from": post.from_url,
        "tags": list(post.tags),
        "categories": list(post.categories),
        "content": post.content,
        "text": post.text,
        "published_ms": post.published_ms,
        "date_origin": str(post.date_origin),
        "body_origin": str(post.body_origin),
        "language": post.language,
        "image": post.image,
        "fetched_at": utc_text(post.fetched_at),
        "updated_at": utc_text(post.updated_at or post.fetched_at),
        "revision": post.revision,
        "extraction_version": post.extraction_version,
        "feed_categories": None if post.feed_categories is None else category_values(post.feed_categories),
        "enclosures": [asdict(item) for item in post.enclosures],
    }


def write_jsonl(posts: Iterable[Post], stream: TextIO) -> int:
    """Write one JSON object a line (https://jsonlines.org), values as stored; returns the number of posts."""
    count = 0
    for count, post in enumerate(posts, start=1):  # noqa: B007
        stream.write(replace_surrogates(json.dumps(post_fields(post), ensure_ascii=False)) + "\n")
    return count


def write_csv(posts: Iterable[Post], stream: TextIO, *, exact: bool = False) -> int:
    """Write a table with a header (RFC 4180) to a stream opened with `newline=""`; returns the number of posts.

    Tags and categories are joined by `, `. A text that a spreadsheet would run as a formula gets a `'` before it,
    because texts of feeds are not trusted; `exact` leaves it as it is.
    """
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    count = 0
    for count, post in enumerate(posts, start=1):  # noqa: B007
        fields = post_fields(post)
        writer.writerow([_cell(fields[name], exact=exact) for name in COLUMNS])
    return count


def _cell(value: object, *, exact: bool) -> object:
    if isinstance(value, list):
        value = ", ".join(item if isinstance(item, str) else item["term"] for item in value)
    if not isinstance(value, str):
        return value
    # Many CSV parsers end the text or the file at NUL.
    text = replace_surrogates(value).replace("\0", "")
    return f"'{text}" if not exact and text.startswith(_FORMULA_START) else text
