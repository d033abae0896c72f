"""Triggers that keep `labels` and `post_labels` right, whoever writes posts, in its transaction: also a user's sqlite3.

They are made anew at each upgrade, as views are. A label is cut, because PostgreSQL's indexes hold no long texts.
ingestd itself adds the labels of the posts that it stores (`ingestd.store.post_labels`), and the trigger finds them.
"""

from sqlalchemy import Connection

from ingestd.store import triggers

#: A label that is as long may have been longer: a search for it looks at the post.
MAX_LABEL_CHARS = 200

_TRIGGERS = dict.fromkeys(
    ("post_labels_insert", "post_labels_update", "post_labels_replace", "post_labels_delete"), "posts"
)
_LISTS = (("tag", "tags"), ("category", "categories"), ("category", "feed_categories"))
_COLUMNS = ("id", "author", "tags", "categories", "feed_categories")
# The second collation is that of the index.
_FOLDED = {"sqlite": "lower({})", "postgresql": 'lower({} COLLATE "C") COLLATE "default"'}
# The table of a list's elements, and the label of each. What is no JSON array has none.
_ELEMENTS = {
    "sqlite": "json_each(CASE WHEN json_valid({0}) THEN {0} END)",
    "postgresql": "LATERAL json_labels({0})",
}
_TERM = {
    "sqlite": "CASE t.type WHEN 'object' THEN json_extract(t.value, '$.term') ELSE t.value END",
    "postgresql": "t.term",
}
_SERVER_TERMS = """
CREATE OR REPLACE FUNCTION json_labels(list text) RETURNS TABLE (term text) LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN QUERY SELECT CASE jsonb_typeof(v) WHEN 'object' THEN v ->> 'term' ELSE v #>> '{}' END
    FROM jsonb_array_elements(list::jsonb) v;
EXCEPTION WHEN data_exception THEN RETURN;
END $$"""


def drop_triggers(connection: Connection) -> None:
    """Remove the triggers."""
    triggers.drop_triggers(connection, _TRIGGERS)


def create_triggers(connection: Connection) -> None:
    """Make the triggers."""
    triggers.run_statements(connection, _sqlite() if connection.dialect.name == "sqlite" else _server())


def add_statements(rows: str, dialect: str) -> tuple[str, str]:
    """SQL that adds the labels of `rows`, which have the columns of posts."""
    found, folded = _labels_of(rows, dialect), _FOLDED[dialect].format("label")
    return (
        f"INSERT INTO labels (kind, folded, label) SELECT DISTINCT kind, {folded}, label FROM ({found}) f WHERE 1 = 1"
        " ON CONFLICT (folded, kind, label) DO NOTHING",
        f"INSERT INTO post_labels (label_id, post_id) {_numbers_of(rows, dialect)} ON CONFLICT DO NOTHING",
    )


def _labels_of(rows: str, dialect: str) -> str:
    """SQL: number of the post, kind and label of everything that `rows` are labelled with."""
    lists = (
        f" UNION ALL SELECT r.id, '{kind}', substr({_TERM[dialect]}, 1, {MAX_LABEL_CHARS}) FROM {rows} r"
        f" CROSS JOIN {_ELEMENTS[dialect].format(f'r.{name}')} t WHERE {_TERM[dialect]} IS NOT NULL"
        for kind, name in _LISTS
    )
    author = f"SELECT r.id AS post_id, 'author' AS kind, substr(r.author, 1, {MAX_LABEL_CHARS}) AS label FROM {rows} r"
    return author + "".join(lists)


def _numbers_of(rows: str, dialect: str) -> str:
    """SQL: number of the label and of the post."""
    folded = _FOLDED[dialect].format("f.label")
    return (
        f"SELECT l.id, f.post_id FROM ({_labels_of(rows, dialect)}) f CROSS JOIN labels l"
        f" WHERE l.folded = {folded} AND l.kind = f.kind AND l.label = f.label"
    )


def _row(name: str) -> str:
    """A row of a trigger as a table."""
    return f"(SELECT {', '.join(f'{name}.{column} AS {column}' for column in _COLUMNS)})"


def _remove(rows: str, dialect: str) -> str:
    return f"DELETE FROM post_labels WHERE (label_id, post_id) IN ({_numbers_of(rows, dialect)})"


def _has_author(dialect: str) -> str:
    """SQL: whether the new post's author is there: ingestd adds it before the post."""
    author = f"substr(new.author, 1, {MAX_LABEL_CHARS})"
    return (
        "EXISTS (SELECT 1 FROM labels l JOIN post_labels p ON p.label_id = l.id AND p.post_id = new.id"
        f" WHERE l.folded = {_FOLDED[dialect].format(author)} AND l.kind = 'author' AND l.label = {author})"
    )


def _sqlite() -> list[str]:
    add, remove = "; ".join(add_statements(_row("new"), "sqlite")), _remove(_row("old"), "sqlite")
    # What INSERT OR REPLACE and UPDATE OR REPLACE delete (`post_triggers`).
    replaced, has_replaced = _remove("replaced_posts", "sqlite"), "EXISTS (SELECT 1 FROM replaced_posts)"
    changed = " OR ".join(f"new.{name} IS NOT old.{name}" for name in _COLUMNS)
    return [
        f"CREATE TRIGGER post_labels_insert AFTER INSERT ON posts WHEN {has_replaced} OR NOT {_has_author('sqlite')}"
        f" BEGIN {replaced}; {add}; END",
        f"CREATE TRIGGER post_labels_update AFTER UPDATE OF {', '.join(_COLUMNS)} ON posts WHEN {changed}"
        f" BEGIN {remove}; {add}; END",
        # A replaced post may have had the number that this one has now.
        f"CREATE TRIGGER post_labels_replace AFTER UPDATE OF id, from_url ON posts WHEN {has_replaced}"
        f" BEGIN {replaced}; {add}; END",
        f"CREATE TRIGGER post_labels_delete AFTER DELETE ON posts BEGIN {remove}; END",
    ]


def _server() -> list[str]:
    add, remove = "; ".join(add_statements(_row("new"), "postgresql")), _remove(_row("old"), "postgresql")
    old, new = (f"({', '.join(f'{row}.{name}' for name in _COLUMNS)})" for row in ("old", "new"))
    return [
        _SERVER_TERMS,
        "CREATE OR REPLACE FUNCTION post_labels_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF TG_OP <> 'INSERT' THEN {remove}; END IF;"
        f" IF TG_OP = 'UPDATE' OR (TG_OP = 'INSERT' AND NOT {_has_author('postgresql')}) THEN {add}; END IF;"
        " RETURN NULL; END $$",
        *(
            f"CREATE TRIGGER post_labels_{event} FOR EACH ROW {when} EXECUTE FUNCTION post_labels_follow()"
            for event, when in (
                ("insert AFTER INSERT ON posts", ""),
                ("delete AFTER DELETE ON posts", ""),
                (f"update AFTER UPDATE OF {', '.join(_COLUMNS)} ON posts", f"WHEN ({new} IS DISTINCT FROM {old})"),
            )
        ),
    ]
