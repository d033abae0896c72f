"""Authors, tags and categories of new posts, put where searches find them: triggers would take five times as long."""

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Connection, select

from ingestd.model.post import Post
from ingestd.store.in_list import in_list, json_texts
from ingestd.store.label_triggers import MAX_LABEL_CHARS
from ingestd.store.models import labels, post_labels
from ingestd.store.prepared_statements import PreparedQuery, PreparedStatement
from ingestd.text.characters import ascii_small, database_text

#: (kind, label)
_Label = tuple[str, str]


def add_labels(connection: Connection, added: Iterable[tuple[int, Post]]) -> None:
    """Add the labels of posts, each with its number, before the posts themselves."""
    posts_of: dict[_Label, list[int]] = {}
    for post_id, post in added:
        for label in _labels_of(post):
            posts_of.setdefault(label, []).append(post_id)
    known = _numbers(connection, posts_of)
    if missing := sorted(posts_of.keys() - known.keys()):
        new = [{"kind": kind, "folded": ascii_small(label), "label": label} for kind, label in missing]
        _ADD_LABEL.run(connection, new, are_storable=True)
        known |= _numbers(connection, missing)
    # In the order of the table, so that each of its pages is written once.
    numbered = sorted((known[label], found) for label, found in posts_of.items())
    pairs = [{"label_id": number, "post_id": post_id} for number, found in numbered for post_id in found]
    _ADD.run(connection, pairs, are_storable=True)


def _labels_of(post: Post) -> Iterable[_Label]:
    """The labels of a post, each once."""
    usual = _listed(post.tags, post.categories)
    own = [("author", _cut(post.author)), *(("category", _cut(one.term)) for one in post.feed_categories or ())]
    return dict.fromkeys((*usual, *own))


@lru_cache(maxsize=256)
def _listed(tags: tuple[str, ...], categories: tuple[str, ...]) -> tuple[_Label, ...]:
    """The labels of lists; mostly the same few, those of each source."""
    return (*(("tag", _cut(tag)) for tag in tags), *(("category", _cut(category)) for category in categories))


def _cut(label: str) -> str:
    return database_text(label)[:MAX_LABEL_CHARS]


def _numbers(connection: Connection, sought: Iterable[_Label]) -> dict[_Label, int]:
    rows = _KNOWN.run(connection, {"folded": json_texts(ascii_small(label) for _, label in sought)})
    return {(row.kind, row.label): row.id for row in rows}


_KNOWN = PreparedQuery(select(labels.c.id, labels.c.kind, labels.c.label).where(in_list(labels.c.folded, "folded")))
_ADD_LABEL = PreparedStatement(lambda insert: insert(labels).on_conflict_do_nothing())
_ADD = PreparedStatement(lambda insert: insert(post_labels).on_conflict_do_nothing())
