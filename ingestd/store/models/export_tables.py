"""Tables for other programs: which files were exported, and the meaning of every table and column."""

from sqlalchemy import Column, Table, UniqueConstraint

from ingestd.store.models.columns import StoredText, metadata, post_column, text_column

exports = Table(
    "exports",
    metadata,
    Column("target", StoredText, primary_key=True, comment="the folder, as an absolute path"),
    post_column(key=True),
    text_column("path", "the file's path in the folder; a file keeps it for ever", null=False),
    text_column("digest", "hash of what was written", null=False),
    text_column(
        "name_key", "the file's name as case-blind file systems see it: no two files of a folder share it", null=False
    ),
    text_column("exported_at", "when it was written", null=False),
    UniqueConstraint("target", "path"),
    comment="what `ingestd export` wrote where, so that it writes only what is new or changed",
)

documentation = Table(
    "documentation",
    metadata,
    Column("table_name", StoredText, primary_key=True, comment="a table or view"),
    Column("column_name", StoredText, primary_key=True, comment="one of its columns; '' for the table itself"),
    text_column("meaning", "what it holds", null=False),
    comment="the meaning of every table, view and column: the database explains itself",
)
