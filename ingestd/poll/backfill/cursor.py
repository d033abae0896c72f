"""Where a backfill goes on: the page that is read next, and the backfill behind a page. Pure."""

from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from ingestd.model.history import Backfill
from ingestd.model.poll import WriteBatch
from ingestd.poll.backfill.jobs import ParsedPage
from ingestd.poll.backfill.sitemap_tree import is_older_file


def with_next_file(backfill: Backfill, since: datetime | None, read_again: set[str]) -> Backfill | None:
    """The backfill with the file of a tree that is read next as its first one; None where none is wanted.

    A file that last changed before `since` waits with those that were read in part. These are read once more, when all
    others are read: `read_again` are those that were.
    """
    older = tuple(takewhile(lambda url: since is not None and is_older_file(url, since), backfill.next_urls))
    rest, partial = backfill.next_urls[len(older) :], (*backfill.partial_urls, *older)
    if rest:
        return replace(backfill, next_urls=rest, partial_urls=partial)
    for url in partial:
        if url not in read_again and not (since is not None and is_older_file(url, since)):
            read_again.add(url)
            others = tuple(other for other in partial if other != url)
            return replace(backfill, next_urls=(url,), partial_urls=others)
    return None


def history_batch(batch: WriteBatch, backfill: Backfill) -> WriteBatch:
    """What is written of a page of the history: nothing about the present feed."""
    # The begin of the backfill: what was listed before it, and is listed no more, may have moved.
    waiting = tuple(replace(item, received_at=backfill.started_at) for item in batch.waiting)
    return replace(
        batch,
        waiting=waiting,
        items=(),
        items_kept=(),
        items_replace=False,
        unread=(),
        fetches_pages=False,
        of_history=True,
    )


def next_url(backfill: Backfill) -> str:
    """The page that is read next: one that was read in part only when all others are read."""
    return next(iter((*backfill.next_urls, *backfill.partial_urls)), "")


def behind(backfill: Backfill, page: ParsedPage, following: tuple[str, ...]) -> Backfill:
    """The backfill after a page of which everything was taken that is wanted."""
    url, rest = next_url(backfill), backfill.next_urls[1:]
    waiting = set(rest)
    partial = tuple(item for item in backfill.partial_urls if item != url)
    if not backfill.next_urls:
        # It was read before, in part, and what follows it has been read since.
        following = ()
    oldest = [date for date in (backfill.reached_at, page.oldest) if date is not None]
    return replace(
        backfill,
        next_urls=(*(url for url in following if url not in waiting), *rest),
        # Its older entries are read by a backfill that wants them.
        partial_urls=(*partial, url) if page.left_out else partial,
        pages=backfill.pages + (not page.left_out),
        found=backfill.found + (0 if page.left_out else page.entries),
        total=page.total if page.total is not None else backfill.total,
        reached_at=min(oldest, default=None),
        reason=None,
    )
