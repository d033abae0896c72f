"""`ingestd db copy`: an archive from one database into another one, of SQLite or PostgreSQL."""

from typing import Annotated

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_note, print_text, progress_bar
from ingestd.model.errors import StoreError
from ingestd.policy.checks import daemon_findings
from ingestd.poll.lease_holders import is_dead_holder
from ingestd.store.daemons import running_daemons
from ingestd.store.database import Database
from ingestd.store.table_copy import copy_steps, copy_tables
from ingestd.text.times import utc_now

FromArgument = Annotated[
    str, typer.Argument(metavar="SRC", help="The database that is read: sqlite:///PATH or postgresql+psycopg://…")
]
ToArgument = Annotated[
    str, typer.Argument(metavar="DST", help="The one that is written: new, empty, or begun earlier.")
]


def copy(source_url: FromArgument, target_url: ToArgument, as_json: JsonOption = False) -> None:
    """Copy everything of one database into another one, such as from SQLite to PostgreSQL or back, and compare them.

    Stop the daemon first. Interrupt it, and the next one goes on; until its end nothing else writes to the target.
    A target that holds another archive is refused. Image files are not in the database, and stay where they are.
    """
    with Database(source_url) as source, Database(target_url) as target:
        if source.engine.url == target.engine.url:
            raise StoreError("the two databases are one")
        source.require()
        _refuse_running(source)
        if target.is_empty():
            target.upgrade(now=utc_now())
        target.require()
        advance, end = progress_bar(source.read(copy_steps), "copying")
        try:
            done = copy_tables(source, target, clock=utc_now, copied=lambda _rows: advance())
        finally:
            end()
        if as_json:
            print_json(
                {"source": source.name, "target": target.name, "rows": done.rows, "was_complete": done.was_complete}
            )
            return
        rows = f"{sum(done.rows.values()):,} rows in {len(done.rows)} tables"
        what = "holds the same already" if done.was_complete else "now holds the same"
        print_text(f"{target.name} {what} as {source.name}: {rows}, counts and digests compared")
        if done.rows["media"]:
            print_note("image files stay in their folder: name it as `folder` under [media] beside the new database")


def _refuse_running(database: Database) -> None:
    now = utc_now()
    for daemon in database.read(running_daemons):
        if not is_dead_holder(daemon.holder) and not daemon_findings(daemon.seen_at, now):
            raise StoreError(f"a daemon works on {database.name}: stop it first, or the copy would miss what it writes")
