"""`ingestd pages`: export the stored article pages."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from ingestd.archive.atomic_files import atomic_file
from ingestd.archive.formats.warc import write_warc
from ingestd.cli.options import SinceOption, SourceOption, parse_since
from ingestd.cli.output import print_note, print_text
from ingestd.cli.session import current_session
from ingestd.cli.stored_posts import post_batches
from ingestd.model.article import KeptPage
from ingestd.model.errors import StoreError
from ingestd.store import pages as kept_pages
from ingestd.store.database import Database
from ingestd.store.posts import PostFilter

#: Posts that are read in one transaction.
_POSTS_PER_BATCH = 50

app = typer.Typer(help="Export the kept article pages as WARC.")


@app.callback()
def pages() -> None:
    """Export the kept article pages as WARC."""


@app.command("export")
def export_pages(
    context: typer.Context,
    warc: Annotated[Path, typer.Option("--warc", metavar="PATH", help="The file, by custom NAME.warc.gz.")],
    source: SourceOption = None,
    since: SinceOption = None,
) -> None:
    """Write the pages of the chosen posts, in every version that was kept, as WARC 1.1.

    Exit status 1 where a page cannot be read any more; the others are written.
    """
    wanted = PostFilter(source=source, since=parse_since(since))
    lost: list[str] = []
    with current_session(context).open_existing_database() as database, atomic_file(warc) as stream:
        count = write_warc(_pages(database, wanted, lost), stream, name=warc.name)
    print_text(f"{warc}: {count} pages")
    if lost:
        print_note("\n".join(lost))
        raise typer.Exit(1)


def _pages(database: Database, wanted: PostFilter, lost: list[str]) -> Iterator[KeptPage]:
    """Every stored version of the pages of the wanted posts; a post whose pages cannot be read is added to `lost`."""
    for post in chain.from_iterable(post_batches(database, wanted, _POSTS_PER_BATCH)):
        try:
            found = database.read(kept_pages.versions, post.id)
        except StoreError as error:
            lost.append(f"{post.from_url}: {error}")
            continue
        yield from found
