"""Reads the selected posts of the database batch by batch, for commands that process many of them."""

from collections.abc import Iterable, Iterator

from ingestd.cli.output import progress_bar
from ingestd.model.post import Post
from ingestd.store.database import Database
from ingestd.store.posts import PostFilter, posts_after
from ingestd.store.statistics import table_counts


def post_batches(database: Database, wanted: PostFilter, size: int) -> Iterator[list[Post]]:
    """The wanted posts by ascending ID, in lists of at most `size`.

    Each list is read in a transaction of its own, so that slow processing does not hold one open.
    """
    last_id = 0
    while batch := database.read(posts_after, wanted, last_id, limit=size):
        yield batch
        last_id = batch[-1].id


def with_progress(posts: Iterable[Post], database: Database) -> Iterator[Post]:
    """The posts, with a progress bar that counts them against all posts of the database."""
    advance, end = progress_bar(database.read(table_counts)["posts"], "posts")
    try:
        for post in posts:
            yield post
            advance()
    finally:
        end()
