"""What must hold of polling after every run: outcomes, intervals, and the record of what may have been missed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.world.evidence import Evidence
from tests.world.internet import Exchange
from tests.world.rows import Rows
from tests.world.truth import DAY_S, LATER_FEED_PATH, Subscription

#: The shortest and the longest interval between two polls of a source that is read (docs/fetching.md), in seconds.
MIN_INTERVAL_S = 300.0
MAX_INTERVAL_S = DAY_S
#: The share by which intervals are moved at random, and seconds that polls may wait for each other.
_JITTER, _SLACK_S = 1.1, 1800.0
#: A request that follows another of its poll is made within so many seconds, unless its host has a slow pace.
MAX_PROMPT_S = 30.0
#: Outcomes that say nothing about the source: it is asked again within a minute or so.
_SOON = frozenset({"interrupted", "offline"})


def every_poll_has_one_outcome(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """Each poll that ended has its row, and there is no row without a poll."""
    ids = rows.source_ids()
    for item in evidence.record.world.subscriptions:
        ids |= {name: number for name in item.names for number in [ids[each] for each in item.names if each in ids]}
    ended = Counter((ids.get(poll.source), poll.outcome) for poll in evidence.record.polls)
    stored = Counter((row["source_id"], row["outcome"]) for row in rows["polls"])
    for key in ended - stored:
        yield f"a poll of source {key[0]} ended as {key[1]}, and has no row"
    broken = sum(life.how != "end" for life in evidence.record.lives)
    for key, count in (stored - ended).items():
        if count > broken:
            yield f"source {key[0]} has {count} more rows {key[1]} than polls that ended"


def no_source_is_asked_too_often(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """Two polls of a source are `MIN_INTERVAL_S` apart, and not sooner than its site asks."""
    for item in evidence.record.world.subscriptions:
        for earlier, later in pairwise(_first_requests(evidence, item)):
            if not _same_conditions(evidence, earlier, later) or _cannot_be_told(evidence, later):
                continue
            apart = later.at - earlier.at
            # A site that says when to come back is asked then, if it is sooner.
            is_told = earlier.retry_after_s is not None
            if apart < MIN_INTERVAL_S and not is_told and evidence.outcome(earlier, item) not in _SOON:
                yield f"{item.name} was asked at {earlier.at:.0f} s and again after {apart:.0f} s"
            wait = min(earlier.retry_after_s or 0.0, DAY_S)
            if apart < wait:
                yield f"{item.name} asked at {earlier.at:.0f} s for {wait:.0f} s of rest, and got {apart:.0f} s"


def _first_requests(evidence: Evidence, item: Subscription) -> list[Exchange]:
    """The first request of each poll of a source: those for its feed that follow no redirect."""
    site = evidence.record.world.site(item.site)
    addresses = {f"https://{host}{path}" for _, host in site.hosts for path in (site.feed_path, LATER_FEED_PATH)}
    found: list[Exchange] = []
    for exchange in evidence.record.exchanges:
        # Without a file descriptor nobody was asked.
        if exchange.url in addresses and exchange.kind != "push" and exchange.fault != "files":
            if not found or not _is_followed(evidence, item, found[-1], exchange):
                found.append(exchange)
            else:
                found[-1] = exchange
    return found


def _is_followed(evidence: Evidence, item: Subscription, earlier: Exchange, later: Exchange) -> bool:
    """Whether the second of two requests for a feed is made because of the answer to the first, by the same poll.

    A redirect is followed, and a 304 without reason is asked once more, past all caches: at once, or at the pace of
    a host that has refused requests.
    """
    apart = later.at - earlier.at
    if earlier.status not in (301, 304) or apart >= MIN_INTERVAL_S:
        return False
    return apart < MAX_PROMPT_S or not evidence.has_ended_between(item, earlier.at, later.at)


def _same_conditions(evidence: Evidence, earlier: Exchange, later: Exchange) -> bool:
    """Whether one process made both requests, and its clock was not set between them."""
    jumps = [at for at, _ in evidence.record.offsets[1:]]
    return earlier.life == later.life and not any(earlier.at - 60 <= at <= later.at for at in jumps)


def _cannot_be_told(evidence: Evidence, later: Exchange) -> bool:
    """Whether nothing could be written, by which one daemon tells the other that it has polled."""
    spans = evidence.record.full_disks if evidence.record.world.daemons > 1 else ()
    return any(start <= later.at < end + MIN_INTERVAL_S for start, end in spans)


def no_source_is_left_out(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """While the machine runs, each source is polled once in `MAX_INTERVAL_S`, whatever happens.

    Where its site asks another request for rest in that time, its poll waits too.
    """
    record = evidence.record
    for item in record.world.subscriptions:
        times = [poll.at for poll in record.polls if poll.source in item.names and not poll.pushed]
        times += [one.at for one in _first_requests(evidence, item)]
        off = item.off(record.world.end)
        for start, stop in pairwise(sorted([0.0, *times, record.world.end])):
            allowed = MAX_INTERVAL_S * _JITTER + _SLACK_S + _downtime(evidence, start, stop)
            allowed += _rest_asked_for(evidence, item.site, start, stop)
            allowed += sum(max(min(end, stop) - max(since, start), 0.0) for since, end in off)
            if stop - start > allowed:
                yield f"{item.name} was not polled from {start:.0f} s to {stop:.0f} s"


def _rest_asked_for(evidence: Evidence, site: int, start: float, stop: float) -> float:
    """The longest Retry-After of a site in seconds, at most a day, between two polls of its feed."""
    asked = (
        one.retry_after_s or 0.0 for one in evidence.record.exchanges if one.site == site and start < one.at < stop
    )
    return min(max(asked, default=0.0), DAY_S)


def _downtime(evidence: Evidence, start: float, stop: float) -> float:
    """Seconds in which no process ran, and by which the clock was set back."""
    down = evidence.downtime(start, stop)
    steps = pairwise(evidence.record.offsets)
    # A larger jump is noticed: what was planned under the wrong clock is due at once.
    back = sum(
        min(before - after, 3600.0) for (_, before), (at, after) in steps if start - 60 <= at <= stop and after < before
    )
    return down + back


def what_was_missed_is_recorded(rows: Rows, evidence: Evidence) -> Iterator[str]:
    """An article that left the window of its feed unseen lies before a poll that suspects a loss."""
    polls, ids = rows.by("polls", "source_id"), rows.source_ids()
    for item in evidence.record.world.subscriptions:
        site = evidence.record.world.site(item.site)
        bodies = [
            one for one in evidence.record.exchanges if one.site == item.site and one.kind == "feed" and one.entries
        ]
        read = [one for one in bodies if one.read and (one.true or one.age_s) and one.status == 200]
        suspected = [
            at
            for name in item.names
            for row in polls.get(ids.get(name), ())
            if row["suspected_loss"]
            for at in evidence.true_times(row["started_at"])
        ]
        missed = [
            article
            for article in site.articles
            if read and article.published > read[0].at and article.name not in evidence.deliveries
        ]
        for article in missed:
            next_read = _first_after(read, article.published)
            deleted = article.deleted_at is not None and next_read is not None and article.deleted_at <= next_read.at
            if next_read is None or deleted:
                continue
            if not any(next_read.at - 120 <= at <= next_read.at + 120 for at in suspected):
                yield f"{article.name} left {item.name} unseen before {next_read.at:.0f} s, and no poll says so"


def _first_after(exchanges: Sequence[Exchange], at: float) -> Exchange | None:
    return next((one for one in exchanges if one.shown_at >= at), None)
