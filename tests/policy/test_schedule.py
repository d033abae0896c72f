"""When a source is polled next: tables of intervals, failures and what the source asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.policy import (
    NextPoll,
    PollSummary,
    ScheduleLimits,
    next_poll,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
LIMITS = ScheduleLimits(interval_s=1800, min_s=300, max_s=86_400)
HOUR = 3600.0
DAY = 24 * HOUR


def every(gap_s: float, count: int, last: datetime = NOW) -> list[datetime]:
    return [last - timedelta(seconds=gap_s * place) for place in range(count)]


def decide(outcome: Outcome = Outcome.OK, **given: Any) -> NextPoll:
    limits, rng = given.pop("limits", LIMITS), given.pop("rng", lambda: 0.5)
    return next_poll(PollSummary(**{"now": NOW, "outcome": outcome, **given}), limits, rng)


INTERVALS = [
    ("nothing known: as configured", {}, 1800),
    ("a post every 2 hours", {"recent_post_times": every(2 * HOUR, 30)}, HOUR),
    ("a post every 5 minutes: the minimum", {"recent_post_times": every(300, 30)}, 300),
    ("a post a week: the maximum", {"recent_post_times": every(7 * DAY, 12)}, DAY),
    (
        "silent for 5 days after hourly posts",
        {"recent_post_times": every(HOUR, 15, NOW - timedelta(days=5))},
        12 * HOUR,
    ),
    ("silent for a year", {"recent_post_times": every(HOUR, 30, NOW - timedelta(days=365))}, DAY),
    ("dates of the future are no posts", {"recent_post_times": every(60, 30, NOW + timedelta(days=400))}, 1800),
    ("ten posts in one go, twice a day", {"recent_post_times": sorted(every(12 * HOUR, 6) * 10)}, 6 * HOUR),
    ("max-age asks for longer", {"cache_max_age_s": 2 * HOUR}, 2 * HOUR),
    ("ttl asks for longer", {"feed_ttl_s": 3 * HOUR, "cache_max_age_s": 2 * HOUR}, 3 * HOUR),
    ("max-age asks for less", {"cache_max_age_s": 60}, 1800),
    ("an absurd ttl is capped by the maximum", {"feed_ttl_s": 1e18}, DAY),
    ("a negative ttl is none", {"feed_ttl_s": -5.0}, 1800),
    ("Retry-After on a good answer", {"retry_after_s": 2 * HOUR}, 2 * HOUR),
    ("an absurd Retry-After is capped at a day", {"retry_after_s": 1e30}, DAY),
    ("possible loss: sooner", {"possible_loss": True}, 450),
    ("possible loss, but not below the minimum", {"possible_loss": True, "recent_post_times": every(300, 30)}, 300),
    ("a feed that breaks off: soon", {"truncated_polls": 1}, 300),
    ("the second time, twice as late", {"truncated_polls": 2}, 600),
    ("but never later than usual", {"truncated_polls": 4}, 1_800),
    ("nor after any number", {"truncated_polls": 10_000}, 1_800),
    ("soon whatever max-age says", {"truncated_polls": 1, "cache_max_age_s": HOUR, "skip_hours": range(24)}, 300),
    ("possible loss does not overrule max-age", {"possible_loss": True, "cache_max_age_s": HOUR}, HOUR),
    ("pushes arrive: slower", {"websub_active": True}, 8 * HOUR),
    ("pushes arrive: within the maximum", {"websub_active": True, "recent_post_times": every(7 * DAY, 12)}, DAY),
]


@pytest.mark.parametrize(("name", "given", "seconds"), INTERVALS, ids=[row[0] for row in INTERVALS])
def test_interval_after_a_good_poll(name, given, seconds):
    plan = decide(**given)
    assert (plan.at - NOW).total_seconds() == pytest.approx(seconds)
    assert plan.interval_s == pytest.approx(seconds)
    assert (plan.failures, plan.failing_since, plan.paused) == (0, None, False)
    assert plan.reason


@pytest.mark.parametrize("outcome", sorted(SUCCESSFUL_OUTCOMES))
def test_good_poll_resets_the_failures(outcome):
    plan = decide(outcome, failures=7, failing_since=NOW - timedelta(days=40))
    assert (plan.failures, plan.failing_since) == (0, None)


def test_jitter_is_10_percent_within_the_limits():
    early, late = decide(rng=lambda: 0.0), decide(rng=lambda: 1.0)
    assert [early.interval_s, late.interval_s] == pytest.approx([1620, 1980])
    assert decide(rng=lambda: 0.0, cache_max_age_s=HOUR).interval_s >= HOUR
    assert decide(rng=lambda: 1.0, feed_ttl_s=DAY).interval_s <= DAY


def test_a_poll_after_a_feed_that_broke_off_is_moved_at_random_too():
    early, late = (decide(truncated_polls=2, rng=lambda share=share: share) for share in (0.0, 1.0))
    assert [early.interval_s, late.interval_s] == pytest.approx([540, 660])
    limits = ScheduleLimits(interval_s=300, min_s=300)
    assert decide(truncated_polls=1, limits=limits).reason == "the configured interval"


def test_skip_hours_and_days():
    assert decide(skip_hours=(12, 13, 14)).at == NOW.replace(hour=15)
    assert decide(skip_days=("sunday",)).at == NOW.replace(day=23, hour=0)
    assert decide(skip_days=("sunday", "monday")).at == NOW + timedelta(seconds=DAY)  # no later than the maximum
    everything = decide(skip_hours=range(24), skip_days=("monday",))
    assert everything.at == NOW + timedelta(seconds=1800)  # leaves no time at all: not to be taken at its word


def test_no_polls_in_hours_without_posts():
    days = [NOW.replace(day=day, hour=hour) for day in range(13, 23) for hour in (8, 9, 10)]
    evening = NOW.replace(hour=20)
    plan = decide(now=evening, recent_post_times=days)
    assert (plan.at - evening).total_seconds() == pytest.approx(3 * HOUR)
    morning = NOW.replace(day=22, hour=10, minute=5)
    assert (decide(now=morning, recent_post_times=days).at - morning).total_seconds() < HOUR


FAILURES = [
    (Outcome.TIMEOUT, 0, 300),
    (Outcome.TIMEOUT, 1, 600),
    (Outcome.DNS_FAILED, 3, 2400),
    (Outcome.SERVER_ERROR, 30, DAY),
    (Outcome.CONNECT_FAILED, 10_000, DAY),
    (Outcome.NOT_FOUND, 0, 300),
    (Outcome.NOT_FOUND, 1, HOUR),
    (Outcome.NOT_A_FEED, 2, 2 * HOUR),
    (Outcome.TLS_FAILED, 9, DAY),
    (Outcome.CHALLENGE, 1, HOUR),
]


@pytest.mark.parametrize(("outcome", "failures", "seconds"), FAILURES)
def test_failures_back_off_by_their_own_curves(outcome, failures, seconds):
    since = NOW - timedelta(days=1) if failures else None
    plan = decide(outcome, failures=failures, failing_since=since, rng=lambda: 0.0)
    assert plan.interval_s == pytest.approx(seconds)
    assert (plan.failures, plan.failing_since) == (failures + 1, since or NOW)


@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.NOT_FOUND, Outcome.FEED_BROKEN])
def test_weekly_polls_after_30_days_of_failures(outcome):
    plan = decide(outcome, failures=60, failing_since=NOW - timedelta(days=31), rng=lambda: 0.0)
    assert plan.interval_s == 7 * DAY
    assert not plan.paused


@pytest.mark.parametrize("outcome", [o for o in Outcome if o not in SUCCESSFUL_OUTCOMES])
def test_every_failure_has_a_next_time(outcome):
    for failures in (0, 1, 50, 10**9):
        plan = decide(outcome, failures=failures, failing_since=NOW, retry_after_s=10.0, rng=lambda: 1.0)
        assert NOW < plan.at <= NOW + timedelta(days=8)


def test_a_source_that_answers_410_again_is_paused():
    assert not decide(Outcome.GONE).paused
    plan = decide(Outcome.GONE, failures=1, failing_since=NOW, rng=lambda: 0.0)
    assert (plan.paused, plan.interval_s) == (True, 7 * DAY)
    assert "gone" in plan.reason


WAITING = {"host_wait_s": 60.0, "due_at": NOW - timedelta(minutes=7), "was_asked": False}


def test_a_refused_source_of_a_slowed_host_stays_due():
    plan = decide(Outcome.RATE_LIMITED, **WAITING)
    assert (plan.at, plan.failures, plan.reason) == (NOW - timedelta(minutes=7), 0, "it waits for its host")
    assert decide(Outcome.RATE_LIMITED, host_wait_s=60.0, was_asked=False).at == NOW
    assert decide(Outcome.RATE_LIMITED, host_wait_s=60.0).at == NOW + timedelta(seconds=300)
    assert decide(Outcome.RATE_LIMITED, retry_after_s=60.0, **WAITING).at == NOW - timedelta(minutes=7)


def test_a_source_that_is_refused_again_waits_for_its_interval():
    plan = decide(Outcome.RATE_LIMITED, refused_before=True, rng=lambda: 0.0, **WAITING)
    assert plan.at == NOW + timedelta(seconds=1800)


@pytest.mark.parametrize(
    ("asked_s", "reason"),
    [
        (60.5, "it waits for its host"),
        (61.0, "it waits for its host"),
        (61.5, "the site has told us when to come back"),
    ],
)
def test_a_source_waits_for_its_host_no_longer_than_for_itself(asked_s, reason):
    assert decide(Outcome.RATE_LIMITED, retry_after_s=asked_s, **WAITING).reason == reason


@pytest.mark.parametrize(("min_s", "asked_s", "seconds"), [(300, 5, 60), (10, 5, 10), (10, 30, 30), (300, 90, 90)])
def test_a_short_retry_after_is_a_minute(min_s, asked_s, seconds):
    limits = ScheduleLimits(interval_s=1800, min_s=min_s)
    plan = decide(Outcome.RATE_LIMITED, retry_after_s=asked_s, limits=limits, rng=lambda: 0.0)
    assert plan.interval_s == pytest.approx(seconds)


def test_the_second_refusal_is_followed_by_an_interval_whatever_retry_after_says():
    plan = decide(Outcome.RATE_LIMITED, retry_after_s=60.0, refused_before=True, rng=lambda: 0.0)
    assert (plan.interval_s, plan.reason) == (1800, "the site asks us to come less often")


def test_a_source_whose_redirect_leads_to_a_paused_host_waits_for_that():
    plan = decide(Outcome.RATE_LIMITED, retry_after_s=600.0, rng=lambda: 0.0, **WAITING)
    assert plan.at == NOW + timedelta(seconds=600)


@pytest.mark.parametrize(("asked_s", "host_wait_s", "seconds"), [(130, 0, 300), (600, 0, 600), (130, 130, 300)])
def test_a_source_that_was_asked_and_whose_redirect_must_wait_keeps_the_shortest_interval(
    asked_s, host_wait_s, seconds
):
    plan = decide(
        Outcome.RATE_LIMITED, retry_after_s=asked_s, host_wait_s=host_wait_s, after_answer=True, rng=lambda: 0.0
    )
    assert plan.at == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("late_s", "seconds"), [(0, 1980), (5, 1980), (6, 1800)])
def test_a_poll_that_was_late_is_followed_by_one_without_jitter(late_s, seconds):
    plan = decide(rng=lambda: 1.0, due_at=NOW - timedelta(seconds=late_s), started_at=NOW)
    assert plan.interval_s == pytest.approx(seconds)


@pytest.mark.parametrize("known", [{"due_at": NOW - timedelta(hours=1)}, {"started_at": NOW}, {}])
def test_a_poll_whose_lateness_is_not_known_is_followed_by_one_with_jitter(known):
    assert decide(rng=lambda: 1.0, **known).interval_s == pytest.approx(1980)


@pytest.mark.parametrize(("spacing_s", "seconds"), [(0, 1980), (1, 1980), (5, 1980), (6, 1800), (3600, 1800)])
def test_a_source_of_a_host_with_a_long_distance_is_polled_without_jitter(spacing_s, seconds):
    plan = decide(rng=lambda: 1.0, host_spacing_s=spacing_s)
    assert plan.interval_s == pytest.approx(seconds)


@pytest.mark.parametrize(
    "outcome",
    [Outcome.RATE_LIMITED, Outcome.OFFLINE, Outcome.INTERRUPTED, Outcome.STORE_FAILED, Outcome.LOCAL_FAULT],
)
def test_failures_outside_the_source_are_not_counted(outcome):
    plan = decide(outcome, failures=3, failing_since=NOW - timedelta(days=2))
    assert (plan.failures, plan.failing_since) == (3, NOW - timedelta(days=2))


@pytest.mark.parametrize(
    ("outcome", "asked", "at_least"),
    [(Outcome.RATE_LIMITED, 7200.0, 7200), (Outcome.SERVER_ERROR, 7200.0, 7200), (Outcome.RATE_LIMITED, 1e300, DAY)],
)
def test_retry_after_is_kept_after_a_failure(outcome, asked, at_least):
    assert decide(outcome, retry_after_s=asked, rng=lambda: 0.0).interval_s == pytest.approx(at_least)


MINUTES = ScheduleLimits(interval_s=1800, min_s=600, max_s=86_400)
SECONDS = ScheduleLimits(interval_s=1800, min_s=10, max_s=86_400)
FIRST_FAILURES = [
    (Outcome.DNS_FAILED, LIMITS, 300, "failed 1 time in a row"),
    (Outcome.CONNECT_FAILED, LIMITS, 300, "failed 1 time in a row"),
    (Outcome.TIMEOUT, LIMITS, 300, "failed 1 time in a row"),
    (Outcome.CONNECTION_LOST, LIMITS, 300, "failed 1 time in a row"),
    (Outcome.SERVER_ERROR, LIMITS, 300, "failed 1 time in a row"),
    (Outcome.INTERNAL_ERROR, LIMITS, 300, "failed 1 time in a row"),
    (Outcome.TIMEOUT, MINUTES, 600, "failed 1 time in a row"),
    (Outcome.TIMEOUT, SECONDS, 300, "failed 1 time in a row"),
    (Outcome.NOT_FOUND, LIMITS, 300, "failed 1 time in a row"),
    (Outcome.NOT_FOUND, MINUTES, 600, "failed 1 time in a row"),
    (Outcome.NOT_A_FEED, ScheduleLimits(interval_s=7200), 300, "failed 1 time in a row"),
    (Outcome.GONE, LIMITS, 300, "failed 1 time in a row"),
    (Outcome.RATE_LIMITED, LIMITS, 1800, "the site asks us to come less often"),
    (Outcome.RATE_LIMITED, ScheduleLimits(interval_s=200, min_s=900), 900, "the site asks us to come less often"),
    (Outcome.RATE_LIMITED, ScheduleLimits(interval_s=DAY), DAY, "the site asks us to come less often"),
    (Outcome.OFFLINE, MINUTES, 300, "our own network is down"),
    (Outcome.OFFLINE, SECONDS, 10, "our own network is down"),
    (Outcome.INTERRUPTED, MINUTES, 60, "the poll was interrupted"),
    (Outcome.INTERRUPTED, SECONDS, 10, "the poll was interrupted"),
    (Outcome.LOCAL_FAULT, MINUTES, 60, "this machine has run out of something"),
    (Outcome.LOCAL_FAULT, SECONDS, 10, "this machine has run out of something"),
    (Outcome.STORE_FAILED, MINUTES, 600, "the posts could not be stored"),
    (Outcome.STORE_FAILED, SECONDS, 10, "the posts could not be stored"),
]


@pytest.mark.parametrize(("outcome", "limits", "seconds", "reason"), FIRST_FAILURES)
def test_the_first_failure_of_each_kind(outcome, limits, seconds, reason):
    plan = decide(outcome, limits=limits, rng=lambda: 0.0)
    assert plan.interval_s == pytest.approx(seconds)
    assert plan.reason == reason
    assert (plan.at - NOW).total_seconds() == pytest.approx(seconds)
    assert decide(outcome, limits=limits, rng=lambda: 1.0).interval_s == pytest.approx(1.1 * seconds)


PASSING = (
    *(Outcome.DNS_FAILED, Outcome.CONNECT_FAILED, Outcome.TIMEOUT, Outcome.CONNECTION_LOST),
    *(Outcome.SERVER_ERROR, Outcome.INTERNAL_ERROR, Outcome.FEED_TRUNCATED),
)


@pytest.mark.parametrize("outcome", PASSING)
@pytest.mark.parametrize(("limits", "seconds"), [(LIMITS, 600), (MINUTES, 1200), (SECONDS, 600)])
def test_the_second_failure_that_usually_passes_is_followed_soon(outcome, limits, seconds):
    plan = decide(outcome, limits=limits, failures=1, failing_since=NOW, rng=lambda: 0.0)
    assert plan.interval_s == pytest.approx(seconds)


def test_failures_are_counted_and_described():
    assert decide(Outcome.TIMEOUT).failures == 1
    assert decide(Outcome.TIMEOUT, failures=1, failing_since=NOW).reason == "failed 2 times in a row"
    month = decide(Outcome.TIMEOUT, failures=9, failing_since=NOW - timedelta(days=29.5))
    assert month.reason == "failed 10 times in a row"
    long = decide(Outcome.TIMEOUT, failures=9, failing_since=NOW - timedelta(days=30), rng=lambda: 0.0)
    assert (long.interval_s, long.reason) == (7 * DAY, "failing for more than 30 days")


@pytest.mark.parametrize(
    ("outcome", "asked", "reason"),
    [
        (Outcome.RATE_LIMITED, 7200.0, "the site has told us when to come back"),
        (Outcome.RATE_LIMITED, None, "the site asks us to come less often"),
        (Outcome.RATE_LIMITED, -5.0, "the site asks us to come less often"),
        (Outcome.SERVER_ERROR, 7200.0, "failed 1 time in a row"),
    ],
)
def test_retry_after_is_used_for_rate_limits_only(outcome, asked, reason):
    assert decide(outcome, retry_after_s=asked).reason == reason


def test_limits_and_summaries_by_default():
    assert ScheduleLimits() == ScheduleLimits(interval_s=1800, min_s=300, max_s=86_400)
    assert PollSummary(NOW, Outcome.OK).failures == 0
    assert decide(limits=ScheduleLimits(interval_s=0, min_s=0)).interval_s == 0
    assert next_poll(PollSummary(NOW, Outcome.OK), LIMITS).interval_s == pytest.approx(1800)


def ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=day) for day in days]


ADAPTED = [
    ("the same as is configured", {"cache_max_age_s": 1800}, 1800, "the configured interval"),
    ("more than is configured", {"cache_max_age_s": 1801}, 1801, "the source asks for this interval"),
    ("two posts", {"recent_post_times": ago(1, 2)}, 1800, "the configured interval"),
    (
        "the last of three posts just now",
        {"recent_post_times": ago(0, 0.1, 0.2)},
        4320,
        "how often the source publishes",
    ),
    ("posts two minutes apart", {"recent_post_times": every(120, 30)}, 300, "how often the source publishes"),
    ("posts in one batch", {"recent_post_times": every(119, 30)}, 1800, "the configured interval"),
    ("posts of 90 days", {"recent_post_times": ago(90, 89, 88)}, DAY, "how often the source publishes"),
    ("posts of 90 days, none before", {"recent_post_times": ago(90.5, 89.9, 89.8)}, 1800, "the configured interval"),
    ("posts of nearly 90 days", {"recent_post_times": ago(89.5, 88, 87)}, DAY, "how often the source publishes"),
    ("one post 90 days ago", {"recent_post_times": ago(90)}, 1800, "the configured interval"),
    ("one post 91 days ago", {"recent_post_times": ago(91)}, DAY, "no post for a long time"),
    ("one post of yesterday", {"recent_post_times": ago(1)}, 1800, "the configured interval"),
    ("one post long ago and one of yesterday", {"recent_post_times": ago(1, 100)}, 1800, "the configured interval"),
    (
        "rare posts long ago, frequent ones since",
        {"recent_post_times": every(2 * HOUR, 10) + every(7 * DAY, 15, NOW - timedelta(days=100))},
        HOUR,
        "how often the source publishes",
    ),
]


@pytest.mark.parametrize(("given", "seconds", "reason"), [row[1:] for row in ADAPTED], ids=[row[0] for row in ADAPTED])
def test_reason_for_the_interval(given, seconds, reason):
    plan = decide(**given)
    assert plan.interval_s == pytest.approx(seconds)
    assert plan.reason == reason


def test_pushes_and_possible_loss_do_not_wait_for_the_hours_of_a_source():
    days = [NOW.replace(day=day, hour=hour) for day in range(13, 23) for hour in (8, 9, 10)]
    evening = NOW.replace(hour=20)
    assert decide(now=evening, recent_post_times=days, websub_active=True).interval_s == 10 * HOUR
    assert decide(now=evening, recent_post_times=days, possible_loss=True).interval_s == 450


def daily(hour: int, count: int = 22) -> list[datetime]:
    """One post a day at this hour, the last on the 22nd: the interval is half a day."""
    return [NOW.replace(day=22, hour=hour) - timedelta(days=day) for day in range(count)]


@pytest.mark.parametrize(
    ("posts", "now", "hours"),
    [
        # An hour before and an hour after the posts belong to their hours.
        (daily(10), (22, 20, 30), 12.5),
        (daily(10), (22, 21, 30), 12),
        (daily(10), (22, 22, 30), 12),
        (daily(10), (22, 23, 30), 12),
        (daily(10), (23, 0, 30), 32.5),
        (daily(23), (23, 9, 30), 12.5),
        (daily(23), (23, 11, 10), 12),
        (daily(23), (23, 12, 30), 12),
        (daily(0), (22, 11, 30), 12),
        # From 20 posts on.
        (daily(10, 20), (22, 20, 30), 12.5),
        (daily(10, 19), (22, 20, 30), 12),
        # The latest 30 posts.
        ([*daily(10, 30), NOW.replace(day=1, month=10, hour=8)], (22, 20, 30), 12.5),
        ([*daily(10, 29), NOW.replace(day=1, month=10, hour=8)], (22, 20, 30), 12),
    ],
)
def test_a_poll_waits_for_the_hours_at_which_a_source_publishes(posts, now, hours):
    day, hour, minute = now
    moment = NOW.replace(day=day, hour=hour, minute=minute)
    plan = decide(now=moment, recent_post_times=posts, limits=ScheduleLimits(max_s=3 * DAY))
    assert plan.interval_s == pytest.approx(hours * HOUR)


@pytest.mark.parametrize(("hours", "waits"), [(0, True), (-24, False)])
def test_the_hours_of_a_source_are_known_after_five_days(hours, waits):
    morning = [NOW.replace(day=day, hour=9, minute=minute) for day in range(18, 23) for minute in (0, 15, 30, 45)]
    first = NOW.replace(day=17, hour=9) - timedelta(hours=hours)
    posts = [first, *morning[:-3]]
    evening = NOW.replace(day=22, hour=20)
    plan = decide(now=evening, recent_post_times=[*posts, *posts[1:3]])
    assert (plan.interval_s > 2 * HOUR) is waits
