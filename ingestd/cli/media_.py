"""`ingestd media`: list the images of stored posts, and fetch those that are missing."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from ingestd.archive.images.files import image_path
from ingestd.cli.options import JsonOption, SinceOption, SourceOption, parse_since
from ingestd.cli.output import print_json, print_table, print_text
from ingestd.cli.session import current_session, upgrade_database
from ingestd.cli.stored_images import find_lost_images, image_counts_line
from ingestd.cli.times import column_head, to_minute
from ingestd.config.settings import Config
from ingestd.daemon.image_fetcher import fetch_images
from ingestd.identity.urls import redact
from ingestd.model.errors import UsageError
from ingestd.model.source import Source
from ingestd.poll.open_context import open_poll_context
from ingestd.sources.configured import configured_sources, select_sources
from ingestd.store import image_queue, sources
from ingestd.store.database import Database
from ingestd.text.times import utc_now

app = typer.Typer(help="List stored images; fetch those that are missing.")

#: Practically unlimited: the user can interrupt the command.
_FETCH_TIMEOUT_S = 86_400.0


@app.command("list")
def list_(
    context: typer.Context,
    source: SourceOption = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only images that could not be fetched.")] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most this many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List images, the newest first: where they are, and what became of each."""
    with current_session(context).open_existing_database() as database:
        rows = database.read(image_queue.list_images, source=source, failures=failed, limit=limit)
    for row in rows:
        row["file"] = image_path(row["hash"], row["type"]) if row["hash"] else None
        row["url"] = redact(row["url"])
    if as_json:
        print_json(rows)
        return
    print_table(
        ("outcome", "bytes", "size", column_head("next try"), "file", "address", "reason"),
        [
            (
                row["outcome"] or "waiting",
                row["bytes"],
                f"{row['width']}x{row['height']}" if row["width"] else None,
                to_minute(row["next_try_at"]),
                row["file"],
                row["url"],
                row["reason"],
            )
            for row in rows
        ],
        empty="no images: a source with `media = true` keeps those of its articles",
    )


@app.command("fetch")
def fetch(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Names; all with `media = true` by default.")
    ] = None,
    since: SinceOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also what was given up, and what `db check` finds missing or damaged.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch the images of all stored posts that are not here yet, also of those stored before `media = true`.

    Exit status 1 where an image failed. What fails or is stopped is tried again later, by `run` and by `fetch`.
    """
    config = current_session(context).config
    wanted = [source for source in select_sources(configured_sources(config, files_of=()), names or []) if source.media]
    if not wanted:
        raise UsageError("no source that was named has `media = true`" if names else "no source has `media = true`")
    with current_session(context).open_database() as database:
        upgrade_database(database)
        lost = [digest for digest, _ in find_lost_images(current_session(context), database)] if again else None
        counts = asyncio.run(_fetch(config, database, {source.name for source in wanted}, parse_since(since), lost))
    if as_json:
        print_json(counts)
    else:
        print_text(image_counts_line(counts))
    if counts["failed"]:
        raise typer.Exit(1)


async def _fetch(
    config: Config, database: Database, names: set[str], since: datetime | None, lost: Sequence[str] | None
) -> dict[str, int]:
    async with open_poll_context(config, database) as poll_context:
        stored = await database.writing(sources.sync, configured_sources(config, files_of=names), utc_now())
        chosen: list[Source] = [source for source in stored if source.name in names]
        for source in chosen:
            last: int | None = 0
            while last is not None:
                last = await database.writing(image_queue.queue_images_of_posts, source.name, since, last, utc_now())
        if lost is not None:
            await database.writing(image_queue.retry_images, [source.id for source in chosen], lost, utc_now())
        return await fetch_images(chosen, poll_context, seconds=_FETCH_TIMEOUT_S) or {
            "stored": 0,
            "failed": 0,
            "waiting": 0,
        }
