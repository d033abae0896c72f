"""When a source is polled next. Pure.

After a success: half the usual gap between its posts, not sooner than the source asks for. After a failure: exponential
back-off, capped. Times are aware datetimes in UTC, durations are seconds.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.policy.truncation import asked_again_after_s

HOUR_S = 3_600.0
DAY_S = 86_400.0
WEEK_S = 604_800.0
#: After failing for this long, a source is polled once a week.
LONG_FAILURE = timedelta(days=30)

#: Outcomes whose cause is not the source: they do not count as its failures.
NOT_THE_SOURCE = frozenset(
    {Outcome.RATE_LIMITED, Outcome.OFFLINE, Outcome.INTERRUPTED, Outcome.STORE_FAILED, Outcome.LOCAL_FAULT}
)
#: Outcomes that usually pass: back-off starts at minutes, not at an hour.
TEMPORARY = frozenset(
    {
        Outcome.DNS_FAILED,
        Outcome.CONNECT_FAILED,
        Outcome.TIMEOUT,
        Outcome.CONNECTION_LOST,
        Outcome.SERVER_ERROR,
        Outcome.INTERNAL_ERROR,
        Outcome.FEED_TRUNCATED,
    }
)

#: The posts from which the publishing interval is estimated: those of this period, at most so many.
RECENT_PERIOD = timedelta(days=90)
MAX_RECENT_POSTS = 30
#: Posts closer together than this count as one batch.
BATCH_GAP_S = 120.0
#: Posts needed before their hours of the day are used, and by how many intervals a quiet time may delay a poll.
MIN_POSTS_FOR_HOURS = 20
MAX_QUIET_INTERVALS = 3.0
#: Share of an interval by which it is moved at random, so that polls of many sources spread out.
JITTER_SHARE = 0.1
#: Seconds after its time from which a poll counts as late: its source had to wait for others of its host. The same for
#: the distance between two requests to a host that spaces its sources.
LATE_POLL_S = 5.0
#: Seconds after which a source is polled again whose last answer was good and whose present one is not, at least.
FIRST_RETRY_S = 300.0

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class ScheduleLimits:
    """The configured interval, and the bounds between which each source adapts, in seconds."""

    interval_s: float = 1_800.0
    min_s: float = 300.0
    max_s: float = DAY_S


@dataclass(frozen=True, slots=True)
class NextPoll:
    """When to poll next, at which interval, and the failure count to store until then.

    `paused`: the source answered 410 Gone; `at` is then a single check whether it has come back. `reason` says in words
    which rule decided.
    """

    at: datetime
    interval_s: float
    failures: int
    failing_since: datetime | None
    reason: str
    paused: bool = False


@dataclass(frozen=True, slots=True)
class PollSummary:
    """What one poll and the polls before it tell about when to poll again.

    `failures` and `failing_since` are those of the last decision; `recent_post_times` are when the source's posts were
    published. What the source asks for: `cache_max_age_s` (RFC 9111), `feed_ttl_s` (RSS ttl, sy:updatePeriod),
    `skip_hours` (0-23, UTC), `skip_days` (English, lower case), `retry_after_s` (RFC 9110, 10.2.3).
    `due_at` and `started_at`: when the poll was due and when it began. `host_wait_s`: seconds until the source's host
    may be asked, where its responses have slowed it down; `refused_before`: the source was refused the last time, too;
    `was_asked`: a request was sent; `after_answer`: it was answered, and the one that had to follow it, to where it
    redirects for instance, failed. `host_spacing_s`: seconds until the next request to the source's host, for whatever
    reason. `possible_loss`: the poll may have missed entries; `truncated_polls`: bodies in a row, with this one, that
    broke off before their end; `websub_active`: a hub pushes what is new.
    """

    now: datetime
    outcome: Outcome
    recent_post_times: Sequence[datetime] = ()
    failures: int = 0
    failing_since: datetime | None = None
    cache_max_age_s: float | None = None
    feed_ttl_s: float | None = None
    skip_hours: Collection[int] = ()
    skip_days: Collection[str] = ()
    retry_after_s: float | None = None
    started_at: datetime | None = None
    due_at: datetime | None = None
    host_wait_s: float = 0.0
    refused_before: bool = False
    was_asked: bool = True
    after_answer: bool = False
    host_spacing_s: float = 0.0
    possible_loss: bool = False
    truncated_polls: int = 0
    websub_active: bool = False


def next_poll(poll: PollSummary, limits: ScheduleLimits, rng: Callable[[], float] = lambda: 0.5) -> NextPoll:
    """When to poll a source again; `rng` gives a number from 0 to 1.

    What the source asks for is granted up to `limits.max_s`, except Retry-After: up to a day, whatever the maximum.
    """
    retry_after_s = min(max(poll.retry_after_s or 0.0, 0.0), DAY_S)
    if poll.outcome not in SUCCESSFUL_OUTCOMES:
        return _after_failure(poll, limits, retry_after_s, rng)
    return _after_success(poll, limits, retry_after_s, rng)


def _after_success(
    poll: PollSummary, limits: ScheduleLimits, retry_after_s: float, rng: Callable[[], float]
) -> NextPoll:
    now = poll.now
    interval, reason = _adapted_interval(now, limits, poll.recent_post_times)
    if poll.websub_active:
        interval, reason = max(interval, min(4 * interval + 6 * HOUR_S, limits.max_s)), "pushes arrive through the hub"
    if poll.possible_loss:
        interval = max(limits.min_s, min(interval, limits.interval_s) / 4)
        reason = "the last poll may have missed entries"
    asked = min(max(poll.cache_max_age_s or 0.0, poll.feed_ttl_s or 0.0, 0.0), limits.max_s)
    if asked > interval:
        interval, reason = asked, "the source asks for this interval"
    jitter = 0.0 if _is_spaced(poll) else JITTER_SHARE * (2 * rng() - 1)
    delay = max(interval * (1 + jitter), asked, limits.min_s)
    at = now + timedelta(seconds=max(min(delay, limits.max_s), retry_after_s))
    latest = now + timedelta(seconds=max(limits.max_s, retry_after_s))
    if not poll.possible_loss and not poll.websub_active:
        at = _after_quiet_hours(now, at, poll.recent_post_times, interval)
    at = min(_after_skipped(at, poll.skip_hours, poll.skip_days), latest)
    if poll.truncated_polls:
        soon = asked_again_after_s(poll.truncated_polls, limits.min_s) * (1 + JITTER_SHARE * (2 * rng() - 1))
        if (again := now + timedelta(seconds=max(soon, limits.min_s, retry_after_s))) < at:
            at, reason = again, "the feed broke off before its end"
    return NextPoll(at, (at - now).total_seconds(), 0, None, reason)


def _after_failure(
    poll: PollSummary, limits: ScheduleLimits, retry_after_s: float, rng: Callable[[], float]
) -> NextPoll:
    if poll.outcome is Outcome.RATE_LIMITED:
        return _after_refusal(poll, limits, retry_after_s, rng)
    failures, since = poll.failures, poll.failing_since
    if poll.outcome in NOT_THE_SOURCE:
        delay, reason = _not_the_source(poll.outcome, limits)
    else:
        failures, since = failures + 1, since or poll.now
        delay, reason = _back_off(poll.outcome, limits, failures, poll.now - since)
    delay = max(delay * (1 + JITTER_SHARE * rng()), retry_after_s)
    at = poll.now + timedelta(seconds=delay)
    paused = poll.outcome is Outcome.GONE and failures > 1
    return NextPoll(at, delay, failures, since, reason, paused=paused)


def _after_refusal(
    poll: PollSummary, limits: ScheduleLimits, retry_after_s: float, rng: Callable[[], float]
) -> NextPoll:
    """A source that was not asked, because its host is paused, stays due: the longest due is asked first.

    One that was refused is due again after the shortest interval, and then asked when its host may be.

    One that is refused again waits for an interval, so that it does not keep others of its host waiting.

    One that was asked, and redirects to a host that may not be asked yet, is asked again after the shortest interval.
    """
    if poll.host_wait_s and not poll.refused_before and retry_after_s <= poll.host_wait_s + 1:
        at, delay, reason = min(poll.due_at or poll.now, poll.now), poll.host_wait_s, "it waits for its host"
        if poll.was_asked:
            at = poll.now + timedelta(seconds=limits.min_s)
        return NextPoll(at, delay, poll.failures, poll.failing_since, reason)
    if retry_after_s and not poll.refused_before:
        least_s = limits.min_s if poll.after_answer else min(limits.min_s, 60.0)
        delay, reason = max(retry_after_s, least_s), "the site has told us when to come back"
    else:
        delay, reason = max(limits.interval_s, limits.min_s), "the site asks us to come less often"
    delay = max(min(delay, DAY_S) * (1 + JITTER_SHARE * rng()), retry_after_s)
    return NextPoll(poll.now + timedelta(seconds=delay), delay, poll.failures, poll.failing_since, reason)


def _is_spaced(poll: PollSummary) -> bool:
    """Whether the source's host spaces it from the others there: by its distance, or because this poll had to wait.

    Jitter would let the host idle while none of its sources is due, and what a busy host misses is never made up for.
    """
    if poll.host_spacing_s > LATE_POLL_S:
        return True
    if poll.due_at is None or poll.started_at is None:
        return False
    return (poll.started_at - poll.due_at).total_seconds() > LATE_POLL_S


def _not_the_source(outcome: Outcome, limits: ScheduleLimits) -> tuple[float, str]:
    if outcome is Outcome.OFFLINE:
        return min(limits.min_s, 300.0), "our own network is down"
    if outcome is Outcome.INTERRUPTED:
        return min(limits.min_s, 60.0), "the poll was interrupted"
    if outcome is Outcome.LOCAL_FAULT:
        return min(limits.min_s, 60.0), "this machine has run out of something"
    # The source has been asked, and knows nothing of our disk.
    return limits.min_s, "the posts could not be stored"


def _back_off(outcome: Outcome, limits: ScheduleLimits, count: int, lasting: timedelta) -> tuple[float, str]:
    """The delay after the `count`-th failure in a row: soon after the first, which may be an odd one.

    Then two curves that double, capped at a day, then at a week.
    """
    words = f"failed {count} time{'s' if count > 1 else ''} in a row"
    if count == 1:
        return max(limits.min_s, FIRST_RETRY_S), words
    if outcome is Outcome.GONE:
        return WEEK_S, "the site says that the feed is gone for good"
    if lasting >= LONG_FAILURE:
        return WEEK_S, "failing for more than 30 days"
    second = 2 * max(limits.min_s, FIRST_RETRY_S) if outcome in TEMPORARY else max(limits.interval_s, HOUR_S)
    return min(second * 2.0 ** min(count - 2, 20), DAY_S), words


def _adapted_interval(now: datetime, limits: ScheduleLimits, post_times: Sequence[datetime]) -> tuple[float, str]:
    """Half the median gap between posts, or a tenth of the present silence where that is longer."""
    times = _recent(now, post_times)
    gaps = [gap for gap in (_seconds(later - earlier) for earlier, later in pairwise(times)) if gap >= BATCH_GAP_S]
    if len(gaps) < 2:
        silent = _seconds(now - max(post_times)) if post_times and max(post_times) < now - RECENT_PERIOD else 0.0
        if silent:
            return limits.max_s, "no post for a long time"
        return min(max(limits.interval_s, limits.min_s), limits.max_s), "the configured interval"
    usual = median(gaps) / 2
    silence = _seconds(now - times[-1]) / 10
    return min(max(usual, silence, limits.min_s), limits.max_s), "how often the source publishes"


def _recent(now: datetime, post_times: Sequence[datetime]) -> list[datetime]:
    return sorted(time for time in post_times if now - RECENT_PERIOD <= time <= now)[-MAX_RECENT_POSTS:]


def _seconds(duration: timedelta) -> float:
    return duration.total_seconds()


def _after_quiet_hours(now: datetime, at: datetime, post_times: Sequence[datetime], interval: float) -> datetime:
    """`at`, or the next hour of the day at which the source publishes: at most `MAX_QUIET_INTERVALS` later."""
    times = _recent(now, post_times)
    if len(times) < MIN_POSTS_FOR_HOURS or _seconds(times[-1] - times[0]) < 5 * DAY_S:
        return at
    busy = {(time.astimezone(UTC).hour + shift) % 24 for time in times for shift in (-1, 0, 1)}
    latest = now + timedelta(seconds=MAX_QUIET_INTERVALS * interval)
    while at.astimezone(UTC).hour not in busy and at < latest:
        at = min(_next_hour(at), latest)
    return at


def _after_skipped(at: datetime, hours: Collection[int], days: Collection[str]) -> datetime:
    """The first time from `at` on outside the feed's skipHours and skipDays; `at` where they cover all time."""
    moment = at.astimezone(UTC)
    for _ in range(8 * 24):
        if moment.hour not in hours and _DAYS[moment.weekday()] not in days:
            return moment
        moment = _next_hour(moment)
    return at


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
