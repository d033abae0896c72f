"""`ingestd import`: archives of Jekyll posts, and lists of known URLs."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from ingestd.archive.jekyll.read_folder import (
    ArchivedFile,
    Duplicate,
    ImportReport,
    find_files,
    read_archive,
    read_seen,
)
from ingestd.cli.options import JsonOption
from ingestd.cli.output import print_json, print_text, progress_bar
from ingestd.cli.session import current_session, upgrade_database
from ingestd.extract.html.clean import clean_html
from ingestd.identity.urls import UrlRules, normalise
from ingestd.model.errors import UsageError
from ingestd.sources.rules import url_rules
from ingestd.store import archive_files
from ingestd.store.database import Database
from ingestd.text.content_digest import content_digest
from ingestd.text.times import utc_now

#: Files whose posts are stored in one transaction.
_FILES_PER_BATCH = 500
#: Lines of a list of URLs that are stored in one transaction.
_LINES_PER_BATCH = 5000


def command(
    context: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH...", help="Files, or folders of them.")] = None,
    seen: Annotated[
        list[Path] | None,
        typer.Option("--seen", metavar="FILE", help="A list of URLs, one a line: known from now on, without posts."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take in archives of Jekyll posts: every variant, safe to repeat and to interrupt, no file dropped in silence.

    Ends with a report: stored, already known, duplicates by URL, unreadable. Exit status 1 where a file is unreadable.
    """
    if not paths and not seen:
        raise UsageError("name the files or folders to import, or a list with --seen FILE")
    rules = url_rules(current_session(context).settings)
    with current_session(context).open_database() as database:
        upgrade_database(database)
        report = import_posts(database, paths or [], rules)
        lists = [_store_known_urls(database, path, rules) for path in seen or []]
    if as_json:
        print_json({**report.as_dict(), "seen": lists})
    else:
        if paths:
            print_text("\n".join(report.lines()))
        for row in lists:
            counts = f"{row['new']} URLs are known from now on, {row['known']} were, {row['bad']} lines hold none"
            print_text(f"{row['file']}: {counts}")
    if report.unreadable:
        raise typer.Exit(1)


def import_posts(database: Database, paths: list[Path], rules: UrlRules) -> ImportReport:
    """Store every post of the files and folders `paths`, batch by batch; the report names each file that was not."""
    report = ImportReport()
    kept: dict[str, str] = {}
    advance, end = progress_bar(sum(1 for _ in find_files(paths)) if paths else 0, "files")
    try:
        files = read_archive(paths, now=utc_now(), clean=lambda html: clean_html(html, None))
        while batch := list(islice(files, _FILES_PER_BATCH)):
            _store_batch(database, batch, report, kept, rules)
            for _ in batch:
                advance()
    finally:
        end()
    return report


def _store_batch(
    database: Database, batch: list[ArchivedFile], report: ImportReport, kept: dict[str, str], rules: UrlRules
) -> None:
    candidates = list(_candidates(batch, report, kept, rules))
    if not candidates:
        return
    rows = [(item.post, key, content_digest(item.post.title, item.post.text)) for item, key in candidates if item.post]
    for (item, key), new in zip(candidates, database.write(archive_files.store_imported, rows, utc_now()), strict=True):
        report.stored += new
        report.known += not new
        kept[key] = str(item.path)


def _candidates(
    batch: list[ArchivedFile], report: ImportReport, kept: dict[str, str], rules: UrlRules
) -> Iterator[tuple[ArchivedFile, str]]:
    """(file, key of its URL) of the files with a post that no earlier file of this run had; the others are reported.

    `kept` maps the key of each post so far to its file.
    """
    for item in batch:
        if item.post is None:
            report.refuse(item)
            continue
        key = normalise(item.post.from_url, rules) or item.post.from_url
        if key in kept:
            report.duplicates.append(Duplicate(item.post.from_url, kept[key], str(item.path)))
            continue
        kept[key] = str(item.path)
        yield item, key


def _store_known_urls(database: Database, path: Path, rules: UrlRules) -> dict[str, object]:
    """Store the URLs of a list as known; counts of new and known ones, and of lines without a URL (`bad`)."""
    new = known = bad = 0
    lines = read_seen(path)
    while batch := list(islice(lines, _LINES_PER_BATCH)):
        keys = [key for line in batch if line.url and (key := normalise(line.url, rules))]
        fresh = database.write(archive_files.learn_urls, keys, utc_now())
        new, known, bad = new + fresh, known + len(keys) - fresh, bad + len(batch) - len(keys)
    return {"file": str(path), "new": new, "known": known, "bad": bad}
