"""Posts of an archive copied in bulk, so that one of a million is made in minutes.

Copies have the texts of the first posts, and addresses, dates and keys of their own. The index has every copy. No copy
is under a key of fingerprints, since all are near-duplicates.
"""

from sqlalchemy import Connection

from ingestd.store import fingerprint_triggers, label_triggers, post_triggers, search, search_triggers
from ingestd.store.database import Database
from ingestd.text.search.index_words import index_text

#: Posts of one poll (`archive_at_scale`): those of every second poll go to another source with each copy.
_POLL_POSTS = 5
_FORMAT = "%Y-%m-%dT%H:%M:%fZ"


def copy_posts(database: Database, unit: int, posts: int, sources: int) -> None:
    """Copy the first `unit` posts, a minute apart, until there are `posts`."""
    with database.engine.begin() as connection:
        _drop_triggers(connection)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("CREATE TEMP TABLE indexed (id INTEGER PRIMARY KEY, title TEXT, text TEXT)")
        rows = connection.exec_driver_sql("SELECT id, title, text FROM posts").all()
        indexed = [(row, index_text(title), index_text(text)) for row, title, text in rows]
        connection.exec_driver_sql("INSERT INTO indexed VALUES (?, ?, ?)", indexed)
        connection.commit()
        for copy in range(1, posts // unit):
            _copy(connection, copy, unit, sources)
            connection.commit()
    with database.engine.begin() as connection:
        _count(connection)
        for statement in label_triggers.add_statements("posts", "sqlite"):
            connection.exec_driver_sql(statement)
        search.install_triggers(connection)
        fingerprint_triggers.create_triggers(connection)
        post_triggers.create_triggers(connection)
        label_triggers.create_triggers(connection)


def _drop_triggers(connection: Connection) -> None:
    for module in (search_triggers, fingerprint_triggers, post_triggers, label_triggers):
        module.drop_triggers(connection)


def _copy(connection: Connection, copy: int, unit: int, sources: int) -> None:
    offset, minutes, tail = copy * unit, f"'+{copy * unit} minutes'", f"{copy}"
    moved = unit // (2 * _POLL_POSTS) * copy
    values = {
        "source_id": f"CASE WHEN (post_id - 1) / {_POLL_POSTS} % 2"
        f" THEN 1 + (source_id - 1 + {moved}) % {sources} ELSE source_id END",
        "post_id": f"post_id + {offset}",
        "from_url": f"from_url || '?{tail}'",
        "key": f"\"key\" || '?{tail}'",
        "digest": f"digest || '-{tail}'",
        "published_ms": f"published_ms + {offset * 60_000}",
        **{
            name: f"strftime('{_FORMAT}', {name}, {minutes})"
            for name in ("date", "fetched_at", "updated_at", "first_seen_at", "last_seen_at", "seen_at", "started_at")
        },
    }
    tables = {
        "posts": f"(SELECT *, id AS post_id FROM posts WHERE id <= {unit})",
        "identities": f"(SELECT * FROM identities WHERE post_id <= {unit})",
        "sightings": f"(SELECT * FROM sightings WHERE post_id <= {unit})",
        "items": f"(SELECT * FROM items WHERE post_id <= {unit})",
        "fingerprints": f"(SELECT post_id, signature, '[]' AS keys FROM fingerprints WHERE post_id <= {unit})",
        "polls": f"(SELECT *, id * {_POLL_POSTS} AS post_id FROM polls WHERE id <= {unit // _POLL_POSTS})",
    }
    ids = {"posts": f"id + {offset}", "polls": f"id + {offset // _POLL_POSTS}"}
    for table, origin in tables.items():
        columns = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
        taken = [ids[table] if column == "id" else values.get(column, f'"{column}"') for column in columns]
        names = ", ".join(f'"{column}"' for column in columns)
        connection.exec_driver_sql(f"INSERT INTO {table} ({names}) SELECT {', '.join(taken)} FROM {origin}")
    connection.exec_driver_sql(
        f"INSERT INTO {search.NAME} (rowid, title, text) SELECT id + {offset}, title, text FROM indexed ORDER BY id"
    )


def _count(connection: Connection) -> None:
    connection.exec_driver_sql("DELETE FROM post_counts")
    connection.exec_driver_sql(
        "INSERT INTO post_counts (day, source_id, posts) SELECT substr(date, 1, 10), source_id, count(*) FROM posts"
        " GROUP BY 1, 2"
    )
    connection.exec_driver_sql(
        "UPDATE sources SET (last_polled_at, last_ok_at, last_new_at, last_outcome, interval_s, etag) ="
        " (SELECT max(started_at), max(started_at), max(started_at), 'ok', 1800.0, '\"1\"' FROM polls"
        " WHERE source_id = sources.id) WHERE last_polled_at IS NULL"
        " OR id IN (SELECT source_id FROM polls)"
    )
