"""`ingestd db`: the database."""

from pathlib import Path
from typing import Annotated

import typer

from ingestd.cli.common import JsonOption, now, say, say_json, session, table
from ingestd.store import reads, schema

app = typer.Typer(help="Upgrade, check, back up and measure the database.")


@app.command("upgrade")
def upgrade(context: typer.Context) -> None:
    """Bring the schema to this version. `run` and `fetch` do it too; a SQLite file with data is copied first."""
    with session(context).database() as database:
        before, after, backup = database.upgrade(now=now())
        if before == after:
            say(f"{database.name}: already at schema {after}")
        else:
            say(f"{database.name}: schema {before or 'none'} -> {after}")
        if backup is not None:
            say(f"the database before is kept as {backup}")


@app.command("check")
def check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Look for damage: the file itself, references between tables, the schema. Exit status 1 where there is any."""
    with session(context).readable() as database:
        found = schema.check(database.engine)
        if as_json:
            say_json({"database": database.name, "ok": not found, "findings": found})
        else:
            say("\n".join(found) if found else f"{database.name}: all is well")
    if found:
        raise typer.Exit(1)


@app.command("backup")
def backup(context: typer.Context, path: Annotated[Path, typer.Argument(help="The copy; must not exist yet.")]) -> None:
    """Copy the database while the daemon writes: complete, consistent, one file."""
    with session(context).readable() as database:
        schema.backup(database.engine, path)
        say(f"{path}: {path.stat().st_size:,} bytes")


@app.command("stats")
def stats(context: typer.Context, as_json: JsonOption = False) -> None:
    """Count rows and bytes."""
    with session(context).readable() as database:
        counts = database.read(reads.counts)
        size = sum(
            part.stat().st_size
            for suffix in ("", "-wal")
            if database.path and (part := database.path.with_name(database.path.name + suffix)).exists()
        )
        if as_json:
            say_json({"database": database.name, "bytes": size, **counts})
        else:
            table(("what", "how many"), [*counts.items(), ("bytes", size)], empty="")
