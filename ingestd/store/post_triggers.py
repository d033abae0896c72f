"""Triggers that keep `post_counts` and `other_listings` right, whoever writes posts and sightings, in its transaction.

They are made anew at each upgrade, as views are. SQLite deletes a row that INSERT OR REPLACE replaces without telling
triggers: `replaced_posts` has such rows while a row is inserted or moved to another URL.
"""

from sqlalchemy import Connection

from ingestd.store import triggers

_TRIGGERS = {
    "posts_replaced_insert": "posts",
    "posts_replaced_update": "posts",
    "post_counts_insert": "posts",
    "post_counts_update": "posts",
    "post_counts_delete": "posts",
    "post_counts_replace_insert": "posts",
    "post_counts_replace_update": "posts",
    "other_listings_insert": "sightings",
    "other_listings_update": "sightings",
    "other_listings_post_insert": "posts",
    "other_listings_post_update": "posts",
}


def _of(row: str) -> str:
    """SQL: the values of a row's count."""
    return f"substr({row}.date, 1, 10), coalesce({row}.source_id, 0)"


def _removed(row: str) -> str:
    return f"UPDATE post_counts SET posts = posts - 1 WHERE (day, source_id) = ({_of(row)})"


_ADDED = (
    f"INSERT INTO post_counts (day, source_id, posts) VALUES ({_of('new')}, 1)"
    " ON CONFLICT (day, source_id) DO UPDATE SET posts = post_counts.posts + 1"
)
_LISTING = (
    "INSERT INTO other_listings (post_id, source_id) VALUES (new.post_id, new.source_id)"
    " ON CONFLICT (post_id, source_id) DO NOTHING"
)


def _listings_of_post(differs: str) -> str:
    return (
        "INSERT INTO other_listings (post_id, source_id) SELECT post_id, source_id FROM sightings"
        f" WHERE post_id = new.id AND source_id {differs} new.source_id ON CONFLICT (post_id, source_id) DO NOTHING"
    )


_REMEMBERED = "id, source_id, date, title, text, author, tags, categories, feed_categories"
_REMEMBER = (
    f"DELETE FROM replaced_posts; INSERT INTO replaced_posts ({_REMEMBERED})"
    f" SELECT {_REMEMBERED} FROM posts WHERE {{which}}"
)
_REPLACED = (
    "UPDATE post_counts SET posts = posts - (SELECT count(*) FROM replaced_posts r"
    f" WHERE (day, post_counts.source_id) = ({_of('r')}))"
    " WHERE (day, source_id) IN (SELECT substr(date, 1, 10), coalesce(source_id, 0) FROM replaced_posts)"
)
_HAS_REPLACED = "WHEN EXISTS (SELECT 1 FROM replaced_posts)"
_DATE_OR_SOURCE = "new.date IS NOT old.date OR new.source_id IS NOT old.source_id"
_NOT_OF_POST = "new.source_id IS NOT (SELECT source_id FROM posts WHERE id = new.post_id)"
_SQLITE = {
    "posts_replaced_insert BEFORE INSERT ON posts": _REMEMBER.format(which="id = new.id OR from_url = new.from_url"),
    "posts_replaced_update BEFORE UPDATE OF id, from_url ON posts": _REMEMBER.format(
        which="(id = new.id OR from_url = new.from_url) AND id <> old.id"
    ),
    "post_counts_insert AFTER INSERT ON posts": _ADDED,
    f"post_counts_replace_insert AFTER INSERT ON posts {_HAS_REPLACED}": _REPLACED,
    f"post_counts_replace_update AFTER UPDATE OF id, from_url ON posts {_HAS_REPLACED}": _REPLACED,
    f"post_counts_update AFTER UPDATE OF date, source_id ON posts WHEN {_DATE_OR_SOURCE}": (
        f"{_removed('old')}; {_ADDED}"
    ),
    # With recursive_triggers on, this one fires for replaced rows too.
    "post_counts_delete AFTER DELETE ON posts": f"{_removed('old')}; DELETE FROM replaced_posts WHERE id = old.id",
    f"other_listings_insert AFTER INSERT ON sightings WHEN {_NOT_OF_POST}": _LISTING,
    f"other_listings_update AFTER UPDATE OF post_id, source_id ON sightings WHEN {_NOT_OF_POST}": _LISTING,
    "other_listings_post_insert AFTER INSERT ON posts": _listings_of_post("IS NOT"),
    "other_listings_post_update AFTER UPDATE OF source_id ON posts WHEN new.source_id IS NOT old.source_id": (
        _listings_of_post("IS NOT")
    ),
}
_SERVER_FUNCTIONS = {
    "post_counts_follow": (
        f"IF TG_OP <> 'INSERT' THEN {_removed('old')}; END IF; IF TG_OP <> 'DELETE' THEN {_ADDED}; END IF"
    ),
    "other_listings_follow": (
        "IF new.source_id IS DISTINCT FROM (SELECT source_id FROM posts WHERE id = new.post_id)"
        f" THEN {_LISTING}; END IF"
    ),
    "other_listings_of_post": _listings_of_post("IS DISTINCT FROM"),
}
_SERVER = {
    "post_counts_insert AFTER INSERT ON posts": "post_counts_follow",
    "post_counts_delete AFTER DELETE ON posts": "post_counts_follow",
    "post_counts_update AFTER UPDATE OF date, source_id ON posts": "post_counts_follow",
    "other_listings_insert AFTER INSERT ON sightings": "other_listings_follow",
    "other_listings_update AFTER UPDATE OF post_id, source_id ON sightings": "other_listings_follow",
    "other_listings_post_update AFTER UPDATE OF source_id ON posts": "other_listings_of_post",
}


def drop_triggers(connection: Connection) -> None:
    """Remove the triggers."""
    triggers.drop_triggers(connection, _TRIGGERS)


def create_triggers(connection: Connection) -> None:
    """Make the triggers."""
    if connection.dialect.name == "sqlite":
        statements = [f"CREATE TRIGGER {event} BEGIN {body}; END" for event, body in _SQLITE.items()]
    else:
        statements = [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body}; RETURN NULL; END $$"
            for name, body in _SERVER_FUNCTIONS.items()
        ]
        statements += [
            f"CREATE TRIGGER {event} FOR EACH ROW EXECUTE FUNCTION {name}()" for event, name in _SERVER.items()
        ]
    triggers.run_statements(connection, statements)
