"""What changed from each earlier text of a post to the next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ingestd.model.post import Post
from ingestd.text.diff import Op, diff_words
from ingestd.text.plain_text import plain_text


@dataclass(frozen=True, slots=True)
class PostChange:
    """The edits from the text `before` to the text `after`, by the numbers of the revisions.

    `recorded_at` (UTC text) is when the edit was noticed, and `reason` who made it.
    """

    before: int
    after: int
    edits: list[tuple[Op, str]]
    recorded_at: str
    reason: str


def post_changes(post: Post, earlier: Iterable[Mapping[str, Any]]) -> list[PostChange]:
    """The changes of a post, by the rows of `revisions`, the oldest first."""
    rows = list(earlier)
    texts = [(row["revision"], f"{row['title']}\n{plain_text(row['content'])}") for row in rows]
    texts.append((post.revision, f"{post.title}\n{post.text}"))
    return [
        PostChange(before[0], after[0], diff_words(before[1], after[1]), row["recorded_at"], row["reason"])
        for row, (before, after) in zip(rows, pairwise(texts), strict=True)
    ]
