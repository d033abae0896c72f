"""What is wrong with a database: its schema, its file, its references and its dictionaries."""

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from ingestd.store.dictionaries import damaged_dictionaries
from ingestd.store.engine import error_reason
from ingestd.store.models import metadata
from ingestd.store.schema import current, head
from ingestd.store.views import VIEWS


def check_database(engine: Engine) -> list[str]:
    """One line for each thing that is wrong. Raises StoreError where the database cannot be opened."""
    revision = current(engine)
    found = []
    if revision != head():
        found.append(f"the schema is at revision {revision or 'none'}, not at {head()}: run `ingestd db upgrade`")
    try:
        with engine.connect().execution_options(reads=True) as connection:
            if engine.dialect.name == "sqlite":
                found += _damage(connection)
            if revision == head():
                present = {*inspect(connection).get_table_names(), *inspect(connection).get_view_names()}
                wanted = {*metadata.tables, *(view.name for view in VIEWS)}
                found += [f"table or view {name} is missing" for name in sorted(wanted - present)]
                found += damaged_dictionaries(connection) if "dictionaries" in present else []
    except SQLAlchemyError as error:
        found.append(f"the file is damaged: {error_reason(error)}")
    return found


def _damage(connection: Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
    return found + [
        f"table {row[0]}, row {row[1]}: refers to a row of {row[2]} that does not exist"
        for row in connection.execute(text("PRAGMA foreign_key_check"))
    ]
