"""`ingestd backfill`: read the history of sources."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from ingestd.cli.backfill_progress import BackfillLines, print_offers
from ingestd.cli.options import JsonOption, parse_since
from ingestd.cli.output import print_json, print_table, print_text
from ingestd.cli.session import current_session, upgrade_database
from ingestd.config.settings import Config
from ingestd.model.errors import UsageError
from ingestd.model.source import Source
from ingestd.poll.backfill.all_means import ALL_MEANS, KINDS
from ingestd.poll.backfill.read_history import Wanted
from ingestd.poll.backfill.run import BackfillOptions, BackfillReport, BackfillResult, backfill
from ingestd.poll.open_context import open_poll_context
from ingestd.sources.configured import configured_sources, require_sources, select_sources
from ingestd.store import sources
from ingestd.store.database import Database
from ingestd.text.times import utc_now


def command(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="Names of sources.")],
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="Only articles from this date on (UTC): 2024-05-01, or 365d."),
    ] = None,
    most: Annotated[
        int | None, typer.Option("--most", metavar="N", min=1, help="At most so many new articles of each source.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--from", metavar="MEANS", help=f"Only by this means: {', '.join(KINDS)}, or one that is shown."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Begin anew where a history was read before, or in part.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what the sites offer and what would be read; store nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Store the articles that a site lists beyond its feed: its archive, page by page, to the first one.

    What the site offers is found and printed first. Articles that are stored already are not fetched again. Works
    beside a running daemon, whose polls go first, at the pace of each host. Stopped at any moment, it goes on where it
    was.
    """
    config = current_session(context).config
    require_sources(config)
    if kind is not None and kind not in KINDS and kind not in {means.name for means in ALL_MEANS}:
        raise UsageError(f"--from {kind}: no such means; there are {', '.join(KINDS)}")
    options = BackfillOptions(Wanted(parse_since(since), most), kind, again, dry_run)
    wanted = select_sources(configured_sources(config, files_of=()), names)
    with current_session(context).open_database() as database:
        upgrade_database(database)
        results = asyncio.run(_backfill(config, database, wanted, options, quiet=as_json))
    if as_json:
        print_json([_record(result) for result in results])
    elif not dry_run:
        _print_results(results)
    if any(result.failed for result in results):
        raise typer.Exit(1)


async def _backfill(
    config: Config, database: Database, wanted: Sequence[Source], options: BackfillOptions, *, quiet: bool
) -> list[BackfillResult]:
    results = []
    names = {source.name for source in wanted}
    async with open_poll_context(config, database) as poll_context:
        stored = await database.writing(sources.sync, configured_sources(config, files_of=names), utc_now())
        for source in (source for source in stored if source.name in names):
            lines = BackfillLines()
            offers = (lambda _source, _offers: None) if quiet else print_offers
            try:
                report = BackfillReport(offers, lines.progress, lines.remark)
                results.append(await backfill(source, options, poll_context, report))
            finally:
                lines.end()
    return results


def _record(result: BackfillResult) -> dict[str, Any]:
    return {
        "source": result.source,
        "new": result.new,
        "complete": result.complete,
        "reason": result.reason,
        "offers": [
            {name: value for name, value in asdict(offer).items() if name != "digest"} for offer in result.offers.offers
        ],
        "refused": list(result.offers.refused),
        "backfills": [
            {name: value for name, value in asdict(item).items() if name not in ("source_id", "next_urls")}
            for item in result.backfills
        ],
    }


def _print_results(results: Sequence[BackfillResult]) -> None:
    print_table(
        ("source", "means", "state", "pages", "found", "new", "back to"),
        [
            (
                result.source,
                item.means,
                item.state,
                item.pages,
                # A page that was read in part is counted when the rest of it is read.
                max(item.found, item.new),
                item.new,
                item.reached_at and item.reached_at.date(),
            )
            for result in results
            for item in result.backfills
        ],
        empty="no history was read",
    )
    for result in results:
        if result.reason:
            print_text(f"{result.source}: {result.reason}")
