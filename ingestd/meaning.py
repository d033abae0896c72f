"""What a worker tells of a feed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingestd.dedupe import Decisions, Document
from ingestd.records import Feed, NewPost


@dataclass(frozen=True, slots=True)
class Meaning:
    """A feed as a worker understood it. Its entries stand in `document`, and no longer in `feed`.

    `assumed` is what they mean if none of the document's keys is known. `posts` are those of the entries in
    `assumed.fresh`, by their places; empty where the article's pages are to be read.
    """

    feed: Feed
    document: Document
    assumed: Decisions
    posts: Mapping[int, NewPost] = field(default_factory=dict)
