"""Alembic's entry: the connection comes from ingestd.store.schema, or from the URL given to alembic itself."""

from alembic import context
from sqlalchemy import Connection

from ingestd.store.engine import open_engine
from ingestd.store.models import metadata


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


_given = context.config.attributes.get("connection")
if _given is not None:
    _run(_given)
else:
    with open_engine(context.config.get_main_option("sqlalchemy.url") or "").connect() as _connection:
        _run(_connection)
