"""Records to rows and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from ingestd.model.article import BodyOrigin
from ingestd.model.feed import Enclosure, Entry, Timestamp, ZoneOrigin
from ingestd.model.http import Redirect
from ingestd.model.post import DateOrigin, Post
from ingestd.text.times import from_utc_text, utc_text


def stored_text(text: str) -> str:
    """`text` as every database can hold it: PostgreSQL refuses NUL, and UTF-8 has no lone surrogates."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def json_text(value: object) -> str:
    """Compact JSON that keeps Chinese readable."""
    return _ENCODE(value)


# One encoder for all: `json.dumps` makes a new one at each call.
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


@lru_cache(maxsize=256)
def _names_text(names: tuple[str, ...]) -> str:
    """Tags or categories: those of a source, mostly."""
    return json_text(names)


def optional_text(moment: datetime | None) -> str | None:
    """`utc_text`, or None for None."""
    return None if moment is None else utc_text(moment)


def optional_moment(text: str | None) -> datetime | None:
    """`from_utc_text`, or None for None."""
    return None if text is None else from_utc_text(text)


def post_row(post: Post) -> dict[str, Any]:
    """The columns of `posts` that come from the record itself."""
    return {
        "source_id": post.source_id,
        "from_url": post.from_url,
        "layout": post.layout,
        "title": post.title,
        "date": utc_text(post.date),
        "author": post.author,
        "tags": _names_text(post.tags),
        "categories": _names_text(post.categories),
        "content": post.content,
        "text": post.text,
        "published_ms": post.published_ms,
        "date_origin": str(post.date_origin),
        "date_raw": post.date_raw,
        "zone_origin": post.zone_origin and str(post.zone_origin),
        "date_clamped": int(post.date_clamped),
        "body_origin": str(post.body_origin),
        "fetched_at": utc_text(post.fetched_at),
        "updated_at": utc_text(post.updated_at or post.fetched_at),
        "revision": post.revision,
        "language": post.language,
        "image": post.image,
        "modified_at": optional_text(post.modified_at),
        "enclosures": json_text([asdict(item) for item in post.enclosures]) if post.enclosures else "[]",
        "comments": None if post.comments is None else int(post.comments),
        "link_title": post.link_title,
        "file_name": post.file_name,
        "extra": json_text(dict(post.extra)) if post.extra else "{}",
    }


def row_post(row: Mapping[Any, Any]) -> Post:
    """The record of a row of `posts`."""
    return Post(
        id=row["id"],
        source_id=row["source_id"],
        from_url=row["from_url"],
        layout=row["layout"],
        title=row["title"],
        date=from_utc_text(row["date"]),
        author=row["author"],
        tags=tuple(json.loads(row["tags"])),
        categories=tuple(json.loads(row["categories"])),
        content=row["content"],
        text=row["text"],
        published_ms=row["published_ms"],
        date_origin=DateOrigin(row["date_origin"]),
        date_raw=row["date_raw"],
        zone_origin=ZoneOrigin(row["zone_origin"]) if row["zone_origin"] else None,
        date_clamped=bool(row["date_clamped"]),
        body_origin=BodyOrigin(row["body_origin"]),
        fetched_at=from_utc_text(row["fetched_at"]),
        updated_at=from_utc_text(row["updated_at"]),
        revision=row["revision"],
        language=row["language"],
        image=row["image"],
        modified_at=optional_moment(row["modified_at"]),
        enclosures=tuple(Enclosure(**item) for item in json.loads(row["enclosures"])),
        comments=None if row["comments"] is None else bool(row["comments"]),
        link_title=row["link_title"],
        file_name=row["file_name"],
        extra=tuple(json.loads(row["extra"]).items()),
    )


def entry_text(entry: Entry) -> str:
    """An entry as JSON, for the inbox."""
    fields = asdict(entry)
    for name in ("published", "updated"):
        stamp = getattr(entry, name)
        fields[name] = stamp and {"raw": stamp.raw, "utc": stamp.utc.isoformat(), "zone_origin": str(stamp.zone_origin)}
    return json_text(fields)


def text_entry(text: str) -> Entry:
    """The entry of `entry_text`; fields of another version of ingestd are passed over."""
    fields: dict[str, Any] = {
        key: value for key, value in json.loads(text).items() if key in Entry.__dataclass_fields__
    }
    for name in ("published", "updated"):
        if stamp := fields.get(name):
            fields[name] = Timestamp(
                stamp["raw"], datetime.fromisoformat(stamp["utc"]), ZoneOrigin(stamp["zone_origin"])
            )
    fields["enclosures"] = tuple(Enclosure(**item) for item in fields.get("enclosures", ()))
    for name, value in fields.items():
        if isinstance(value, list):
            fields[name] = tuple(value)
    return Entry(**fields)


#: Polls whose redirects are remembered: as many as confirm a move, less the present one.
_REDIRECTS_KEPT = 2


def redirects_text(chains: Sequence[Sequence[Redirect]]) -> str:
    """The redirects of the latest good polls, as JSON."""
    return json_text([[[hop.status, hop.url, hop.location] for hop in chain] for chain in chains[-_REDIRECTS_KEPT:]])


def text_redirects(text: str) -> tuple[tuple[Redirect, ...], ...]:
    """The redirects of `redirects_text`."""
    return tuple(tuple(Redirect(*hop) for hop in chain) for chain in json.loads(text))


def placeholders(rows: Sequence[object], size: int = 500) -> list[Sequence[object]]:
    """`rows` in runs of at most `size`: a statement has a bound number of parameters."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]
