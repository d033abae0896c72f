"""`ingestd sources add`, `remove`, `pause`, `resume` and `rename`: changes of sources in the configuration file."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from ingestd.cli.config_file import change_config, note_reload
from ingestd.cli.output import print_note, print_text
from ingestd.cli.session import Session, current_session
from ingestd.cli.sources_import import append_to_config, new_subscriptions, source_toml
from ingestd.cli.times import to_minute_with_zone
from ingestd.config.settings import Config
from ingestd.identity.urls import normalise, redact
from ingestd.model.errors import PollError, UsageError
from ingestd.model.feed import FeedLink
from ingestd.model.source import Source
from ingestd.sources import config_edits
from ingestd.sources.configured import configured_sources, select_sources
from ingestd.sources.opml import ListedFeed, feed_url
from ingestd.store import sources as stored_sources

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name of a source.")]
NamesArgument = Annotated[list[str], typer.Argument(metavar="NAME...", help="Names of sources.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print what would be written; change nothing.")]


def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, or a page of the site.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The source's name; else the title of the feed.")
    ] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag; may be repeated.")] = None,
    kind: Annotated[
        Literal["feed", "sitemap", "page"] | None,
        typer.Option("--kind", help="What the address is, where it is not to be found out."),
    ] = None,
    links: Annotated[
        str | None,
        typer.Option("--links", metavar="CSS", help="Of a page: its links to articles; implies --kind page."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Read the feed first, and add it only where that is one.")
    ] = True,
    dry_run: DryRunOption = False,
) -> None:
    """Find the feed of a site, read it, and add it to the configuration file.

    Where a site has several feeds, a terminal asks which; elsewhere the first is taken, which is the site's main one.
    Where it has none, its news sitemap is taken, or the page itself where it lists articles.
    """
    session = current_session(context)
    session.empty_config_allowed = True
    config = session.config
    if name is not None and name in {source.name for source in config.sources}:
        raise UsageError(f"a source is named {name!r} already")
    addresses = _addresses(url)
    if links is not None and kind not in (None, "page"):
        raise UsageError("--links is for --kind page")
    kind = "page" if links is not None else kind
    link = FeedLink(addresses[0], "", kind or "")
    row: dict[str, object] = {}
    if check:
        if kind is None:
            link = _found(config, addresses)
        source = Source(name or link.title or link.url, link.url, kind=_kind(link), links=links)
        from ingestd.cli.feed_lookup import check_feeds  # slow to import

        (row,) = asyncio.run(check_feeds(config, [source]))
        if row["error"]:
            print_note(f"{row['error']}: not added; --no-check adds it all the same")
            raise typer.Exit(1)
    title = name or str(row.get("title") or link.title or "")
    feed = ListedFeed(title, link.url, None, tuple(tags or ()))
    _add(config, feed, row, kind=_kind(link), links=links, dry_run=dry_run)


def _kind(link: FeedLink) -> str:
    """The `kind` of the source that a link becomes."""
    return "sitemap" if link.type.endswith("sitemap") else "page" if link.type == "page" else "feed"


def _found(config: Config, addresses: Sequence[str]) -> FeedLink:
    """What is found at the first address that answers. Raises typer.Exit where that is nothing."""
    found = asyncio.run(_discover(config, addresses))
    if not found:
        print_note(f"no feed was found at {redact(addresses[0])}; add its own address, or any with --no-check")
        raise typer.Exit(1)
    if _kind(found[0]) != "feed":
        print_note("no feed was found, but what can take its place:")
    return _choose(found)


def _addresses(text: str) -> list[str]:
    """The addresses that a user may mean, who may leave out the scheme or write `feed:`; the likeliest first."""
    has_scheme = "://" in text or text.lower().startswith("feed:")
    schemes = ("",) if has_scheme else ("https://", "http://")
    urls = [url for scheme in schemes if (url := feed_url(scheme + text.strip())) is not None]
    if not urls:
        raise UsageError(f"no web address: {text!r}")
    return urls


async def _discover(config: Config, addresses: Sequence[str]) -> list[FeedLink]:
    """The feeds at the first address that answers. Raises PollError where none does."""
    from ingestd.cli.feed_lookup import discover_feeds  # slow to import

    *others, last = addresses
    for url in others:
        with contextlib.suppress(PollError):
            return await discover_feeds(config, url)
    return await discover_feeds(config, last)


def _choose(links: Sequence[FeedLink]) -> FeedLink:
    """The feed that is meant: a terminal is asked, elsewhere it is the first."""
    if len(links) == 1 and _kind(links[0]) == "feed":
        return links[0]
    for number, link in enumerate(links, 1):
        kind = "" if _kind(link) == "feed" else f"  {link.type}"
        print_note(f"{number}  {redact(link.url)}{kind}  {link.title}")
    if len(links) == 1:
        return links[0]
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        print_note("the first is taken; another one is added by its own address")
        return links[0]
    answer: int = typer.prompt("Which one", default=1, type=int, err=True)
    if not 1 <= answer <= len(links):
        raise UsageError(f"there are {len(links)} feeds, and none has the number {answer}")
    return links[answer - 1]


def _add(
    config: Config, feed: ListedFeed, row: dict[str, object], *, kind: str, links: str | None, dry_run: bool
) -> None:
    problems: list[str] = []
    added = new_subscriptions([feed], config, problems)
    if problems:
        raise UsageError(problems[0])
    if not added:
        key = normalise(feed.xml_url)
        there = next(source.name for source in config.sources if normalise(source.url) == key)
        print_text(f"{redact(feed.xml_url)} is there already, as {there!r}")
        return
    text = source_toml(added[0], kind, links)
    if dry_run:
        print_text(text.rstrip("\n"))
        return
    append_to_config(_path(config), f"\n{text}")
    newest = cast(str | None, row.get("newest"))
    found = f": entries {row['entries']}, newest {to_minute_with_zone(newest) or 'without date'}" if row else ""
    print_text(f"{added[0].title!r} added to {config.path}{found}")
    if row.get("zone"):
        print_text(str(row["zone"]))
    note_reload()


def remove(context: typer.Context, names: NamesArgument, dry_run: DryRunOption = False) -> None:
    """Take sources out of the configuration file, with the comment above each; their posts stay."""
    _change(context, names, config_edits.without_source, "removed", dry_run=dry_run)


def pause(context: typer.Context, names: NamesArgument, dry_run: DryRunOption = False) -> None:
    """Poll sources no more, until they are resumed: `enabled = false` in the configuration file."""

    def paused(text: str, name: str) -> str:
        return config_edits.with_enabled(text, name, enabled=False)

    _change(context, names, paused, "paused", dry_run=dry_run)


def resume(context: typer.Context, names: NamesArgument, dry_run: DryRunOption = False) -> None:
    """Poll sources again that are paused, also those whose site had withdrawn the feed (410 Gone)."""

    def resumed(text: str, name: str) -> str:
        return config_edits.with_enabled(text, name, enabled=True)

    _change(context, names, resumed, "resumed", dry_run=dry_run)
    if not dry_run:
        _resume_withdrawn(current_session(context), names)


def _resume_withdrawn(session: Session, names: Sequence[str]) -> None:
    with session.open_database() as database:
        if database.path is not None and not database.path.exists():
            return
        database.require()
        for name in names:
            if database.write(stored_sources.resume, name):
                print_text(f"{name!r}: its feed was withdrawn; it is asked again now")


def rename(
    context: typer.Context,
    name: NameArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    dry_run: DryRunOption = False,
) -> None:
    """Give a source another name; its posts stay its own, with the tags that they have."""
    _change(
        context,
        [name],
        lambda text, old: config_edits.with_name(text, old, new),
        f"is now {new!r}",
        dry_run=dry_run,
    )


def _change(
    context: typer.Context, names: Sequence[str], edit: Callable[[str, str], str], done: str, *, dry_run: bool
) -> None:
    """Change each of the sources in the file by `edit(text, name)`, and say that it is `done`."""
    config = current_session(context).config
    # Raises UsageError for an unknown name, with those that are similar.
    select_sources(configured_sources(config, files_of=()), names)

    def change(text: str) -> str:
        for name in dict.fromkeys(names):
            text = edit(text, name)
        return text

    path = _path(config)
    if dry_run:
        print_text(change(path.read_text(encoding="utf-8-sig")).rstrip("\n"))
        return
    changed = change_config(path, change)
    for name in dict.fromkeys(names):
        print_text(f"{name!r} {done}" if changed else f"{name!r}: nothing to change in {path}")
    if changed:
        note_reload()


def _path(config: Config) -> Path:
    assert config.path is not None
    return config.path
