"""What became of the entries of one document: records of the decision that `decide` makes."""

from dataclasses import dataclass

from ingestd.identity.keys import SYNTHETIC_HASH_MARK, Key
from ingestd.model.feed import Entry, Problem
from ingestd.model.pickling import pickled_by_fields


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class FreshEntry:
    """An entry that is a new article: to be fetched, and stored under `from_url` with these keys.

    `entry` has `from_url` as its link, and no guid that other articles have too: all keys that `entry_keys` makes of it
    are keys of this article alone. `reason` says in words why it is new. `left_out_by`: the rule that leaves it out.
    """

    entry: Entry
    from_url: str
    keys: tuple[Key, ...]
    reason: str
    left_out_by: str | None = None

    @property
    def is_named_by_hash(self) -> bool:
        """Whether only what the entry says identifies it: neither its link nor its guid is its own."""
        return SYNTHETIC_HASH_MARK in self.from_url


@pickled_by_fields
@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry that lists a known post again.

    `takes_over`: the post has another site's words of the article, and these are those of its URL's own site.
    `new_keys` are keys of it that lead to no post yet. `changed` where its digest is not that of the last time, or the
    post is of this source and the last document did not list it.
    """

    entry: Entry
    post_id: int
    new_keys: tuple[Key, ...]
    changed: bool
    reason: str
    takes_over: bool = False

    @property
    def keys_of_post(self) -> tuple[tuple[str, str, int], ...]:
        """The new keys as (kind, key, number of the post)."""
        return tuple((key.kind, key.key, self.post_id) for key in self.new_keys)


@dataclass(frozen=True, slots=True)
class Decisions:
    """The outcome of a poll: `repeated` counts the entries that list an article of `fresh` again.

    `filtered` are new articles that the source leaves out, `newly_filtered` counts those not left out before.
    `remembered` counts the others, and fresh ones that it has left out before; `unfiltered` are keys of the latter.
    """

    fresh: tuple[FreshEntry, ...] = ()
    seen: tuple[SeenEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    repeated: int = 0
    filtered: tuple[FreshEntry, ...] = ()
    remembered: int = 0
    newly_filtered: int = 0
    unfiltered: tuple[str, ...] = ()
