"""What a database lacks whose migration was extended after that database was made.

`0001` had other columns in `sources` and `exports`, `0002` no `inbox.keys`, `0015` no `ix_posts_clamped`.
"""

from sqlalchemy import Connection, Table, inspect, text
from sqlalchemy.schema import CreateColumn, CreateIndex

from ingestd.store.models import exports, metadata


def complete_schema(connection: Connection) -> list[str]:
    """Add the columns and indexes of the models that are missing, after all migrations; the names of what was added."""
    added = _renew_exports(connection)
    for table in metadata.sorted_tables:
        added += [*_add_columns(connection, table), *_add_indexes(connection, table)]
    return added


def _renew_exports(connection: Connection) -> list[str]:
    """Make the table of exported files anew where its first form is left: no version has written rows of that one."""
    if "name_key" in _columns(connection, exports):
        return []
    exports.drop(connection)
    exports.create(connection)
    return [exports.name]


def _add_columns(connection: Connection, table: Table) -> list[str]:
    present = _columns(connection, table)
    missing = [column for column in table.columns if column.name not in present]
    for column in missing:
        declared = CreateColumn(column).compile(dialect=connection.dialect)
        connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {declared}"))
    return [f"{table.name}.{column.name}" for column in missing]


def _add_indexes(connection: Connection, table: Table) -> list[str]:
    present = {index["name"] for index in inspect(connection).get_indexes(table.name)}
    missing = [index for index in table.indexes if index.name not in present]
    for index in missing:
        connection.execute(CreateIndex(index))
    return [str(index.name) for index in missing]


def _columns(connection: Connection, table: Table) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(table.name)}
