"""`ingestd save`: store single pages."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import chain, islice
from typing import Annotated

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_error, print_json, print_note, print_text
from ingestd.cli.session import current_session, upgrade_database
from ingestd.cli.stored_images import image_counts_line
from ingestd.config.settings import Config
from ingestd.daemon.image_fetcher import fetch_images
from ingestd.model.errors import UsageError
from ingestd.poll.context import MAX_CONCURRENT_PAGES
from ingestd.poll.open_context import open_poll_context
from ingestd.poll.save_page import SavedPage, save_page
from ingestd.store.database import Database
from ingestd.store.saved_source import add_saved_source
from ingestd.text.times import utc_now

#: Characters of a line of standard input; a longer one is no address.
MAX_LINE_CHARS = 20_000
#: Seconds for fetching images after the pages; images that are left stay queued.
IMAGES_TIMEOUT_S = 60.0


def command(
    context: typer.Context,
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="[URL]...", help="Addresses of pages; - or none reads them from standard input."),
    ] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag; may be repeated.")] = None,
    media: Annotated[bool, typer.Option("--media", help="Fetch and store the images of the pages too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Store single pages as posts of the source "saved": one line for each, as soon as it is done.

    A page that has a post already, of any source and also under another address, is said to be known. Standard input
    has one address per line; empty lines and lines that begin with # are skipped. Exit status 1 where a page could not
    be stored.
    """
    session = current_session(context)
    session.empty_config_allowed = True
    config = session.config
    if media and config.media_folder is None:
        raise UsageError("--media: with a database on a server, images need a `folder` in [media]")
    wanted = _addresses(urls or [])
    with session.open_database() as database:
        upgrade_database(database)
        saved = asyncio.run(_save(config, database, wanted, tuple(tags or ()), media=media, as_json=as_json))
    if as_json:
        print_json([asdict(one) for one in saved])
    counts = Counter(one.found for one in saved)
    if not saved:
        print_note("no address was given")
    elif len(saved) > 1:
        print_note(", ".join(f"{counts[found]} {found}" for found in ("saved", "known", "failed") if counts[found]))
    if counts["failed"]:
        raise typer.Exit(1)


def _addresses(given: Sequence[str]) -> Iterator[str]:
    """The addresses of the command line, and those of standard input for `-`. Raises UsageError for a terminal."""
    if not given:
        if sys.stdin.isatty():
            raise UsageError("no address: give some, or pipe them in, one per line")
        given = ("-",)
    return chain.from_iterable(_lines() if item == "-" else (item,) for item in given)


def _lines() -> Iterator[str]:
    while line := sys.stdin.readline(MAX_LINE_CHARS):
        address = line.strip().removeprefix("\ufeff")
        if address and not address.startswith("#"):
            yield address


async def _save(
    config: Config, database: Database, urls: Iterator[str], tags: tuple[str, ...], *, media: bool, as_json: bool
) -> list[SavedPage]:
    saved = []
    async with open_poll_context(config, database) as poll_context:
        stored = await database.writing(add_saved_source, utc_now())
        source = replace(stored, tags=tags or stored.tags, media=media)
        async for batch in _batches(urls):
            tasks = {url: asyncio.ensure_future(save_page(url, source, poll_context)) for url in dict.fromkeys(batch)}
            for url in batch:
                task = tasks.pop(url, None)
                saved.append(await (task or save_page(url, source, poll_context)))
                if not as_json:
                    _print(saved[-1])
        images = await fetch_images([source], poll_context, seconds=IMAGES_TIMEOUT_S)
        if images and not as_json:
            print_text(image_counts_line(images))
    return saved


async def _batches(urls: Iterator[str]) -> AsyncIterator[list[str]]:
    """The addresses in groups that are fetched at once; standard input is read in a thread, as it may be slow."""
    while batch := await asyncio.to_thread(lambda: list(islice(urls, MAX_CONCURRENT_PAGES))):
        yield batch


def _print(one: SavedPage) -> None:
    if one.found == "failed":
        print_error(f"{one.url}: {one.error}", 1)
    else:
        print_text(f"{one.found}  {one.post_id}  {' '.join((one.title or '').split()) or one.url}")
