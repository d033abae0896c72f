"""A large archive for measurements: a configuration with many sources, and a database in which they were polled.

    python -m tests.bench.archive_at_scale FOLDER POSTS SOURCES

FOLDER gets `ingestd.toml` and `archive.db`, written as polls write. Half of the posts are spread
evenly over the sources, half by Zipf's law, as few sources write most. The sources are at loopback addresses, five at
each, and the next poll of each is due in a week. Posts beyond the first 25,000 are copies (`copied_posts`).
"""

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path

from sqlalchemy import Connection

from ingestd.model.article import BodyOrigin
from ingestd.model.errors import Outcome
from ingestd.model.feed import Category
from ingestd.model.poll import Poll, WriteBatch
from ingestd.model.post import DateOrigin, NewPost, Post
from ingestd.model.source import Source, SourceUpdate
from ingestd.store import sources, writes
from ingestd.store.database import Database
from ingestd.text.times import epoch_ms, utc_text
from tests.bench.copied_posts import copy_posts
from tests.bench.search import Corpus

#: Posts of one poll, and polls in one transaction.
_POLL_POSTS = 5
_UNIT_POSTS = 25_000
_POLLS = 20
#: The loopback addresses' port: nothing needs to listen there.
PORT = 18180
ETAG = '"1"'
_SOURCES_OF_HOST = 5
_AFTER = timedelta(minutes=1)


def source_name(number: int) -> str:
    """The name of a source; the first is number 0."""
    return f"Source {number:06}"


def source_url(number: int) -> str:
    """Its address."""
    host = number // _SOURCES_OF_HOST
    return f"http://127.{1 + host // 62_500}.{host // 250 % 250}.{1 + host % 250}:{PORT}/feed/{number}.xml"


def configuration(database: Path, count: int) -> str:
    """A configuration with so many sources."""
    head = (
        f"[database]\nurl = {json.dumps(f'sqlite:///{database}')}\n\n"
        '[fetch]\nmin_delay = "0s"\nallow_networks = ["127.0.0.0/8"]\n\n'
    )
    return head + "\n".join(
        f'[[sources]]\nname = "{source_name(number)}"\nurl = "{source_url(number)}"\narticle = "never"\n'
        for number in range(count)
    )


def make_archive(folder: Path, posts: int, count: int, now: datetime) -> None:
    """Write both files; the newest post is of `now`."""
    (folder / "ingestd.toml").write_text(configuration(folder / "archive.db", count))
    with Database(f"sqlite:///{folder}/archive.db") as database:
        database.upgrade(now=now)
        configured = [Source(source_name(number), source_url(number), article="never") for number in range(count)]
        rows = [source.id for source in database.write(sources.sync, configured, now)]
        unit = min(posts, _UNIT_POSTS)
        batches = _batches(rows, unit, now - (posts - unit) * _AFTER)
        while some := list(islice(batches, _POLLS)):
            database.write(_write_all, some)
        if posts > unit:
            copy_posts(database, unit, posts, count)
        with database.engine.begin() as connection:
            # Those that the law gave no poll are planned as well.
            due = "strftime('%Y-%m-%dT%H:%M:%S.000Z', ?, '+7 days', printf('+%d seconds', id % 86400))"
            connection.exec_driver_sql(f"UPDATE sources SET next_poll_at = {due}", (utc_text(now),))


def _write_all(connection: Connection, batches: list[WriteBatch]) -> None:
    for batch in batches:
        writes.write(connection, batch)


def _batches(rows: list[int], posts: int, now: datetime) -> Iterator[WriteBatch]:
    chance = random.Random(11)
    weights = list(accumulate(1 / (rank + 20) for rank in range(len(rows))))
    texts = Corpus().posts()
    for poll, first in enumerate(range(0, posts, _POLL_POSTS)):
        number = (poll // 2) % len(rows) if poll % 2 else chance.choices(range(len(rows)), cum_weights=weights)[0]
        at = now - (posts - first) * _AFTER
        of_poll = tuple(
            _new_post(rows[number], first + n, *pair, at)
            for n, pair in enumerate(islice(texts, min(_POLL_POSTS, posts - first)))
        )
        yield _batch(rows[number], number, of_poll, at)


def _batch(row: int, number: int, of_poll: tuple[NewPost, ...], at: datetime) -> WriteBatch:
    text = utc_text(at)
    values = {
        "etag": ETAG, "last_polled_at": text, "last_ok_at": text, "last_new_at": text, "last_outcome": "ok",
        "interval_s": 1800.0,
    }  # fmt: skip
    poll = Poll(row, source_name(number), at, 0.1, Outcome.OK, 200, entries=len(of_poll), new=len(of_poll))
    return WriteBatch(
        row, at, posts=of_poll, items_replace=True, source=SourceUpdate(row, tuple(values.items())), poll=poll
    )


def _new_post(row: int, number: int, title: str, text: str, at: datetime) -> NewPost:
    date = at - timedelta(minutes=5) + timedelta(seconds=number % _POLL_POSTS)
    url = f"https://site{row % 5000}.example/news/{number}"
    post = Post(
        source_id=row, from_url=url, title=title, date=date, author=f"Author {row % 997}", tags=(source_name(row),),
        categories=(f"Category {number % 40}",), text=text, content=f"<p>{text}</p>", published_ms=epoch_ms(date),
        fetched_at=at, date_origin=DateOrigin.FEED, body_origin=BodyOrigin.FEED,
        feed_categories=(Category(f"Topic {number % 300}"),), language=("zh", "en", "zh")[number % 3],
    )  # fmt: skip
    return NewPost(
        post=post,
        keys=(("link", url), ("guid", f"{row} {number}")),
        seen_at=at,
        content_digest=f"{number:040}",
        entry_digest=f"{number:032}",
        item_digest=f"{number:032}",
    )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    make_archive(target, int(sys.argv[2]), int(sys.argv[3]), datetime.now(UTC))
