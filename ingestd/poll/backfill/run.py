"""`backfill`: reads the history of one source, page by page, and stores its articles as a poll would.

    Offers ─▶ Backfill ─fetch─▶ page of the history ─identify─▶ fresh Entry ─▶ inbox ─▶ article step ─▶ row of `posts`

A page of the history is no poll: validators, schedule, health and the present feed of the source stay as they are. The
cursor moves in the transaction that puts the entries of a page into the inbox, and is followed by their articles, so
that a process that is killed at any moment goes on where it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ingestd.model.errors import SUCCESSFUL_OUTCOMES, LeaseLostError, PermanentError, PollError
from ingestd.model.history import Backfill, BackfillState
from ingestd.model.source import Source
from ingestd.poll import pipeline
from ingestd.poll.backfill.all_means import means_named
from ingestd.poll.backfill.probe import Offer, Offers, find_offers
from ingestd.poll.backfill.read_history import HistoryReader, Wanted
from ingestd.poll.backfill.source_lease import SourceLease
from ingestd.poll.context import PollContext
from ingestd.store import sources
from ingestd.store.backfills import backfills_of, begin_backfill, record_complete_history

NOTHING_OFFERED = (
    "the site offers no history: neither an archived or paged feed, nor that of a known platform, nor a sitemap"
)


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """Who is told of what happens: what a site offers, how far a backfill is, and remarks in words."""

    offers: Callable[[Source, Offers], None] = lambda _source, _offers: None
    progress: Callable[[Source, Backfill, int], None] = lambda _source, _backfill, _waiting: None
    remark: Callable[[Source, str], None] = lambda _source, _text: None


@dataclass(frozen=True, slots=True)
class BackfillOptions:
    """What is wanted; `again` reads a history anew that was read before, `dry_run` only finds what is offered."""

    wanted: Wanted = field(default_factory=Wanted)
    kind: str | None = None
    again: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """How a backfill of a source went. `failed` where it can do no more, although the history is not complete."""

    source: str
    offers: Offers = field(default_factory=Offers)
    backfills: tuple[Backfill, ...] = ()
    new: int = 0
    complete: bool = False
    failed: bool = False
    reason: str | None = None


async def backfill(
    source: Source, options: BackfillOptions, context: PollContext, report: BackfillReport
) -> BackfillResult:
    """Read the history of a source as far as it is wanted. Raises StoreError where the database cannot be written."""
    lease = SourceLease(source, context, lambda: report.remark(source, "waits for another process that polls it"))
    async with lease:
        try:
            return await _backfill(source, options, context, report, lease)
        except PollError as error:
            return BackfillResult(source.name, failed=True, reason=f"{error.url or source.url}: {error.reason}")
        except LeaseLostError as lost:
            return BackfillResult(source.name, failed=True, reason=f"{lost}; a further backfill goes on from there")


async def _backfill(
    source: Source, options: BackfillOptions, context: PollContext, report: BackfillReport, lease: SourceLease
) -> BackfillResult:
    source = await _stored(source, context) if options.dry_run else await _polled(source, context, lease)
    stored = [item for item in await context.database.reading(backfills_of, source.id) if _is_wanted(item, options)]
    opened = [item for item in stored if item.state is BackfillState.OPEN]
    done = next((item for item in stored if item.state is BackfillState.COMPLETE), None)
    if done is not None and not options.again and not options.dry_run and not opened:
        return BackfillResult(source.name, backfills=(done,), complete=True, reason="read to its end before")
    before: BackfillResult | None = None
    if opened and not options.again and not options.dry_run:
        before = await _read(source, opened[:1], Offers(), options, context, report, lease)
        if before.backfills[-1].state is not BackfillState.ENDED:
            return before
        options = _rest(options, before)
    offers = _without(await find_offers(source, context, options.kind), before)
    if before is not None and not offers.offers:
        return before
    report.offers(source, offers)
    if offers.complete and not options.dry_run:
        await context.writing_under_lease(source.id, record_complete_history, source.id)
    if not offers.offers or options.dry_run:
        reason = None if offers.offers else "its feed has all its articles" if offers.complete else NOTHING_OFFERED
        failed = not offers.offers and not offers.complete
        return BackfillResult(source.name, offers, complete=offers.complete, failed=failed, reason=reason)
    return _joined(before, await _read(source, (), offers, options, context, report, lease))


def _rest(options: BackfillOptions, before: BackfillResult) -> BackfillOptions:
    """The options for what is still wanted."""
    most = options.wanted.most
    return options if most is None else replace(options, wanted=replace(options.wanted, most=most - before.new))


def _without(offers: Offers, before: BackfillResult | None) -> Offers:
    """The offers without the means that could not go on just now."""
    tried = {item.means for item in before.backfills} if before is not None else set()
    return replace(offers, offers=tuple(offer for offer in offers.offers if offer.means not in tried))


def _joined(before: BackfillResult | None, after: BackfillResult) -> BackfillResult:
    if before is None:
        return after
    return replace(after, backfills=(*before.backfills, *after.backfills), new=before.new + after.new)


async def _stored(source: Source, context: PollContext) -> Source:
    return (await context.database.reading(sources.state, source)).source


async def _polled(source: Source, context: PollContext, lease: SourceLease) -> Source:
    """The source as it is stored; one that was never polled is polled first. Raises PollError where that fails."""
    state = await context.database.reading(sources.state, source)
    if state.last_polled_at is None:
        poll = await pipeline.poll(source, context)
        await lease.take()
        if poll.outcome not in SUCCESSFUL_OUTCOMES:
            raise PermanentError(poll.outcome, poll.error or str(poll.outcome), url=source.url)
        state = await context.database.reading(sources.state, source)
    return state.source


def _is_wanted(item: Backfill, options: BackfillOptions) -> bool:
    means = means_named(item.means)
    return means is not None and options.kind in (None, means.kind, means.name)


async def _read(
    source: Source,
    opened: Sequence[Backfill],
    offers: Offers,
    options: BackfillOptions,
    context: PollContext,
    report: BackfillReport,
    lease: SourceLease,
) -> BackfillResult:
    """Go on with `opened`, or begin with the best offer; with the next one where that does not read all."""
    reader = HistoryReader(source, options.wanted, context, lease, report.progress, report.remark)
    done: list[Backfill] = []
    plan: list[Backfill | Offer] = [*opened, *offers.offers]
    for begin in plan:
        begun = await _begin(begin, source, offers, context) if isinstance(begin, Offer) else begin
        done.append(await reader.read(begun))
        if done[-1].state is not BackfillState.ENDED:
            break
    last = done[-1]
    complete = last.state is BackfillState.COMPLETE
    failed = last.state is BackfillState.ENDED or reader.error is not None
    return BackfillResult(source.name, offers, tuple(done), reader.new, complete, failed, last.reason)


async def _begin(offer: Offer, source: Source, offers: Offers, context: PollContext) -> Backfill:
    """A backfill by one means; the feed itself counts as a page that was read, to which none may lead back."""
    feed = offers.feed
    if feed is not None and offer.digest == feed.digest:
        # The list begins with the newest articles, and has no others than the feed.
        feed = replace(feed, digest="")
    begin = Backfill(source.id, offer.means, BackfillState.OPEN, (offer.url,), context.clock(), total=offer.total)
    return await context.writing_under_lease(source.id, begin_backfill, begin, feed)
