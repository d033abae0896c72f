"""Fetches one page of a history, and has it read in a worker.

address ─fetch─▶ Response ─read, in a worker─▶ ParsedPage ─identify with what is stored─▶ fresh entries
"""

from datetime import datetime

from ingestd import policy
from ingestd.feeds.sitemaps.files import MAX_SITEMAP_BYTES
from ingestd.identity.decisions import Decisions
from ingestd.identity.urls import same_site
from ingestd.model.errors import Outcome
from ingestd.model.http import Request, Response
from ingestd.model.post import KnownPost
from ingestd.model.source import Source
from ingestd.poll.backfill.jobs import READ_HISTORY_PAGE, ParsedPage
from ingestd.poll.backfill.sitemap_tree import file_address
from ingestd.poll.context import PollContext, off_loop
from ingestd.poll.identify import identify, with_site
from ingestd.store.identities import known_posts

#: CPU seconds that the job of one page may take.
READ_DEADLINE_S = 20.0


def page_request(url: str, source: Source) -> Request:
    """The request for a page of a source's history; the source's own headers are sent to its own site only."""
    headers = source.headers if same_site(source.url, url) else ()
    return Request(
        url=file_address(url),
        accept="history",
        headers=headers,
        proxy=source.proxy,
        ca_file=source.ca_file,
        max_body=MAX_SITEMAP_BYTES,
    )


async def parse_page(
    response: Response, means: str, source: Source, context: PollContext, since: datetime | None
) -> ParsedPage:
    """Read a page in a worker process. Raises PollError where it is none."""
    return await context.workers.run(
        READ_HISTORY_PAGE,
        response,
        means=means,
        source=source,
        rules=context.url_rules,
        answered_at=policy.answered_at(response.headers, response.fetched_at),
        since=since,
        deadline=READ_DEADLINE_S,
        too_costly=Outcome.FEED_TOO_COSTLY,
    )


async def identify_page(
    page: ParsedPage, source: Source, context: PollContext
) -> tuple[Decisions, dict[str, KnownPost]]:
    """Which entries of a page are new, and the stored posts by which that was decided."""
    parsed = page.parsed
    known = await context.database.reading(known_posts, parsed.keys, source.id) if parsed.keys else {}
    entries = parsed.keyed_entries
    if not known or entries is None:
        return parsed.assumed, {}
    source = with_site(source, parsed.feed)
    return await off_loop(len(entries.items), lambda: identify(entries, source, known)), known
