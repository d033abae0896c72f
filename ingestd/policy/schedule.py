"""When a source is polled next.

After a good poll: from how often the source publishes, never sooner than it asks. After a failure: later each time, and
never for good. Times are aware datetimes in UTC, durations seconds.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome

HOUR_S = 3_600.0
DAY_S = 86_400.0
WEEK_S = 604_800.0
#: A source that has failed for so long is asked once a week.
LONG_FAILING = timedelta(days=30)

#: Failures of ours, or of nobody: they say nothing about the source.
NOT_THE_SOURCE = frozenset({Outcome.RATE_LIMITED, Outcome.OFFLINE, Outcome.INTERRUPTED, Outcome.STORE_FAILED})
#: Failures that may pass by themselves.
TEMPORARY = frozenset(
    {
        Outcome.DNS_FAILED,
        Outcome.CONNECT_FAILED,
        Outcome.TIMEOUT,
        Outcome.CONNECTION_LOST,
        Outcome.SERVER_ERROR,
        Outcome.INTERNAL_ERROR,
    }
)

#: How much of the recent past tells how often a source publishes.
MEMORY = timedelta(days=90)
MEMORY_POSTS = 30
#: Posts closer together than this were published in one go.
ONE_GO_S = 120.0
#: Posts needed before their hours of the day tell anything, and how far a quiet time may stretch the interval.
POSTS_FOR_HOURS = 20
QUIET_STRETCH = 3.0
#: Share of an interval by which it is moved at random, so that sources do not march in step.
JITTER = 0.1

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class ScheduleLimits:
    """The configured interval, and the bounds between which each source adapts, in seconds."""

    interval_s: float = 1_800.0
    min_s: float = 300.0
    max_s: float = DAY_S


@dataclass(frozen=True, slots=True)
class NextPoll:
    """The decision: when, at which interval, and what to remember until then.

    `paused` is set where the source has said that it is gone for good: `at` is then no more than a look whether it has
    come back. `reason` says in words what decided.
    """

    at: datetime
    interval_s: float
    failures: int
    failing_since: datetime | None
    reason: str
    paused: bool = False


def next_poll(
    *,
    now: datetime,
    outcome: Outcome,
    config: ScheduleLimits,
    recent_post_times: Sequence[datetime] = (),
    failures: int = 0,
    failing_since: datetime | None = None,
    cache_max_age_s: float | None = None,
    feed_ttl_s: float | None = None,
    skip_hours: Collection[int] = (),
    skip_days: Collection[str] = (),
    retry_after_s: float | None = None,
    possible_loss: bool = False,
    websub_active: bool = False,
    rng: Callable[[], float] = lambda: 0.5,
) -> NextPoll:
    """Decide when to poll a source again.

    `failures` and `failing_since` are what the last decision said; `recent_post_times` when its posts were published;
    `possible_loss` that the last poll may have missed entries; `websub_active` that pushes arrive; `rng` gives a number
    from 0 to 1. What the source asks for (`cache_max_age_s`, `feed_ttl_s`, `skip_hours` in UTC, `skip_days` in English)
    is granted up to `config.max_s`; `retry_after_s` up to a day whatever the maximum.
    """
    wait = min(max(retry_after_s or 0.0, 0.0), DAY_S)
    if outcome not in SUCCESSFUL_OUTCOMES:
        return _after_failure(now, outcome, config, failures, failing_since, wait, rng)
    interval, reason = _learned(now, config, recent_post_times)
    if websub_active:
        interval, reason = max(interval, min(4 * interval + 6 * HOUR_S, config.max_s)), "pushes arrive through the hub"
    if possible_loss:
        interval, reason = (
            max(config.min_s, min(interval, config.interval_s) / 4),
            "the last poll may have missed entries",
        )
    asked = min(max(cache_max_age_s or 0.0, feed_ttl_s or 0.0, 0.0), config.max_s)
    if asked > interval:
        interval, reason = asked, "the source asks for this interval"
    delay = max(interval * (1 + JITTER * (2 * rng() - 1)), asked, config.min_s)
    at = now + timedelta(seconds=max(min(delay, config.max_s), wait))
    latest = now + timedelta(seconds=max(config.max_s, wait))
    if not possible_loss and not websub_active:
        at = _out_of_quiet_hours(now, at, recent_post_times, interval)
    at = min(_out_of_skipped(at, skip_hours, skip_days), latest)
    return NextPoll(at, (at - now).total_seconds(), 0, None, reason)


def _after_failure(
    now: datetime,
    outcome: Outcome,
    config: ScheduleLimits,
    failures: int,
    failing_since: datetime | None,
    wait: float,
    rng: Callable[[], float],
) -> NextPoll:
    if outcome in NOT_THE_SOURCE:
        delay, reason = _not_the_source(outcome, config)
        count, since = failures, failing_since
    else:
        count, since = failures + 1, failing_since or now
        delay, reason = _back_off(outcome, config, count, now - since)
    delay = max(delay * (1 + JITTER * rng()), wait)
    if outcome is Outcome.RATE_LIMITED and wait:
        reason = "the site has told us when to come back"
    return NextPoll(now + timedelta(seconds=delay), delay, count, since, reason, paused=outcome is Outcome.GONE)


def _not_the_source(outcome: Outcome, config: ScheduleLimits) -> tuple[float, str]:
    if outcome is Outcome.RATE_LIMITED:
        return min(max(2 * config.interval_s, config.min_s), DAY_S), "the site asks us to come less often"
    if outcome is Outcome.OFFLINE:
        return min(config.min_s, 300.0), "our own network is down"
    if outcome is Outcome.INTERRUPTED:
        return min(config.min_s, 60.0), "the poll was interrupted"
    return min(config.min_s, 30.0), "the posts could not be stored"


def _back_off(outcome: Outcome, config: ScheduleLimits, count: int, lasting: timedelta) -> tuple[float, str]:
    """The delay after the `count`-th failure in a row: two curves that double, capped at a day, then at a week."""
    if outcome is Outcome.GONE:
        return WEEK_S, "the site says that the feed is gone for good"
    if lasting >= LONG_FAILING:
        return WEEK_S, "failing for more than 30 days"
    temporary = outcome in TEMPORARY
    first = max(config.min_s, 300.0) if temporary else max(config.interval_s, HOUR_S)
    delay = min(first * 2.0 ** min(count - 1, 20), DAY_S)
    return delay, f"failed {count} time{'s' if count > 1 else ''} in a row"


def _learned(now: datetime, config: ScheduleLimits, post_times: Sequence[datetime]) -> tuple[float, str]:
    """Half the usual gap between posts; longer the longer a source has been silent."""
    times = _recent(now, post_times)
    gaps = [gap for gap in (_seconds(later - earlier) for earlier, later in pairwise(times)) if gap >= ONE_GO_S]
    if len(gaps) < 2:
        silent = _seconds(now - max(post_times)) if post_times and max(post_times) < now - MEMORY else 0.0
        if silent:
            return config.max_s, "no post for a long time"
        return min(max(config.interval_s, config.min_s), config.max_s), "the configured interval"
    usual = median(gaps) / 2
    silence = _seconds(now - times[-1]) / 10
    return min(max(usual, silence, config.min_s), config.max_s), "how often the source publishes"


def _recent(now: datetime, post_times: Sequence[datetime]) -> list[datetime]:
    return sorted(time for time in post_times if now - MEMORY <= time <= now)[-MEMORY_POSTS:]


def _seconds(duration: timedelta) -> float:
    return duration.total_seconds()


def _out_of_quiet_hours(now: datetime, at: datetime, post_times: Sequence[datetime], interval: float) -> datetime:
    """Where a source only ever publishes at some hours, sleep through the others: up to three intervals long."""
    times = _recent(now, post_times)
    if len(times) < POSTS_FOR_HOURS or _seconds(times[-1] - times[0]) < 5 * DAY_S:
        return at
    busy = {(time.astimezone(UTC).hour + shift) % 24 for time in times for shift in (-1, 0, 1)}
    latest = now + timedelta(seconds=QUIET_STRETCH * interval)
    while at.astimezone(UTC).hour not in busy and at < latest:
        at = min(_next_hour(at), latest)
    return at


def _out_of_skipped(at: datetime, hours: Collection[int], days: Collection[str]) -> datetime:
    """The first time from `at` on that the feed's skipHours and skipDays leave open; `at` where they leave none."""
    moment = at.astimezone(UTC)
    for _ in range(8 * 24):
        if moment.hour not in hours and _DAYS[moment.weekday()] not in days:
            return moment
        moment = _next_hour(moment)
    return at


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
