"""Posts that the user deletes: their texts and pages go, their keys stay, so that no feed brings them back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from ingestd.model.errors import UsageError
from ingestd.store.codec import chunks
from ingestd.store.models import posts


def delete_posts(connection: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Delete posts with their revisions, pages and visits; gives id, title and URL of each, in the order of `ids`.

    Raises UsageError, and deletes nothing, where one does not exist.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[int, dict[str, Any]] = {}
    for run in chunks(wanted):
        query = select(posts.c.id, posts.c.title, posts.c.from_url).where(posts.c.id.in_(run))
        found |= {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    if missing := [str(number) for number in wanted if number not in found]:
        raise UsageError(f"no post has the number {', '.join(missing)}: nothing was deleted")
    for run in chunks(wanted):
        # The database deletes what refers to them, and keeps their identities (ON DELETE).
        connection.execute(delete(posts).where(posts.c.id.in_(run)))
    return [found[number] for number in wanted]
