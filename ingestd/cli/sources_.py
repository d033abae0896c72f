"""`ingestd sources`: the configured feeds, and finding, checking, importing and exporting them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, cast

import typer

from ingestd.archive.atomic_files import atomic_file
from ingestd.cli import sources_change
from ingestd.cli.check_output import print_left_out
from ingestd.cli.host_status import host_records, print_hosts
from ingestd.cli.options import JsonOption
from ingestd.cli.output import JsonItems, print_error, print_json, print_note, print_table, print_text
from ingestd.cli.session import current_session
from ingestd.cli.sources_import import append_to_config, new_subscriptions, source_toml
from ingestd.cli.times import column_head, to_minute
from ingestd.cli.websub_status import describe_subscription, subscriptions_by_source
from ingestd.config.logs import log_event
from ingestd.identity.urls import redact
from ingestd.model.errors import ArchiveError
from ingestd.model.source import Source, is_local
from ingestd.sources import opml
from ingestd.sources.configured import ConfiguredSources, sources_to_fetch
from ingestd.store import sources as stored_sources
from ingestd.store.statistics import listed_sources
from ingestd.text.times import utc_now

#: Links of one source that `check` prints.
_MAX_SHOWN_LINKS = 40

app = typer.Typer(help="Add, list, check, pause, rename and remove sources; import and export lists of them.")

for _change in (sources_change.add, sources_change.remove, sources_change.pause, sources_change.resume):
    app.command(_change.__name__)(_change)
app.command("rename")(sources_change.rename)


@app.command("list")
def list_sources(
    context: typer.Context,
    by_host: Annotated[
        bool, typer.Option("--by-host", help="List the hosts of the sources: pace, refusals, and what is waiting.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the configured sources, and what the database knows of each."""
    if by_host:
        _list_hosts(context, as_json=as_json)
        return
    records = map(_record, _known_sources(context))
    if as_json:
        print_json(JsonItems(records))
        return
    listed = list(records)
    head = ("name", "url", "article", "enabled", "posts", "outcome", "former")
    more = ("pushes",) if any(row["push"] for row in listed) else ()
    print_table(
        ("source", *head[1:-1], "formerly", *more),
        [(*(row[key] for key in head), *(describe_subscription(row["push"]) for _ in more)) for row in listed],
        empty="no sources are configured",
    )


def _list_hosts(context: typer.Context, *, as_json: bool) -> None:
    """The hosts of the sources that the database knows. Raises StoreError."""
    with current_session(context).open_existing_database() as database:
        records = host_records(database, current_session(context).config, utc_now())
    if as_json:
        print_json(records)
    else:
        print_hosts(records)


class _Known(NamedTuple):
    """A configured source, and what the database holds of it: its row, former URLs, and WebSub subscription."""

    source: Source
    row: Mapping[str, Any]
    former_urls: Sequence[str]
    push: Any


def _known_sources(context: typer.Context) -> Iterator[_Known]:
    """The configured sources, of which some are read at a time; only them without a database. Raises StoreError."""
    wanted = ConfiguredSources(current_session(context).config, files_of=())
    with current_session(context).open_database() as database:
        if database.path is not None and not database.path.exists():
            yield from (_Known(source, {}, (), None) for source in wanted)
            return
        database.require()
        former_urls = database.read(stored_sources.former_addresses)
        pushes = subscriptions_by_source(database, utc_now())
        for start in range(0, len(wanted), stored_sources.SOURCES_AT_ONCE):
            some = wanted[start : start + stored_sources.SOURCES_AT_ONCE]
            rows = database.read(listed_sources, [source.name for source in some])
            for source in some:
                row = rows.get(source.name, {})
                yield _Known(source, row, former_urls.get(row.get("id", 0), ()), pushes.get(row.get("id", 0)))


def _record(known: _Known) -> dict[str, Any]:
    source, row = known.source, known.row
    return {
        "name": source.name,
        "url": redact(str(row.get("url") or source.url)),
        "article": source.article,
        "enabled": source.enabled,
        "tags": list(source.tags),
        "categories": list(source.categories),
        "posts": row.get("posts", 0),
        "outcome": row.get("last_outcome"),
        "former": ", ".join(map(redact, known.former_urls)),
        "push": known.push,
    }


@app.command("check")
def check_sources(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Names; all by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch and read feeds without storing anything: what they hold, or what is wrong (then exit status 1)."""
    from ingestd.cli.feed_lookup import check_feeds  # slow to import

    config = current_session(context).config
    results = asyncio.run(check_feeds(config, sources_to_fetch(config, names or [])))
    if as_json:
        print_json(results)
    else:
        keys = ("source", "outcome", "format", "entries", "newest", "title", "error")
        head = [column_head(key) if key == "newest" else key for key in keys]
        shown = [row | {"newest": to_minute(cast(str | None, row["newest"]))} for row in results]
        print_table(head, [[row[key] for key in keys] for row in shown], empty="no source to check")
        for row in results:
            if row["zone"]:
                print_text(f"{row['source']}: {row['zone']}")
            if row["links"]:
                _print_links(row)
            print_left_out(row)
    if any(row["error"] for row in results):
        raise typer.Exit(1)


def _print_links(row: dict[str, object]) -> None:
    """What a sitemap or a page would give: the first links, with their titles and dates."""
    links = cast(list[dict[str, str | None]], row["links"])
    print_text(f"\n{row['source']}: {len(links)} links are taken")
    shown = [(to_minute(link["published"]), link["title"], link["url"]) for link in links[:_MAX_SHOWN_LINKS]]
    print_table((column_head("published"), "title", "url"), shown, empty="")
    if len(links) > _MAX_SHOWN_LINKS:
        print_text(f"and {len(links) - _MAX_SHOWN_LINKS} more; --json shows all")


@app.command("discover")
def discover(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A page of the site.")],
    as_json: JsonOption = False,
) -> None:
    """Find the feeds of a site: those that a page names, else where sites usually have them; exit status 1 for none.

    Where there is no feed: the news sitemap, the page itself where it lists articles, or another sitemap.
    """
    from ingestd.cli.feed_lookup import discover_feeds  # slow to import

    found = asyncio.run(discover_feeds(current_session(context).settings, url))
    if as_json:
        print_json([{"url": link.url, "title": link.title, "type": link.type} for link in found])
    else:
        print_table(
            ("url", "type", "title"), [(link.url, link.type, link.title) for link in found], empty="no feed was found"
        )
    if not found:
        raise typer.Exit(1)


@app.command("import")
def import_sources(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="OPML, addresses line by line (newsboat's urls), or the archives' subs.json."
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be added; change nothing.")] = False,
) -> None:
    """Add the feeds of a list to the configuration file, as [[sources]] behind its end.

    A feed that is configured already, by its address, is left alone; a name that is taken gets a number. The folders of
    an OPML list become tags.
    """
    session = current_session(context)
    session.empty_config_allowed = True
    config = session.config
    try:
        with path.open("rb") as stream:
            # A device or a pipe may have no end.
            found = opml.read_feed_list(stream.read(opml.MAX_LIST_BYTES + 1))
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}") from error
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}") from error
    problems = list(found.problems)
    added = new_subscriptions(found.subscriptions, config, problems)
    text = "".join(f"\n{source_toml(subscription)}" for subscription in added)
    if dry_run:
        print_text(text.strip("\n"))
    elif added and config.path is not None:
        append_to_config(config.path, text)
    for problem in problems:
        log_event("problem", error=problem, file=str(path))
    present = len(found.subscriptions) - len(added) - (len(problems) - len(found.problems))
    (print_note if dry_run else print_text)(
        f"{len(added)} sources {'would be ' if dry_run else ''}added to {config.path}, {present} were there already"
    )
    if problems:
        raise typer.Exit(print_error(f"{path}: {len(problems)} items could not be taken", 1))


@app.command("export")
def export_sources(
    context: typer.Context,
    out: Annotated[str, typer.Option("--out", metavar="PATH", help="The file; - for standard output.")] = "-",
) -> None:
    """Write the sources as OPML, for Miniflux, FreshRSS, newsboat and any other reader."""
    wanted = list(_known_sources(context))
    feeds = [one for one in wanted if one.source.kind == "feed" and not is_local(one.source.url)]
    if len(feeds) < len(wanted):
        print_note(f"{len(wanted) - len(feeds)} sources are no feeds that other readers could read: left out")
    listed = [_subscription(one.source, one.row) for one in feeds]
    text = opml.write_opml(listed, title="ingestd", now=utc_now())
    if out == "-":
        typer.echo(text, nl=False)
        return
    with atomic_file(Path(out)) as stream:
        stream.write(text.encode("utf-8", "replace"))
    print_text(f"{out}: {len(listed)} sources")


def _subscription(source: Source, row: Mapping[str, Any]) -> opml.ListedFeed:
    """A source for OPML, at its present URL. By default a source is tagged with its own name: that is no folder."""
    tags = tuple(tag for tag in source.tags if tag != source.name)
    return opml.ListedFeed(source.name, str(row.get("url") or source.url), None, tags)
