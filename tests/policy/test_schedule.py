"""The policy's tables: when to poll next, what stays fresh, what has moved, what is said about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Outcome
from ingestd.model.http import Redirect
from ingestd.policy import (
    NextPoll,
    PollSummary,
    ScheduleLimits,
    advice,
    freshness_s,
    health,
    is_dead,
    moved,
    next_poll,
    should_skip_validators,
    validators_to_store,
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
def test_any_good_poll_ends_a_row_of_failures(outcome):
    plan = decide(outcome, failures=7, failing_since=NOW - timedelta(days=40))
    assert (plan.failures, plan.failing_since) == (0, None)


def test_sources_do_not_march_in_step_and_never_come_early():
    early, late = decide(rng=lambda: 0.0), decide(rng=lambda: 1.0)
    assert [early.interval_s, late.interval_s] == pytest.approx([1620, 1980])
    assert decide(rng=lambda: 0.0, cache_max_age_s=HOUR).interval_s >= HOUR
    assert decide(rng=lambda: 1.0, feed_ttl_s=DAY).interval_s <= DAY


def test_skip_hours_and_days():
    assert decide(skip_hours=(12, 13, 14)).at == NOW.replace(hour=15)
    assert decide(skip_days=("sunday",)).at == NOW.replace(day=23, hour=0)
    assert decide(skip_days=("sunday", "monday")).at == NOW + timedelta(seconds=DAY)  # no later than the maximum
    everything = decide(skip_hours=range(24), skip_days=("monday",))
    assert everything.at == NOW + timedelta(seconds=1800)  # leaves no time at all: not to be taken at its word


def test_a_source_that_sleeps_at_night_is_left_to_sleep():
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
    (Outcome.NOT_FOUND, 0, HOUR),
    (Outcome.NOT_A_FEED, 2, 4 * HOUR),
    (Outcome.TLS_FAILED, 9, DAY),
    (Outcome.CHALLENGE, 1, 2 * HOUR),
]


@pytest.mark.parametrize(("outcome", "failures", "seconds"), FAILURES)
def test_failures_back_off_by_their_own_curves(outcome, failures, seconds):
    since = NOW - timedelta(days=1) if failures else None
    plan = decide(outcome, failures=failures, failing_since=since, rng=lambda: 0.0)
    assert plan.interval_s == pytest.approx(seconds)
    assert (plan.failures, plan.failing_since) == (failures + 1, since or NOW)


@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.NOT_FOUND, Outcome.FEED_BROKEN])
def test_after_30_days_of_nothing_once_a_week_and_never_given_up(outcome):
    plan = decide(outcome, failures=60, failing_since=NOW - timedelta(days=31), rng=lambda: 0.0)
    assert plan.interval_s == 7 * DAY
    assert not plan.paused


@pytest.mark.parametrize("outcome", [o for o in Outcome if o not in SUCCESSFUL_OUTCOMES])
def test_every_failure_has_a_next_time(outcome):
    for failures in (0, 1, 50, 10**9):
        plan = decide(outcome, failures=failures, failing_since=NOW, retry_after_s=10.0, rng=lambda: 1.0)
        assert NOW < plan.at <= NOW + timedelta(days=8)


def test_a_source_that_is_gone_is_paused():
    plan = decide(Outcome.GONE)
    assert plan.paused
    assert "gone" in plan.reason


@pytest.mark.parametrize("outcome", [Outcome.RATE_LIMITED, Outcome.OFFLINE, Outcome.INTERRUPTED, Outcome.STORE_FAILED])
def test_what_is_not_the_sources_fault_is_not_counted(outcome):
    plan = decide(outcome, failures=3, failing_since=NOW - timedelta(days=2))
    assert (plan.failures, plan.failing_since) == (3, NOW - timedelta(days=2))


@pytest.mark.parametrize(
    ("outcome", "asked", "at_least"),
    [(Outcome.RATE_LIMITED, 7200.0, 7200), (Outcome.SERVER_ERROR, 7200.0, 7200), (Outcome.RATE_LIMITED, 1e300, DAY)],
)
def test_retry_after_is_kept_after_a_failure(outcome, asked, at_least):
    assert decide(outcome, retry_after_s=asked).interval_s == pytest.approx(at_least)


def dated(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.replace("_", "-"), value) for name, value in values.items())


FRESH = [
    ((), None),
    (dated(cache_control="max-age=3600"), 3600),
    (dated(cache_control="public, Max-Age=600, s-maxage=9"), 600),
    (dated(cache_control='max-age="600"'), 600),
    (dated(cache_control="s-maxage=900"), None),
    (dated(cache_control="max-age=3600", age="3000"), 600),
    (dated(cache_control="max-age=60", age="99999999999999999999"), 0),
    (dated(cache_control="max-age=3600, no-cache"), None),
    (dated(cache_control="no-store"), None),
    (dated(cache_control="max-age=99999999999999999999999"), 604_800),
    (dated(cache_control="max-age=-1"), None),
    (dated(cache_control="max-age=ten"), None),
    (dated(cache_control="max-age=" + "9" * 5000), 604_800),
    (dated(expires="Sun, 22 Nov 2026 13:00:00 GMT"), 3600),
    (dated(expires="Sun, 22 Nov 2026 13:00:00 GMT", date="Sun, 22 Nov 2026 12:30:00 GMT"), 1800),
    (dated(expires="Sun, 22 Nov 2026 11:00:00 GMT"), 0),
    (dated(expires="Fri, 31 Dec 9999 23:59:59 GMT"), 604_800),
    (dated(expires="0"), None),
    (dated(expires="-1"), None),
    (dated(expires="0000-00-00"), None),
    (dated(expires="Thu, 99 Foo 20261 99:99:99 +9999"), None),
    (dated(cache_control="max-age=60", expires="Fri, 31 Dec 9999 23:59:59 GMT"), 60),
    ((("cache-control", "public"), ("cache-control", "max-age=60")), 60),
]


@pytest.mark.parametrize(("headers", "seconds"), FRESH)
def test_freshness(headers, seconds):
    assert freshness_s(headers, NOW) == seconds


VALIDATORS = [
    (
        {"etag": 'W/"abc"', "last-modified": "Sun, 22 Nov 2026 12:00:00 GMT"},
        ('W/"abc"', "Sun, 22 Nov 2026 12:00:00 GMT"),
    ),
    ({"etag": "unquoted"}, ("unquoted", None)),
    ({"etag": '""'}, ('""', None)),
    ({"last-modified": "yesterday, or so"}, (None, "yesterday, or so")),
    ({"etag": "x" * 500}, ("x" * 500, None)),
    ({"etag": "x" * 501}, (None, None)),
    ({"etag": '"文"', "last-modified": "a\tb"}, (None, None)),
    ({"etag": ""}, (None, None)),
    ({}, (None, None)),
]


@pytest.mark.parametrize(("headers", "kept"), VALIDATORS)
def test_validators_are_kept_as_they_came_or_not_at_all(headers, kept):
    assert validators_to_store(tuple(headers.items())) == kept


def test_now_and_then_a_poll_goes_without_validators():
    skipped = [number for number in range(100) if should_skip_validators(number)]
    assert skipped == [23, 47, 71, 95]
    assert not should_skip_validators(0)
    assert should_skip_validators(1, every=2)


def hop(status: int, url: str, location: str) -> Redirect:
    return Redirect(status, url, location)


OLD, NEW, OTHER = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
PERMANENT = (hop(301, OLD, NEW),)
MOVES = [
    ("three times", [PERMANENT] * 3, NEW),
    ("308 too, over two hops", [(hop(308, OLD, OTHER), hop(301, OTHER, NEW))] * 3, NEW),
    ("twice only", [PERMANENT] * 2, None),
    ("three of four, the last direct", [PERMANENT] * 3 + [()], None),
    ("an older poll went elsewhere", [(hop(301, OLD, OTHER),)] + [PERMANENT] * 3, NEW),
    ("to different places", [PERMANENT, PERMANENT, (hop(301, OLD, OTHER),)], None),
    ("302", [(hop(302, OLD, NEW),)] * 3, None),
    ("307 after 301", [(hop(301, OLD, OTHER), hop(307, OTHER, NEW))] * 3, None),
    ("from https to http", [(hop(301, OLD, "http://b.example/feed"),)] * 3, None),
    (
        "in the middle from https to http",
        [(hop(301, OLD, "http://b.example/"), hop(301, "http://b.example/", NEW))] * 3,
        None,
    ),
    ("chains of another address", [(hop(301, OTHER, NEW),)] * 3, None),
    ("back to itself", [(hop(301, OLD, OLD),)] * 3, None),
    ("never polled", [], None),
]


@pytest.mark.parametrize(("name", "chains", "target"), MOVES, ids=[row[0] for row in MOVES])
def test_a_move_needs_three_polls_and_permanence(name, chains, target):
    assert moved(OLD, chains) == target


def test_health_says_what_happened_and_what_to_do():
    since = NOW - timedelta(days=3)
    text = health(Outcome.TIMEOUT, "nothing came for 10 s", failures=5, failing_since=since, now=NOW)
    assert text.startswith("nothing came for 10 s; failing for 3 days, 5 times in a row. ")
    found = health(Outcome.NOT_A_FEED, "a web page", failures=1, failing_since=NOW, now=NOW, feed_url=NEW)
    assert found == f"a web page. Its feed seems to be {NEW}: set that address."
    assert health(Outcome.OK, now=NOW) == "well"
    assert health(Outcome.OK, now=NOW, moved_to=NEW) == f"moved to {NEW}"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_failure_has_advice(outcome):
    assert bool(advice(outcome)) == (outcome not in SUCCESSFUL_OUTCOMES)


@pytest.mark.parametrize(("days", "dead"), [(None, False), (29, False), (30, True), (400, True)])
def test_a_source_is_dead_after_thirty_days(days, dead):
    assert is_dead(None if days is None else NOW - timedelta(days=days), NOW) is dead
