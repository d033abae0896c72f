"""How responses change the pace of a host: refusals, acceptance, pauses and quotas."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingestd.fetch.host_pace import PaceSignal, after_response
from ingestd.model.host_pace import HostPace

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCEPTED = PaceSignal(accepted=True)
REFUSED = PaceSignal(refused=True, reason="429")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def after(
    pace: HostPace, signal: PaceSignal, *, at: float = 0.0, started: float | None = None, min_spacing: float = 1.0
) -> HostPace:
    """The pace after a response at `at`, to a request that started then or earlier."""
    begun = later(at if started is None else started)
    return after_response(pace, signal, started_at=begun, now=later(at), min_spacing_s=min_spacing)


def after_all(pace: HostPace, signals: list[PaceSignal], *, min_spacing: float = 1.0) -> HostPace:
    for number, signal in enumerate(signals):
        pace = after(pace, signal, at=60.0 * number, min_spacing=min_spacing)
    return pace


@pytest.mark.parametrize(("min_spacing", "spacings"), [(0.0, [1, 2, 4, 8]), (1.0, [2, 4, 8, 16]), (5.0, [10, 20, 40])])
def test_each_refusal_doubles_the_spacing(min_spacing, spacings):
    pace = HostPace()
    for number, spacing in enumerate(spacings):
        pace = after(pace, REFUSED, at=60.0 * number, min_spacing=min_spacing)
        assert pace.spacing_s == spacing
        assert pace.refused_spacing_s == max(min_spacing, 1.0 if number else 0.0)
        assert (pace.refused_at, pace.reason) == (later(60.0 * number), "429")
        assert pace.next_at == later(60.0 * number + spacing)


def test_the_spacing_is_an_hour_at_most():
    assert after_all(HostPace(), [REFUSED] * 30).spacing_s == 3600


def test_a_refusal_with_a_long_pause_quadruples_the_spacing():
    pace = after(HostPace(), PaceSignal(refused=True, pause_s=59.0, reason="429, Retry-After: 59"))
    assert (pace.spacing_s, pace.paused_until) == (4, later(59))
    assert after(HostPace(), PaceSignal(refused=True, pause_s=3.0)).spacing_s == 2


def test_a_refusal_of_a_request_from_before_the_last_refusal_changes_nothing():
    pace = after(HostPace(), REFUSED, at=10.0)
    assert after(pace, REFUSED, at=10.5, started=9.0) == pace
    assert after(pace, REFUSED, at=10.5, started=10.0) == pace
    assert after(pace, REFUSED, at=10.0, started=9.0) == pace
    assert after(pace, REFUSED, at=10.5, started=10.2).spacing_s == 4
    # The clock was set back: the earlier refusal lies ahead, and no request can have started before it.
    assert after(pace, REFUSED, at=5.0, started=4.0).spacing_s == 4


@pytest.mark.parametrize(
    ("accepted", "spacing"), [(0, 120), (1, 120), (2, 90), (5, 72), (8, 67.5), (30, 62), (900, 61.2)]
)
def test_a_refusal_lengthens_the_spacing_by_the_share_of_the_requests_that_are_refused(accepted, spacing):
    pace = HostPace(spacing_s=60.0, refused_spacing_s=59.0, accepted=accepted)
    assert after(pace, REFUSED).spacing_s == pytest.approx(spacing)
    assert after(pace, REFUSED).accepted == 0


@pytest.mark.parametrize(
    ("accepted", "since_s", "spacing"),
    [(7, 60, 40), (10, None, 40), (8, 60, 11.25), (10, 600, 40), (10, 250, 25), (10, 60, 11), (20, 400, 20)],
)
def test_a_pause_after_many_requests_tells_how_many_the_host_allows_from_one_to_the_next(accepted, since_s, spacing):
    paused = PaceSignal(refused=True, pause_s=59.0, reason="429, Retry-After: 59")
    pace = HostPace(spacing_s=10.0, accepted=accepted, refused_at=since_s and later(-since_s))
    assert after(pace, paused).spacing_s == pytest.approx(spacing)


def test_refusals_in_a_row_say_nothing_about_the_spacing():
    """A host that allows some requests an hour refuses all others, however far apart they are."""
    pace = after_all(HostPace(spacing_s=10.0, accepted=3), [REFUSED] * 6)
    assert pace.spacing_s == pytest.approx(10 * 4 / 3 * 2**5)
    assert pace.refused_spacing_s == 10
    assert after_all(pace, [ACCEPTED] * 100).spacing_s < 20


@pytest.mark.parametrize(("pause_s", "spacing"), [(39.9, 20), (40.0, 40), (41.0, 40)])
def test_a_pause_of_four_times_the_spacing_is_a_long_one(pause_s, spacing):
    assert after(HostPace(spacing_s=10.0), PaceSignal(refused=True, pause_s=pause_s)).spacing_s == spacing


def test_a_refusal_lengthens_the_spacing_noticeably_also_where_the_accepted_one_is_close():
    pace = HostPace(spacing_s=53.8, accepted_spacing_s=53.81, refused_spacing_s=52.8, accepted=9)
    assert after(pace, REFUSED).spacing_s == pytest.approx(53.8 * 1.02)


def test_accepted_requests_shorten_the_spacing_towards_the_one_that_was_refused():
    pace = after_all(HostPace(spacing_s=64.0, refused_spacing_s=32.0, refused_at=NOW), [ACCEPTED] * 4)
    assert pace.spacing_s == pytest.approx(64 - (64 - 32 * 1.02) / 4)
    assert (pace.accepted_spacing_s, pace.accepted) == (64, 4)
    assert after_all(pace, [ACCEPTED] * 400).spacing_s == pytest.approx(32 * 1.02)


def test_a_step_that_is_refused_leads_back_to_the_accepted_spacing():
    pace = after(HostPace(spacing_s=56.0, accepted_spacing_s=64.0, refused_spacing_s=32.0, accepted=1), REFUSED)
    assert (pace.spacing_s, pace.refused_spacing_s, pace.accepted_spacing_s) == (64, 56, 0)
    assert after(pace, REFUSED, at=70.0).spacing_s == 128
    steady = HostPace(spacing_s=56.0, accepted_spacing_s=56.0, refused_spacing_s=32.0, accepted=1)
    assert after(steady, REFUSED).spacing_s == 112


def test_a_refused_spacing_is_tried_again_after_hours_without_a_refusal():
    pace = HostPace(spacing_s=60.0, refused_spacing_s=60.0 / 1.02, accepted=19, refused_at=NOW)
    hours = 12 * 3600.0
    assert after(pace, ACCEPTED, at=hours - 1).refused_spacing_s == pace.refused_spacing_s
    probing = after(pace, ACCEPTED, at=hours)
    assert probing.refused_spacing_s == pytest.approx(0.95 * 60.0 / 1.02)
    assert after(replace(pace, refused_at=None), ACCEPTED).refused_spacing_s == probing.refused_spacing_s
    # Not after each step: a host that accepts 4 requests has not accepted the 20 of a probe.
    early = after(replace(pace, accepted=3), ACCEPTED, at=hours)
    assert (early.accepted, early.refused_spacing_s) == (4, pace.refused_spacing_s)
    for number in range(4):
        probing = after(probing, ACCEPTED, at=hours + 60 * number)
    assert probing.spacing_s < 60


def test_a_host_that_accepts_everything_again_is_asked_at_the_configured_distance():
    pace = after_all(HostPace(), [REFUSED] * 7)
    assert pace.spacing_s == 128
    for number in range(3000):
        pace = after(pace, ACCEPTED, at=24 * 3600.0 + 60 * number)
    assert (pace.spacing_s, pace.refused_spacing_s, pace.reason) == (0, 0, None)


@pytest.mark.parametrize(("spacing", "left"), [(0.49, 0), (0.5, 0.5), (0.6, 0.6)])
def test_a_short_spacing_is_forgotten(spacing, left):
    pace = HostPace(spacing_s=spacing, refused_spacing_s=spacing, accepted=3, reason="429", next_at=later(1))
    found = after(pace, ACCEPTED, min_spacing=0.0)
    assert (found.spacing_s, found.reason is None, found.next_at) == (left, not left, later(1))


def test_a_response_that_says_nothing_of_the_pace_changes_nothing():
    for pace in (HostPace(), HostPace(spacing_s=10.0, refused_spacing_s=5.0, accepted=3)):
        assert after(pace, PaceSignal(), min_spacing=0.0) is pace


def test_accepted_requests_teach_nothing_where_none_was_refused():
    pace = HostPace(next_at=later(1))
    assert after(pace, ACCEPTED) is pace


def test_a_pause_holds_for_as_long_as_the_longest_that_was_asked_for():
    pace = after(HostPace(), PaceSignal(pause_s=600.0, reason="503, Retry-After: 600"))
    assert (pace.paused_until, pace.spacing_s) == (later(600), 0)
    assert after(pace, PaceSignal(pause_s=5.0, reason="x"), at=1.0).paused_until == later(600)
    assert (pace.pause_left_s(NOW), pace.pause_left_s(later(600))) == (600, 0)
    assert pace.may_start_at(NOW) == later(600)


def test_a_quota_delays_the_next_request_only():
    pace = after(HostPace(next_at=later(1)), PaceSignal(quota_s=45.0, reason="RateLimit: r=0;t=45"))
    assert (pace.next_at, pace.spacing_s, pace.paused_until) == (later(45), 0, None)
    assert pace.reason == "RateLimit: r=0;t=45"
    generous = after(HostPace(next_at=later(1)), PaceSignal(quota_s=0.5, reason="x"))
    assert generous == HostPace(next_at=later(1))
    assert after(HostPace(), PaceSignal(quota_s=1.0, reason="x"), min_spacing=1.0) == HostPace()
    assert after(HostPace(spacing_s=2.0), PaceSignal(quota_s=2.0, reason="x")).next_at is None


class Host:
    """Allows so many requests in each period: of its clock, or before each request; says how long to wait, or nothing.

    `counts_refused`: refused requests use the quota up, too.
    """

    def __init__(
        self,
        allowed: int,
        period_s: float,
        *,
        by_clock: bool = False,
        tells: bool = False,
        counts_refused: bool = False,
    ) -> None:
        self.allowed, self.period_s, self.by_clock = allowed, period_s, by_clock
        self.tells, self.counts_refused = tells, counts_refused
        self.counted: list[float] = []

    def answer(self, at: float) -> PaceSignal:
        begin = at - at % self.period_s if self.by_clock else at - self.period_s
        self.counted = [earlier for earlier in self.counted if earlier >= begin][-self.allowed :]
        accepted = len(self.counted) < self.allowed
        pause_s = (self.counted[0] if not self.by_clock else begin) + self.period_s - at if self.counted else 0.0
        if accepted or self.counts_refused:
            self.counted.append(at)
        if accepted:
            return ACCEPTED
        return PaceSignal(refused=True, pause_s=float(int(pause_s) + 1)) if self.tells else REFUSED


def day(host: Host) -> tuple[int, int]:
    """How many requests a host accepts and refuses in a day where it is always asked as soon as it may be."""
    pace, at, answers = HostPace(), 17.0, []
    while at < 86_400:
        start, pace = pace.claim(later(at), 1.0)
        at = (start - NOW).total_seconds()
        signal = host.answer(at)
        answers.append(signal.accepted)
        pace = after(pace, signal, at=at + 0.2, started=at)
        at += 0.2
    return sum(answers), len(answers) - sum(answers)


@pytest.mark.parametrize(
    ("host", "least", "refused"),
    [
        (Host(1, 60), 0.98, 0.01),
        (Host(1, 60, tells=True), 0.98, 0.01),
        (Host(1, 60, counts_refused=True), 0.98, 0.01),
        (Host(1, 60, by_clock=True), 0.98, 0.012),
        (Host(1, 60, by_clock=True, tells=True), 0.98, 0.012),
        (Host(5, 60, by_clock=True), 0.95, 0.005),
        (Host(10, 600), 0.88, 0.02),
        (Host(10, 600, by_clock=True), 0.88, 0.025),
        (Host(10, 600, by_clock=True, tells=True), 0.98, 0.02),
        (Host(60, 3600, by_clock=True, tells=True), 0.98, 0.02),
    ],
    ids=lambda value: "-".join(map(str, list(vars(value).values())[:-1])) if isinstance(value, Host) else str(value),
)
def test_a_day_at_a_host_with_a_quota(host, least, refused):
    accepted, refusals = day(host)
    assert accepted >= least * 86_400 / host.period_s * host.allowed
    assert refusals <= refused * (accepted + refusals)


@pytest.mark.parametrize(
    ("accepted", "refused_at", "spacing"),
    [(7, later(-100), 40), (8, later(-100), 12.5), (8, None, 40), (20, later(-1000), 40), (50, later(-1000), 20)],
)
def test_a_long_pause_after_many_requests_says_how_many_are_allowed_in_the_time(accepted, refused_at, spacing):
    paused = PaceSignal(refused=True, pause_s=59.0, reason="429, Retry-After: 59")
    pace = HostPace(spacing_s=10.0, accepted=accepted, refused_at=refused_at)
    assert after(pace, paused).spacing_s == pytest.approx(spacing)


@pytest.mark.parametrize(("paused_s", "claimed_s", "set_to_s"), [(600, 50_000, 0), (200_000, 20_000, 150_000)])
def test_a_pause_that_did_not_count_at_a_request_never_does(paused_s: int, claimed_s: int, set_to_s: int):
    # The first one is over when the clock is set back; the second was written under a clock that was days ahead.
    _, pace = HostPace(paused_until=later(paused_s)).claim(later(claimed_s), 1.0)
    assert pace.may_start_at(later(set_to_s)) == later(set_to_s)


def test_a_pause_outlasts_the_claim_of_the_request_after_it():
    start, pace = HostPace(paused_until=later(600)).claim(NOW, 1.0)
    assert (start, pace.pause_left_s(later(1))) == (later(600), 599)
