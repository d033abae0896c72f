"""`ingestd fetch`: poll sources now."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_note, print_table, print_text, progress_bar
from ingestd.cli.session import Session, current_session, upgrade_database
from ingestd.config.settings import Config
from ingestd.model.errors import SUCCESSFUL_OUTCOMES
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll.context import PollContext
from ingestd.poll.open_context import open_poll_context
from ingestd.poll.poll_sources import poll_sources
from ingestd.sources.configured import configured_sources, require_sources, select_sources
from ingestd.store import dictionary_training, sources
from ingestd.store.database import Database
from ingestd.store.revisit_queue import listed_posts
from ingestd.text.times import utc_now

if TYPE_CHECKING:
    from ingestd.daemon.visits_now import Visited

#: Seconds for fetching images after the polls; images that are left stay queued.
IMAGES_TIMEOUT_S = 60.0
#: Hosts for whose stored pages a compression dictionary is trained, some 50 ms each.
MAX_TRAINED_HOSTS = 5


def command(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Names of sources; all by default.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Ask for and read everything again, also pages, even what has not changed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Poll sources now and wait until their articles are stored, and for a minute at most until their images are.

    Works beside a running daemon: a source that another process polls at the moment is left to it. Exit status 1 where
    some source failed.
    """
    session = current_session(context)
    config = session.config_of(names) if names else session.config
    require_sources(config)
    wanted = select_sources(configured_sources(config, files_of=()), names or [])
    with session.open_database() as database:
        upgrade_database(database)
        stored = _stored_sources(session, config, database, {source.name for source in wanted}, are_named=bool(names))
        polls, busy, visited, images = asyncio.run(_fetch(config, database, stored, force=force))
    order = {source.name: number for number, source in enumerate(wanted)}
    polls.sort(key=lambda poll: order[poll.name])
    if as_json:
        more: dict[str, object] = {"visits": Counter(one.found for one in visited)} if force else {}
        print_json(_summary(polls, busy) | more | ({"images": images} if images else {}))
    elif current_session(context).quiet:
        _print_failures(polls)
    else:
        _print_polls(polls, busy)
        if force:
            print_text(_visits_line(visited))
        if images:
            from ingestd.cli.stored_images import image_counts_line

            print_text(image_counts_line(images))
    if any(poll.outcome not in SUCCESSFUL_OUTCOMES for poll in polls):
        raise typer.Exit(1)


def _stored_sources(
    session: Session, config: Config, database: Database, names: set[str], *, are_named: bool
) -> list[Source]:
    """The sources to poll, with their rows. All that are configured are stored, unless the named ones are already."""
    named = [source for source in configured_sources(config, files_of=names) if source.name in names]
    found = database.read(sources.stored_sources, named) if are_named else None
    if found is None:
        configured = configured_sources(session.config, files_of=names)
        found = [one for one in database.write(sources.sync, configured, utc_now()) if one.name in names]
    return found


async def _fetch(
    config: Config, database: Database, chosen: Sequence[Source], *, force: bool
) -> tuple[list[Poll], list[Source], "list[Visited]", dict[str, int] | None]:
    """(finished polls, sources that another process is polling, visits, counts of images or None for none wanted).

    With `force`, the pages of posts that were stored before are visited, where the feeds list them still.
    """
    polls: list[Poll] = []
    async with open_poll_context(config, database, sources=len(chosen)) as poll_context:
        articles = _Articles()
        counting = replace(poll_context, progress=articles.add)
        advance, end = progress_bar(len(chosen), "sources", remark=articles.text)

        def done(poll: Poll) -> None:
            polls.append(poll)
            advance()

        try:
            started = utc_now()
            busy = await poll_sources(chosen, counting, force=force, done=done, waits=_note_wait)
            visited = await _visit_listed(chosen, polls, counting, started) if force else []
        finally:
            end()
        images = None
        if any(source.media for source in chosen):
            from ingestd.daemon.image_fetcher import fetch_images

            images = await fetch_images(chosen, poll_context, seconds=IMAGES_TIMEOUT_S)
        await dictionary_training.train_due(database, utc_now(), limit=MAX_TRAINED_HOSTS)
    return polls, busy, visited, images


async def _visit_listed(
    stored: Sequence[Source], polls: Sequence[Poll], context: PollContext, started: datetime
) -> "list[Visited]":
    """Visit the pages of the posts that these feeds list, but for those that have just been stored."""
    from ingestd.daemon.visits_now import visit_now  # only --force visits

    polled = {poll.name for poll in polls if poll.outcome in SUCCESSFUL_OUTCOMES}
    listed: set[int] = set()
    for source in stored:
        if source.name in polled and source.article != "never":
            listed.update(await context.database.reading(listed_posts, source.id, started))
    context.progress(len(listed), 0)
    by_id = {source.id: source for source in stored if source.name in polled}
    return await visit_now(listed, by_id, context, lambda: context.progress(0, 1))


def _visits_line(visited: "Sequence[Visited]") -> str:
    counts = Counter(one.found for one in visited)
    found = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    return f"{len(visited)} pages of stored articles read again" + (f": {found}" if found else "")


class _Articles:
    """Counts the articles whose pages are fetched."""

    def __init__(self) -> None:
        self.waiting = self.done = 0

    def add(self, waiting: int, done: int) -> None:
        """More that wait, and more that are done."""
        self.waiting += waiting
        self.done += done

    def text(self) -> str:
        """How far they are; empty where there are none."""
        return f"articles {self.done}/{self.waiting}" if self.waiting else ""


def _note_wait(host: str, seconds: float) -> None:
    print_note(f"waiting for the pace of {host}, which may be asked in {seconds:.0f} s")


def _summary(polls: Sequence[Poll], busy: Sequence[Source]) -> dict[str, Any]:
    rows = [
        {
            "name": poll.name,
            "outcome": str(poll.outcome),
            "http_status": poll.http_status,
            "entries": poll.entries,
            "new": poll.new,
            "updated": poll.updated,
            "duplicate": poll.duplicate,
            "filtered": poll.filtered,
            "failed": poll.failed,
            "seconds": round(poll.seconds, 3),
            "error": poll.error,
        }
        for poll in polls
    ]
    return {
        "sources": rows,
        "new": sum(poll.new for poll in polls),
        "failed": sum(poll.outcome not in SUCCESSFUL_OUTCOMES for poll in polls),
        "busy": [source.name for source in busy],
    }


def _print_failures(polls: Sequence[Poll]) -> None:
    """One line for each source that failed: all that a cron job is to mail."""
    for poll in polls:
        if poll.outcome not in SUCCESSFUL_OUTCOMES:
            print_text(f"{poll.name}: {poll.outcome}: {poll.error or 'failed'}")


def _print_polls(polls: Sequence[Poll], busy: Sequence[Source]) -> None:
    print_table(
        ("source", "outcome", "entries", "new", "updated", "duplicate", "failed", "seconds", "error"),
        [
            (
                poll.name,
                poll.outcome,
                poll.entries,
                poll.new,
                poll.updated,
                poll.duplicate,
                poll.failed,
                f"{poll.seconds:.1f}",
                poll.error,
            )
            for poll in polls
        ],
        empty="no source to poll",
    )
    for source in busy:
        print_text(f"{source.name}: another process polls it at the moment")
    failed = sum(poll.outcome not in SUCCESSFUL_OUTCOMES for poll in polls)
    left_out = sum(poll.filtered for poll in polls)
    rules = f" {left_out} left out by rules," if left_out else ""
    print_text(f"{sum(poll.new for poll in polls)} new,{rules} {failed} of {len(polls)} sources failed")
