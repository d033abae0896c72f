# ruff: noqa: S608 - constant texts, chosen by the dialect
"""Posts by author, tag and category, which searches looked for in every post.

The triggers that keep them right are made beside the views, at each upgrade (`ingestd.store.label_triggers`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: So many numbers of posts at a time: what is sorted is in memory.
_STEP = 10_000
_LABEL_CHARS = 200
_LISTS = (("tag", "tags"), ("category", "categories"), ("category", "feed_categories"))
_ELEMENTS = {
    "sqlite": "json_each(CASE WHEN json_valid({0}) THEN {0} END)",
    "postgresql": "LATERAL json_labels({0})",
}
_TERM = {
    "sqlite": "CASE t.type WHEN 'object' THEN json_extract(t.value, '$.term') ELSE t.value END",
    "postgresql": "t.term",
}
_FOLDED = {"sqlite": "lower({})", "postgresql": 'lower({} COLLATE "C") COLLATE "default"'}
_SERVER_TERMS = """
CREATE OR REPLACE FUNCTION json_labels(list text) RETURNS TABLE (term text) LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN QUERY SELECT CASE jsonb_typeof(v) WHEN 'object' THEN v ->> 'term' ELSE v #>> '{}' END
    FROM jsonb_array_elements(list::jsonb) v;
EXCEPTION WHEN data_exception THEN RETURN;
END $$"""


def upgrade() -> None:
    """The tables, with the labels of the stored posts."""
    op.create_table(
        "labels",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.UniqueConstraint("folded", "kind", "label", name=op.f("uq_labels_folded_kind_label")),
    )
    op.create_table(
        "post_labels",
        sa.Column("label_id", _ROW_NUMBER, autoincrement=False, nullable=False),
        sa.Column("post_id", _ROW_NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("label_id", "post_id", name=op.f("pk_post_labels")),
        sqlite_with_rowid=False,
    )
    for name in ("author", "tags", "categories", "feed_categories"):
        op.add_column("replaced_posts", sa.Column(name, sa.Text(), nullable=True))
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        _run(connection, _SERVER_TERMS)
    last = connection.exec_driver_sql("SELECT max(id) FROM posts").scalar() or 0
    first = connection.exec_driver_sql("SELECT min(id) FROM posts").scalar() or 0
    for after in range(first - 1, last, _STEP):
        _add_labels(connection, f"(SELECT * FROM posts WHERE id > {after} AND id <= {after + _STEP})")


def _add_labels(connection: sa.Connection, rows: str) -> None:
    dialect = connection.dialect.name
    lists = (
        f" UNION ALL SELECT r.id, '{kind}', substr({_TERM[dialect]}, 1, {_LABEL_CHARS}) FROM {rows} r"
        f" CROSS JOIN {_ELEMENTS[dialect].format(f'r.{name}')} t WHERE {_TERM[dialect]} IS NOT NULL"
        for kind, name in _LISTS
    )
    author = f"SELECT r.id AS post_id, 'author' AS kind, substr(r.author, 1, {_LABEL_CHARS}) AS label FROM {rows} r"
    labels, folded = author + "".join(lists), _FOLDED[dialect].format("f.label")
    _run(
        connection,
        f"INSERT INTO labels (kind, folded, label) SELECT DISTINCT f.kind, {folded}, f.label FROM ({labels}) f"
        " WHERE 1 = 1 ON CONFLICT (folded, kind, label) DO NOTHING",
    )
    _run(
        connection,
        f"INSERT INTO post_labels (label_id, post_id) SELECT DISTINCT l.id, f.post_id FROM ({labels}) f"
        f" CROSS JOIN labels l WHERE l.folded = {folded} AND l.kind = f.kind AND l.label = f.label",
    )


def _run(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
