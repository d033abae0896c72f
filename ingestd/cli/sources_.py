"""`ingestd sources`: what is polled."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from ingestd.archive.atomic_files import atomic_file
from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_error, print_json, print_note, print_table, print_text
from ingestd.cli.session import current_session, utc_now
from ingestd.cli.websub_status import describe_subscription, subscriptions_by_source
from ingestd.config.load import parse_config
from ingestd.config.logs import log_event
from ingestd.config.settings import Config
from ingestd.feeds.parse_feed import parse_feed
from ingestd.fetch import Client
from ingestd.identity.urls import normalise, redact
from ingestd.model.errors import ArchiveError, ConfigError, PollError, UsageError
from ingestd.model.feed import Feed
from ingestd.model.http import Request
from ingestd.model.source import Source
from ingestd.sources import opml
from ingestd.sources.configured import configured_sources, select_sources
from ingestd.sources.discovery import FeedLink, feed_links, guesses
from ingestd.store import sources as stored_sources
from ingestd.store.health import source_health
from ingestd.text.plain_text import clean_line

app = typer.Typer(help="List, check, discover, import and export sources.")

#: Guessed addresses that are asked before a site counts as having no feed.
_MOST_GUESSES = 27
#: Longer titles than this are cut, so that a name has room for what tells it from another one.
_NAME_LENGTH = 160


@app.command("list")
def list_sources(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the configured sources, and what the database knows of each."""
    wanted = configured_sources(current_session(context).config)
    rows, former, pushed = _known(context)
    listed = [_record(source, rows.get(source.name, {}), former, pushed) for source in wanted]
    if as_json:
        print_json(listed)
        return
    head = ("name", "url", "article", "enabled", "posts", "outcome", "former")
    more = ("pushes",) if pushed else ()
    print_table(
        ("source", *head[1:-1], "formerly", *more),
        [(*(row[key] for key in head), *(describe_subscription(row["push"]) for _ in more)) for row in listed],
        empty="no sources are configured",
    )


def _known(
    context: typer.Context,
) -> tuple[dict[str, dict[str, object]], dict[int, list[str]], dict[int, dict[str, Any]]]:
    with current_session(context).open_database() as database:
        if database.path is not None and not database.path.exists():
            return {}, {}, {}
        database.require()
        rows = {row["name"]: row for row in database.read(source_health)}
        return rows, database.read(stored_sources.former_addresses), subscriptions_by_source(database, utc_now())


def _record(
    source: Source, row: dict[str, object], former: dict[int, list[str]], pushed: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    number = row.get("id")
    return {
        "name": source.name,
        "url": redact(str(row.get("url") or source.url)),
        "article": source.article,
        "enabled": source.enabled,
        "tags": list(source.tags),
        "categories": list(source.categories),
        "posts": row.get("posts", 0),
        "outcome": row.get("last_outcome"),
        "former": ", ".join(map(redact, former.get(number, []))) if isinstance(number, int) else "",
        "push": pushed.get(number) if isinstance(number, int) else None,
    }


@app.command("check")
def check(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Names; all by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch and read feeds without storing anything: what they hold, or what is wrong (then exit status 1)."""
    config = current_session(context).config
    results = asyncio.run(_check_all(config, select_sources(configured_sources(config), names or [])))
    if as_json:
        print_json(results)
    else:
        head = ("source", "outcome", "format", "entries", "newest", "title", "error")
        print_table(head, [[row[key] for key in head] for row in results], empty="no source to check")
    if any(row["error"] for row in results):
        raise typer.Exit(1)


async def _check_all(config: Config, wanted: Sequence[Source]) -> list[dict[str, object]]:
    async with Client(config.fetch) as client:
        return list(await asyncio.gather(*(_check(source, client) for source in wanted)))


async def _check(source: Source, client: Client) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(("source", "outcome", "format", "entries", "newest", "title", "error"))
    row["source"] = source.name
    try:
        feed = await _read(source.url, client, source)
    except PollError as error:
        return row | {"outcome": str(error.outcome), "error": f"{source.url}: {error.reason}"}
    dates = [entry.published.utc for entry in feed.entries if entry.published]
    newest = f"{max(dates):%Y-%m-%d %H:%M}" if dates else None
    return row | {
        "outcome": "ok",
        "format": feed.format,
        "entries": feed.total,
        "newest": newest,
        "title": feed.title,
    }


async def _read(url: str, client: Client, source: Source | None = None) -> Feed:
    headers = source.headers if source else ()
    response = await client.get(Request(url, accept="feed", headers=headers, proxy=source.proxy if source else None))
    return parse_feed(
        response.body,
        url=response.final_url,
        content_type=response.header("content-type"),
        timezone=source.timezone if source else None,
        language=source.language if source else None,
    )


@app.command("discover")
def discover(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A page of the site.")],
    as_json: JsonOption = False,
) -> None:
    """Find the feeds of a site: those that a page names, else where sites usually have them; exit status 1 for none."""
    found = asyncio.run(_discover(current_session(context).config, url))
    if as_json:
        print_json([{"url": link.url, "title": link.title, "type": link.type} for link in found])
    else:
        print_table(
            ("url", "type", "title"), [(link.url, link.type, link.title) for link in found], empty="no feed was found"
        )
    if not found:
        raise typer.Exit(1)


async def _discover(config: Config, url: str) -> list[FeedLink]:
    async with Client(config.fetch) as client:
        try:
            response = await client.get(Request(url, accept="any"))
        except PollError as error:
            # A server that answers so may still give its feed to programs; one that does not answer has none to give.
            found = await _guessed(url, client) if error.http_status is not None else []
            if found:
                return found
            raise
        if (feed := _as_feed(response.body, response.final_url)) is not None:
            return [FeedLink(response.final_url, feed.title, feed.format)]
        return feed_links(response.body, response.final_url) or await _guessed(response.final_url, client)


async def _guessed(url: str, client: Client) -> list[FeedLink]:
    found = []
    for guess in guesses(url)[:_MOST_GUESSES]:
        try:
            feed = await _read(guess, client)
        except PollError:
            continue
        found.append(FeedLink(guess, feed.title, feed.format))
    return found


def _as_feed(body: bytes, url: str) -> Feed | None:
    try:
        return parse_feed(body, url=url)
    except PollError:
        return None


@app.command("import")
def import_sources(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="OPML, or the archives' subs.json.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be added; change nothing.")] = False,
) -> None:
    """Add the feeds of a list to the configuration file, as [[sources]] behind its end.

    A feed that is configured already, by its address, is left alone; a name that is taken gets a number. The folders of
    an OPML list become tags.
    """
    config = current_session(context).config
    try:
        found = opml.read(path.read_bytes())
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}") from error
    problems = list(found.problems)
    added = _new_sources(found.subscriptions, config, problems)
    text = "".join(f"\n{_toml(one)}" for one in added)
    if dry_run:
        print_text(text.strip("\n"))
    elif added and config.path is not None:
        _append(config.path, text)
    for problem in problems:
        log_event("problem", error=problem, file=str(path))
    known = len(found.subscriptions) - len(added) - (len(problems) - len(found.problems))
    (print_note if dry_run else print_text)(
        f"{len(added)} sources {'would be ' if dry_run else ''}added to {config.path}, {known} were there already"
    )
    if problems:
        raise typer.Exit(print_error(f"{path}: {len(problems)} items could not be taken", 1))


def _new_sources(found: Sequence[opml.Subscription], config: Config, problems: list[str]) -> list[opml.Subscription]:
    """What is not configured yet, under names that a configuration takes and that no other source has."""
    urls = {normalise(source.url) for source in config.sources}
    names = {source.name for source in config.sources}
    added = []
    for one in found:
        key = normalise(one.xml_url)
        if key is None or not one.xml_url.isprintable():
            problems.append(f"{one.title}: no address that can be fetched: {one.xml_url[:200]!r}")
            continue
        if key in urls:
            continue
        title = _as_name(one.title) or urlsplit(one.xml_url).hostname or "feed"
        name, number = title, 2
        while name in names:
            name, number = f"{title} {number}", number + 1
        urls.add(key)
        names.add(name)
        tags = tuple(dict.fromkeys(tag for text in one.tags if (tag := _as_name(text))))
        added.append(replace(one, title=name, tags=tags))
    return added


def _as_name(text: str) -> str:
    """A title as one line of printable text: what a configuration takes for a name, and a terminal for a line."""
    printable = "".join(char for char in clean_line(text) if char.isprintable())
    return printable[:_NAME_LENGTH].strip()


def _toml(one: opml.Subscription) -> str:
    lines = ["[[sources]]", f"name = {_quoted(one.title)}", f"url = {_quoted(one.xml_url)}"]
    if one.tags:
        lines.append(f"tags = [{', '.join(map(_quoted, one.tags))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL, which TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _append(path: Path, text: str) -> None:
    """Put `text` behind the end of a configuration, all of it or nothing; what stands there stays as it is.

    Raises UsageError where the file cannot be written, or would be no valid configuration any more.
    """
    try:
        before = path.read_bytes()
        end = "\r\n" if b"\r\n" in before else "\n"
        parted = before if before.endswith(b"\n") or not before else before + end.encode()
        after = parted + text.replace("\n", end).encode()
        parse_config(after.decode(), path, os.environ)
        _replace(path.resolve(), after)
    except ConfigError as error:
        raise UsageError(f"the sources cannot be put behind the end of the configuration: {error}") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be changed: {error.strerror}; try --dry-run") from error


def _replace(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode
    with atomic_file(path) as stream:
        os.fchmod(stream.fileno(), mode)
        stream.write(data)


@app.command("export")
def export(
    context: typer.Context,
    out: Annotated[str, typer.Option("--out", metavar="PATH", help="The file; - for standard output.")] = "-",
) -> None:
    """Write the sources as OPML, for Miniflux, FreshRSS, newsboat and any other reader."""
    wanted = configured_sources(current_session(context).config)
    rows, _, _ = _known(context)
    listed = [
        opml.Subscription(
            source.name,
            str(rows.get(source.name, {}).get("url") or source.url),
            None,
            tuple(tag for tag in source.tags if tag != source.name),
        )
        for source in wanted
    ]
    text = opml.write_opml(listed, title="ingestd", now=utc_now())
    if out == "-":
        typer.echo(text, nl=False)
        return
    with atomic_file(Path(out)) as stream:
        stream.write(text.encode("utf-8", "replace"))
    print_text(f"{out}: {len(listed)} sources")
