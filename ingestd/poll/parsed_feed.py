"""What a worker tells of a feed."""

from dataclasses import dataclass

from ingestd.identity import Decisions, KeyedEntries
from ingestd.model.feed import Feed
from ingestd.model.post import NewPost


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed as a worker understood it, its entries apart.

    `keys` are those under which its entries may be known. `assumed` is what the entries mean, and `posts` are all the
    articles that they bring, if none of the keys is known; None where the posts are still to be made. If one is known,
    `document` is what to decide over; None where the worker did not think that it would be needed.
    """

    feed: Feed
    keys: tuple[str, ...]
    assumed: Decisions
    posts: tuple[NewPost, ...] | None = None
    document: KeyedEntries | None = None
