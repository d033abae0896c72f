"""`ingestd export`: write posts as files."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Annotated, TextIO

import typer

from ingestd.archive.atomic_files import atomic_file
from ingestd.archive.formats.feeds import write_atom, write_json_feed
from ingestd.archive.formats.sqlite_copy import write_sqlite
from ingestd.archive.formats.tables import write_csv, write_jsonl
from ingestd.archive.jekyll.export_folder import export_jekyll
from ingestd.cli.export_manifest import DatabaseManifest
from ingestd.cli.options import JsonOption, MediaOption, MediaUrlOption, SinceOption, SourceOption, parse_since
from ingestd.cli.output import print_json, print_text
from ingestd.cli.search_query import read_query
from ingestd.cli.session import current_session
from ingestd.cli.stored_images import ImageCopier, image_copier
from ingestd.cli.stored_posts import post_batches, with_progress
from ingestd.model.article import BodyOrigin
from ingestd.model.errors import UsageError
from ingestd.model.post import Post
from ingestd.store.database import Database
from ingestd.store.posts import PostFilter
from ingestd.text.times import utc_now

#: Posts that are read in one transaction.
_POSTS_PER_BATCH = 200

app = typer.Typer(help="Write posts as Jekyll files, JSON Lines, CSV, Atom, JSON Feed or SQLite.")

OutFile = Annotated[str, typer.Option("--out", metavar="PATH", help="The file; - for standard output.")]
QueryOption = Annotated[
    str | None, typer.Option("--query", metavar="WORDS", help="Only posts whose title or text holds every word.")
]


@app.command("jekyll")
def jekyll(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder; made where it is missing.")],
    since: SinceOption = None,
    source: SourceOption = None,
    query: QueryOption = None,
    archive_after: Annotated[
        int | None,
        typer.Option(
            "--archive-after", metavar="DAYS", min=0, max=100_000, help="Put older posts into archived/YYYY-MM-DD/."
        ),
    ] = None,
    media: MediaOption = None,
    media_url: MediaUrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write posts as Jekyll files, one each: only what is new or revised since the last export into that folder.

    A file keeps its name for ever, because a site's addresses derive from it. Which post is which file is kept in the
    database. A site that Jekyll builds shows posts at other depths than their files: give it --media-url.
    """
    if media is not None and media_url is None and archive_after is not None:
        raise UsageError("--archive-after moves files, and relative paths would break: give --media-url too")
    with current_session(context).open_existing_database() as database:
        manifest = DatabaseManifest(database, out)
        wanted = _filter(source, since, query)
        copier = image_copier(current_session(context), database, media, media_url, out)
        try:
            report = export_jekyll(
                _with_images(with_progress(_with_bodies(_posts(database, wanted)), database), copier),
                out,
                manifest,
                now=utc_now(),
                archive_after=None if archive_after is None else timedelta(days=archive_after),
            )
        finally:
            manifest.flush()
    if as_json:
        print_json(report.as_dict())
    else:
        print_text("\n".join(report.lines()))
    if report.failed or (copier is not None and copier.lost):
        raise typer.Exit(1)


def _with_bodies(posts: Iterable[Post]) -> Iterator[Post]:
    """The posts whose bodies retention has not dropped: the files of the others keep theirs."""
    return (post for post in posts if post.body_origin is not BodyOrigin.EXPIRED)


@app.command("jsonl")
def jsonl(
    context: typer.Context,
    out: OutFile,
    since: SinceOption = None,
    source: SourceOption = None,
    query: QueryOption = None,
    media: MediaOption = None,
    media_url: MediaUrlOption = None,
) -> None:
    """Write one JSON object a line, values exactly as stored (but for the places of images, with --media)."""
    _write_stream(context, out, _filter(source, since, query), write_jsonl, media, media_url)


@app.command("csv")
def csv(
    context: typer.Context,
    out: OutFile,
    since: SinceOption = None,
    source: SourceOption = None,
    query: QueryOption = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Leave texts alone that a spreadsheet takes for formulas.")
    ] = False,
) -> None:
    """Write a table with a header, for spreadsheets and pandas."""
    _write_stream(
        context, out, _filter(source, since, query), lambda posts, stream: write_csv(posts, stream, exact=exact)
    )


@app.command("atom")
def atom(
    context: typer.Context,
    out: OutFile,
    since: SinceOption = None,
    source: SourceOption = None,
    query: QueryOption = None,
    title: Annotated[str, typer.Option("--title", help="The feed's title.")] = "ingestd",
    media: MediaOption = None,
    media_url: MediaUrlOption = None,
) -> None:
    """Write an Atom 1.0 feed with the full content, for any reader."""
    _write_stream(
        context,
        out,
        _filter(source, since, query),
        lambda posts, stream: write_atom(posts, stream, title=title, now=datetime.now(UTC)),
        media,
        media_url,
    )


@app.command("json")
def json_feed(
    context: typer.Context,
    out: OutFile,
    since: SinceOption = None,
    source: SourceOption = None,
    query: QueryOption = None,
    title: Annotated[str, typer.Option("--title", help="The feed's title.")] = "ingestd",
    media: MediaOption = None,
    media_url: MediaUrlOption = None,
) -> None:
    """Write a JSON Feed 1.1 with the full content."""
    _write_stream(
        context,
        out,
        _filter(source, since, query),
        lambda posts, stream: write_json_feed(posts, stream, title=title),
        media,
        media_url,
    )


@app.command("sqlite")
def sqlite(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="The new database.")],
    since: SinceOption = None,
    source: SourceOption = None,
    query: QueryOption = None,
) -> None:
    """Write a compact, read-only database with the chosen posts, to hand on."""
    with current_session(context).open_existing_database() as database:
        count = write_sqlite(_posts(database, _filter(source, since, query)), out, now=utc_now())
    print_text(f"{out}: {count} posts")


def _filter(source: str | None, since: str | None, query: str | None) -> PostFilter:
    return PostFilter(source=source, since=parse_since(since), query=None if query is None else read_query(query))


def _posts(database: Database, wanted: PostFilter) -> Iterator[Post]:
    return chain.from_iterable(post_batches(database, wanted, _POSTS_PER_BATCH))


def _with_images(posts: Iterable[Post], copier: ImageCopier | None) -> Iterable[Post]:
    return posts if copier is None else copier.with_copies(posts)


def _write_stream(
    context: typer.Context,
    out: str,
    wanted: PostFilter,
    write: Callable[[Iterable[Post], TextIO], int],
    media: Path | None = None,
    media_url: str | None = None,
) -> None:
    """Write the wanted posts with `write` to the file `out`, or to standard output for `-`."""
    beside = Path.cwd() if out == "-" else Path(out).parent
    with current_session(context).open_existing_database() as database:
        copier = image_copier(current_session(context), database, media, media_url, beside)
        if out == "-":
            sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
            write(_with_images(_posts(database, wanted), copier), sys.stdout)
        else:
            with _text_file(Path(out)) as stream:
                count = write(_with_images(with_progress(_posts(database, wanted), database), copier), stream)
            print_text(f"{out}: {count} posts")
    if copier is not None and copier.lost:
        raise typer.Exit(1)


@contextmanager
def _text_file(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text stream into a file that appears under its name when all is written."""
    with atomic_file(path) as raw:
        text = TextIOWrapper(raw, encoding="utf-8", newline="", write_through=True)
        yield text
        text.flush()
        text.detach()
