"""What a site offers: the feed is read, and the first page of each means that it may have."""

from dataclasses import dataclass
from datetime import datetime

from ingestd import policy
from ingestd.identity.urls import redact, same_site
from ingestd.model.errors import Outcome, PermanentError, PollError
from ingestd.model.history import FeedPaging
from ingestd.model.http import Request, Response
from ingestd.model.source import Source, is_local
from ingestd.policy.mirrors import NOT_OF_AN_ADDRESS, in_own_addresses
from ingestd.poll.backfill.all_means import ALL_MEANS
from ingestd.poll.backfill.fetch_page import READ_DEADLINE_S, page_request, parse_page
from ingestd.poll.backfill.jobs import READ_CLUES
from ingestd.poll.backfill.means import FeedClues, HistoryMeans
from ingestd.poll.context import PollContext
from ingestd.store.backfills import ReadPage


@dataclass(frozen=True, slots=True)
class Offer:
    """A means that a site offers: where it begins, and what its first page says.

    `entries` counts those of the first page, `digest` is theirs, `oldest` the date of the oldest; `further` counts the
    pages or files that it names. `total` and `pages` are what the site says that it has.
    """

    means: str
    label: str
    url: str
    entries: int
    digest: str
    total: int | None = None
    pages: int | None = None
    oldest: datetime | None = None
    further: int = 0


@dataclass(frozen=True, slots=True)
class Offers:
    """What a site offers, the best first, and the feed as it was read.

    `complete`: the feed has the whole history already. `refused` says of each means that the site seemed to have why it
    cannot be used, with its address.
    """

    offers: tuple[Offer, ...] = ()
    refused: tuple[str, ...] = ()
    complete: bool = False
    feed: ReadPage | None = None


async def find_offers(source: Source, context: PollContext, kind: str | None = None) -> Offers:
    """What a site offers for a source; with `kind`, only by means of that kind. Raises PollError without a feed."""
    clues, feed = await read_clues(source, context)
    offers: list[Offer] = []
    refused: list[str] = []
    for means in _wanted(kind):
        url = means.first_url(clues)
        if url is None or is_local(url) or (url == clues.url and source.kind == "feed"):
            continue
        try:
            offers.append(await _probe(means, url, feed.digest if feed else "", source, context))
        except PollError as error:
            if means.is_tree and kind is None:
                # Nothing but its usual address spoke for it.
                continue
            refused.append(f"{means.label}: {redact(url)}: {error.reason}")
    return Offers(tuple(offers), tuple(refused), clues.paging.complete, feed)


async def read_clues(source: Source, context: PollContext) -> tuple[FeedClues, ReadPage | None]:
    """What tells which means a site offers, and the feed as it was read; a sitemap or a page tells only where it is.

    Of a source with mirrors it is the first that can be read. Raises PollError where none can.
    """
    if source.kind != "feed":
        is_sitemap = source.kind == "sitemap"
        archive = context.web_archive
        return FeedClues(source.url, FeedPaging(), (), source.site_url, archive, is_sitemap=is_sitemap), None
    first_error: PollError | None = None
    for address in (source.url, *source.mirrors):
        try:
            return await clues_of_feed(await _feed_at(address, source, context), source, context)
        except PollError as error:
            first_error = first_error or error
            if error.outcome in NOT_OF_AN_ADDRESS:
                break
    assert first_error is not None
    raise first_error


async def _feed_at(address: str, source: Source, context: PollContext) -> Response:
    """The feed at one of a source's addresses. Raises PollError."""
    if is_local(address):
        return await context.local_feeds.get(address, source.command)
    headers = source.headers if same_site(address, source.url) else ()
    request = Request(url=address, accept="feed", headers=headers, proxy=source.proxy, ca_file=source.ca_file)
    return in_own_addresses(await context.client.get(request), source, address, source.site_url)


async def clues_of_feed(response: Response, source: Source, context: PollContext) -> tuple[FeedClues, ReadPage]:
    """The same, of a feed that was fetched. Raises PollError where it cannot be read."""
    paging, feed = await context.workers.run(
        READ_CLUES,
        response,
        source=source,
        answered_at=policy.answered_at(response.headers, response.fetched_at),
        deadline=READ_DEADLINE_S,
        too_costly=Outcome.FEED_TOO_COSTLY,
    )
    clues = FeedClues(response.final_url, paging, response.headers, source.site_url, web_archive=context.web_archive)
    return clues, feed


def _wanted(kind: str | None) -> list[HistoryMeans]:
    return [means for means in ALL_MEANS if kind is None or kind in (means.kind, means.name)]


async def _probe(means: HistoryMeans, url: str, feed_digest: str, source: Source, context: PollContext) -> Offer:
    """The offer of one means. Raises PollError where the address does not give what it is expected to.

    `feed_digest` is that of the feed's own entries, which a site that ignores the number of a page shows again.
    """
    response = await context.client.get(page_request(url, source))
    page = await parse_page(response, means.name, source, context, None)
    if feed_digest and page.digest == feed_digest and page.next_urls:
        raise PermanentError(Outcome.NOT_A_FEED, "it shows the entries of the feed again")
    if not page.entries and not page.next_urls:
        raise PermanentError(Outcome.NOT_A_FEED, "it lists nothing")
    further = len(page.next_urls)
    return Offer(means.name, means.label, url, page.entries, page.digest, page.total, page.pages, page.oldest, further)
