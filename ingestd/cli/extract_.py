"""`ingestd extract --again`: extract the stored pages again, by the present rules and without the network."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

import typer

from ingestd.cli.options import JsonOption, SinceOption, SourceOption, parse_since
from ingestd.cli.output import print_json, print_note, print_text, progress_bar
from ingestd.cli.session import current_session
from ingestd.cli.stored_posts import post_batches
from ingestd.extract.rules.site_rules import SiteRules
from ingestd.model.article import KeptPage
from ingestd.model.errors import PollError, StoreError, UsageError
from ingestd.model.poll import WriteBatch
from ingestd.model.post import Post
from ingestd.model.source import Source
from ingestd.poll.extract_again import extract_again
from ingestd.poll.open_context import new_worker_pool
from ingestd.poll.workers import WorkerPool
from ingestd.sources.configured import configured_sources
from ingestd.sources.rules import site_rules
from ingestd.store import writes
from ingestd.store.database import Database
from ingestd.store.posts import PostFilter
from ingestd.store.revisions import page_of_present_text
from ingestd.store.sources import source_names
from ingestd.store.statistics import table_counts
from ingestd.text.times import utc_now

#: Pages that are extracted concurrently.
MAX_CONCURRENT_PAGES = 8


def command(
    context: typer.Context,
    again: Annotated[bool, typer.Option("--again", help="Say that you mean it: posts are rewritten.")] = False,
    source: SourceOption = None,
    since: SinceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the present extraction rules over the kept pages again, without the network.

    A post whose text comes out differently gets the new text, and its earlier one becomes a revision that is marked as
    ours, not the site's.
    """
    if not again:
        raise UsageError("`ingestd extract --again` rewrites posts from their kept pages; say --again to do it")
    config = current_session(context).config
    sources = {item.name: item for item in configured_sources(config, files_of=())}
    wanted = PostFilter(source=source, since=parse_since(since))
    with current_session(context).open_existing_database() as database:
        extraction = _Extraction(database, sources, site_rules(config))
        asyncio.run(extraction.run(wanted))
    result = {name: extraction.counts[name] for name in ("pages", "rewritten", "unchanged", "failed")}
    if as_json:
        print_json(result)
    else:
        print_text(", ".join(f"{count} {name}" for name, count in result.items()))
    if result["failed"]:
        raise typer.Exit(1)


@dataclass
class _Extraction:
    """One run over stored pages; `counts` has `pages`, and those `rewritten`, `unchanged` and `failed`."""

    database: Database
    sources: dict[str, Source]
    rules: SiteRules
    counts: Counter[str] = field(default_factory=Counter)

    async def run(self, wanted: PostFilter) -> None:
        """Extract the latest page of every wanted post, `MAX_CONCURRENT_PAGES` at a time."""
        names = self.database.read(source_names)
        advance, end = progress_bar(self.database.read(table_counts)["posts"], "posts")
        async with new_worker_pool() as workers:
            for batch in self._batches(wanted):
                await asyncio.gather(
                    *(
                        self._extract(post, page, self.sources.get(names.get(post.source_id or 0, "")), workers)
                        for post, page in batch
                    )
                )
                advance()
        end()

    def _batches(self, wanted: PostFilter) -> Iterator[list[tuple[Post, KeptPage]]]:
        """The wanted posts that have a stored page, with the latest one."""
        for posts in post_batches(self.database, wanted, MAX_CONCURRENT_PAGES):
            kept = [(post, self._latest_page(post)) for post in posts]
            yield [(post, page) for post, page in kept if page is not None]

    def _latest_page(self, post: Post) -> KeptPage | None:
        try:
            return self.database.read(page_of_present_text, post.id)
        except StoreError as error:
            print_note(f"{post.from_url}: {error}")
            self.counts.update(("pages", "failed"))
            return None

    async def _extract(self, post: Post, page: KeptPage, source: Source | None, workers: WorkerPool) -> None:
        self.counts["pages"] += 1
        try:
            update = await extract_again(post, page, source, workers, self.rules, utc_now())
        except PollError:
            self.counts["failed"] += 1
            return
        if update is None:
            self.counts["unchanged"] += 1
            return
        await self.database.writing(writes.write, WriteBatch(post.source_id or 0, utc_now(), updates=(update,)))
        self.counts["rewritten" if update.content != post.content else "unchanged"] += 1
