"""`ingestd db`: upgrade, check, back up, restore and count the database."""

import typer

from ingestd.cli.database_stats import print_stats, read_stats
from ingestd.cli.db_backup import backup, restore
from ingestd.cli.db_copy import copy
from ingestd.cli.db_vacuum import vacuum
from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_text, progress_bar
from ingestd.cli.session import current_session
from ingestd.cli.stored_images import find_lost_images
from ingestd.store import fingerprints, search
from ingestd.store.database import Database
from ingestd.store.integrity import check_database
from ingestd.text.times import utc_now

app = typer.Typer(help="Upgrade, check, back up, restore, copy and measure the database.")


@app.command("upgrade")
def upgrade_to_latest_schema(context: typer.Context) -> None:
    """Bring the schema to this version. `run` and `fetch` do it too; a SQLite file with data is copied first.

    The search index and the fingerprints of an older database are filled to their end, in steps: interrupt it, and the
    next one goes on.
    """
    with current_session(context).open_database() as database:
        before, after, backup = database.upgrade(now=utc_now())
        if before == after:
            print_text(f"{database.name}: already at schema {after}")
        else:
            print_text(f"{database.name}: schema {before or 'none'} -> {after}")
        if backup is not None:
            print_text(f"the database before is kept as {backup}")
        if database.read(search.index_name) == search.FILLING_NAME:
            _fill_search_index(database)
        _fill_fingerprints(database)


def _fill_search_index(database: Database) -> None:
    total = database.read(search.backlog)
    advance, end = progress_bar(-(-total // search.STEP_POSTS), "indexing")
    try:
        while database.write(search.fill_index, search.STEP_POSTS):
            advance()
    finally:
        end()
    print_text(f"{total} posts were put into the search index")


def _fill_fingerprints(database: Database) -> None:
    total = database.read(fingerprints.backlog)
    if not total:
        return
    advance, end = progress_bar(-(-total // fingerprints.STEP_POSTS), "comparing")
    try:
        while database.write(fingerprints.fill_fingerprints, fingerprints.STEP_POSTS):
            advance()
    finally:
        end()
    waiting = "1 post was" if total == 1 else f"{total} posts were"
    print_text(f"{waiting} compared with all others (`ingestd posts similar`)")


@app.command("check")
def check_integrity(context: typer.Context, as_json: JsonOption = False) -> None:
    """Look for damage: the file itself, references between tables, the schema, and every image by its hash.

    Exit status 1 where there is any.
    """
    with current_session(context).open_existing_database() as database:
        found = check_database(database.engine)
        found += [finding for _, finding in find_lost_images(current_session(context), database)]
        if as_json:
            print_json({"database": database.name, "ok": not found, "findings": found})
        else:
            print_text("\n".join(found) if found else f"{database.name}: all is well")
    if found:
        raise typer.Exit(1)


app.command("backup")(backup)
app.command("restore")(restore)
app.command("vacuum")(vacuum)
app.command("copy")(copy)


@app.command("stats")
def stats(context: typer.Context, as_json: JsonOption = False) -> None:
    """Count rows and bytes, by table and by source, and tell how much the database will grow.

    Growth is what was polled in the last 30 days. The whole database is read: a large one takes a while.
    """
    config = current_session(context).settings
    with current_session(context).open_existing_database() as database:
        found = read_stats(database, config.media_folder, utc_now())
    if as_json:
        print_json(found)
    else:
        print_stats(found)
