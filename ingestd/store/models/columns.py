"""What the tables' definitions share: the metadata, the types of columns, and functions that make usual columns."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Text, TypeDecorator
from sqlalchemy.engine import Dialect

from ingestd.text.characters import database_text


class StoredText(TypeDecorator[str]):
    """Text that every database can hold, whatever a feed or header contained: see `database_text`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its signature
        """The text as it is stored, both for values that are written and for values that are looked up."""
        return None if value is None else database_text(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: `info` of an index with `sqlite_where` that is partial in PostgreSQL too: `postgresql_where` imports its dialect.
PARTIAL_IN_POSTGRESQL = {"partial_in_postgresql": True}


def use_postgresql() -> None:
    """Complete the indexes for PostgreSQL, before the first statement that makes them."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if index.info == PARTIAL_IN_POSTGRESQL:
                index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


# SQLite assigns row numbers only to a column that is declared exactly INTEGER PRIMARY KEY.
ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")
BYTES = LargeBinary()


def text_column(name: str, comment: str, *, null: bool = True, default: str | None = None) -> Column[str]:
    """A column of text; `default` is the server's."""
    return Column(name, StoredText, nullable=null, server_default=default, comment=comment)


def flag_column(name: str, comment: str, *, default: str = "0") -> Column[int]:
    """A column that holds 0 or 1."""
    return Column(name, Integer, nullable=False, server_default=default, comment=comment)


def count_column(name: str, comment: str, *, default: str = "0") -> Column[int]:
    """A column that counts."""
    return Column(name, Integer, nullable=False, server_default=default, comment=comment)


def post_column(
    name: str = "post_id", *, key: bool = False, null: bool = False, on_delete: str = "CASCADE"
) -> Column[int]:
    """A reference to a post; `on_delete` is what the database does with the row when the post is deleted."""
    return Column(
        name,
        ROW_NUMBER,
        ForeignKey("posts.id", ondelete=on_delete),
        primary_key=key,
        nullable=null,
        comment="the post (posts.id)",
    )


def source_column(*, key: bool = False, null: bool = False, on_delete: str = "CASCADE") -> Column[int]:
    """A reference to a source; `on_delete` is what the database does with the row when the source is deleted."""
    return Column(
        "source_id",
        ROW_NUMBER,
        ForeignKey("sources.id", ondelete=on_delete),
        primary_key=key,
        nullable=null,
        comment="the source (sources.id)",
    )
