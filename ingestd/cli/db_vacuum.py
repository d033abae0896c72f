"""`ingestd db vacuum`."""

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_text
from ingestd.cli.session import current_session
from ingestd.model.errors import StoreError
from ingestd.store.vacuum import vacuum as vacuum_file


def vacuum(context: typer.Context, as_json: JsonOption = False) -> None:
    """Give the space of deleted rows back to the disk (SQLite). It needs up to twice the database's size meanwhile.

    Polls of a running daemon wait for it; of a large archive, stop the daemon first.
    """
    with current_session(context).open_existing_database() as database:
        path, name = database.path, database.name
    if path is None:
        raise StoreError("only SQLite databases are vacuumed here; PostgreSQL has VACUUM and autovacuum")
    done = vacuum_file(path)
    if as_json:
        print_json({"database": name, "bytes_before": done.before, "bytes_after": done.after})
    else:
        print_text(f"{name}: {done.before:,} bytes before, {done.after:,} after")
