"""What headers say about the pace of a host: Retry-After and every form of RateLimit fields."""

from datetime import UTC, datetime

import pytest

from ingestd.fetch.host_pace import PaceSignal
from ingestd.fetch.rate_limits import Quota, pace_signal, quota_error, quotas
from ingestd.fetch.response_status import status_error
from ingestd.model.errors import Outcome

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UNIX = int(NOW.timestamp())

QUOTAS = [
    ({"ratelimit": '"default";r=50;t=30'}, [(50, 30)]),
    ({"ratelimit": '"burst";r=0;t=1, "day";r=90;t=3600'}, [(0, 1), (90, 3600)]),
    ({"ratelimit": '"a, r=1";pk=:cHNkZg==:;r=2;t=5'}, [(2, 5)]),
    ({"ratelimit": '"default";r=50'}, []),
    ({"ratelimit": '"default";t=30'}, []),
    ({"ratelimit": '"a;r=9;t=9, b";r=2;t=5'}, [(2, 5)]),
    ({"ratelimit": ";r=1;t=25".rjust(1000, "x")}, [(1, 25)]),
    ({"ratelimit": ";r=1;t=25".rjust(1001, "x")}, [(1, 2)]),
    ({"ratelimit-policy": '"a";r=1;t=2'}, []),
    ({"ratelimit": "limit=100, remaining=0, reset=45"}, [(0, 45)]),
    ({"ratelimit": "Limit=100, Remaining=0, Reset=45"}, [(0, 45)]),
    ({"ratelimit": "limit=100;w=60, remaining = 7, reset = 45"}, [(7, 45)]),
    ({"ratelimit-limit": "100", "ratelimit-remaining": "3", "ratelimit-reset": "45"}, [(3, 45)]),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(UNIX + 90)}, [(0, 90)]),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str((UNIX + 90) * 1000)}, [(0, 90)]),
    ({"x-ratelimit-remaining": "99.0", "x-ratelimit-reset": "45"}, [(99, 45)]),
    ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "2026-11-22T12:01:00Z"}, [(1, 60)]),
    ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "Sun, 22 Nov 2026 12:02:00 GMT"}, [(1, 120)]),
    ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(UNIX + 900)}, [(0, 900)]),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(UNIX - 5)}, [(0, 0)]),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999999999"}, [(0, 86_400)]),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000000"}, [(0, 0)]),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999999999999"}, [(0, 86_400)]),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000000000"}, [(0, 0)]),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 15}, [(0, 86_400)]),
    ({"ratelimit-remaining": " 3 ", "ratelimit-reset": " 45 "}, [(3, 45)]),
    ({"x-ratelimit-remaining": "0"}, []),
    ({"x-ratelimit-remaining": "-1", "x-ratelimit-reset": "5"}, []),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-22T12:01:00"}, []),
    ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "soon"}, []),
    ({"ratelimit": "r=" * 100_000}, []),
    ({"etag": '"x"'}, []),
]


@pytest.mark.parametrize(("headers", "expected"), QUOTAS)
def test_quotas_in_every_form(headers, expected):
    assert quotas(tuple(headers.items()), NOW) == [Quota(*pair) for pair in expected]


@pytest.mark.parametrize(("remaining", "reset", "wait"), [(0, 45, 45), (1, 60, 30), (59, 3600, 60), (5000, 3600, 0.72)])
def test_the_requests_that_are_left_are_spread_over_the_time_that_is_left(remaining, reset, wait):
    assert Quota(remaining, reset).wait_s == pytest.approx(wait, abs=0.01)


def signal(status: int, **headers: str) -> PaceSignal:
    return pace_signal(status, [(name.replace("_", "-"), value) for name, value in headers.items()], NOW)


def test_signals():
    assert signal(200) == signal(304) == signal(404) == PaceSignal(accepted=True)
    assert signal(500) == signal(200, retry_after="60").__class__()
    assert signal(429) == PaceSignal(refused=True, reason="429")
    assert signal(429, retry_after="60") == PaceSignal(refused=True, pause_s=60, reason="429, Retry-After: 60 s")
    assert signal(503, retry_after="60") == PaceSignal(pause_s=60, reason="503, Retry-After: 60 s")
    assert signal(302, retry_after="60") == PaceSignal(accepted=True, pause_s=60, reason="302, Retry-After: 60 s")
    assert signal(200, retry_after="60") == PaceSignal(accepted=True)


@pytest.mark.parametrize(
    ("status", "obeyed"),
    [
        *((200, False), (300, False), (301, True), (302, True), (303, True), (304, False), (306, False), (307, True)),
        *((308, True), (309, False), (404, False), (424, False), (425, True), (426, False), (429, True), (500, False)),
        *((502, False), (503, True), (504, False)),
    ],
)
def test_the_statuses_whose_retry_after_is_obeyed(status, obeyed):
    assert signal(status, retry_after="60").pause_s == (60 if obeyed else 0)


@pytest.mark.parametrize(
    ("status", "accepted", "refused"),
    [
        *((200, True, False), (403, True, False), (424, True, False), (425, False, True), (426, True, False)),
        *((428, True, False), (429, False, True), (430, True, False), (499, True, False), (500, False, False)),
    ],
)
def test_what_a_host_accepts_and_refuses(status, accepted, refused):
    found = signal(status)
    assert (found.accepted, found.refused) == (accepted, refused)


@pytest.mark.parametrize(("reset", "wait_s"), [("3600", 3600), ("3601", 3600), ("7200", 3600), ("3599", 3599)])
def test_a_quota_delays_the_next_request_by_an_hour_at_most(reset, wait_s):
    found = signal(200, x_ratelimit_remaining="0", x_ratelimit_reset=reset)
    assert (found.pause_s, found.quota_s) == (0, wait_s)


def test_retry_after_is_the_pause_of_a_refusal_that_states_a_quota_too():
    quota = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "45"}
    expected = PaceSignal(refused=True, pause_s=60, quota_s=45, reason="429, Retry-After: 60 s")
    assert signal(429, retry_after="60", **quota) == expected
    left = {"x_ratelimit_remaining": "4", "x_ratelimit_reset": "45"}
    assert signal(429, **left) == PaceSignal(refused=True, quota_s=9, reason="429")
    reason = "RateLimit: 4 requests left for 45 s"
    assert signal(403, **left) == PaceSignal(accepted=True, quota_s=9, reason=reason)


def test_the_strictest_of_several_quotas_counts():
    found = signal(200, ratelimit='"a";r=9;t=10, "b";r=0;t=45', x_ratelimit_remaining="0", x_ratelimit_reset="20")
    assert found == PaceSignal(accepted=True, quota_s=45, reason="RateLimit: 0 requests left for 45 s")


def test_a_refusal_with_a_used_up_quota_asks_for_a_pause_until_its_reset():
    reason = "429, RateLimit: 0 requests left for 45 s"
    expected = PaceSignal(refused=True, pause_s=45, quota_s=45, reason=reason)
    assert signal(429, x_ratelimit_remaining="0", x_ratelimit_reset="45") == expected


def test_a_403_is_a_refusal_where_no_request_is_left():
    headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", str(UNIX + 600))]
    refused = pace_signal(403, headers, NOW)
    assert (refused.refused, refused.pause_s) == (True, 600)
    forbidden = status_error(403, headers, b"", NOW)
    assert forbidden is not None
    error = quota_error(forbidden, refused)
    assert (error.outcome, error.http_status, error.retry_after_s) == (Outcome.RATE_LIMITED, 403, 600)
    assert quota_error(forbidden, pace_signal(403, [], NOW)) is forbidden


def test_the_error_of_a_refusal_without_a_pause_names_none():
    headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "0")]
    forbidden = status_error(403, headers, b"", NOW)
    assert forbidden is not None
    error = quota_error(forbidden, pace_signal(403, headers, NOW))
    assert (error.outcome, error.retry_after_s) == (Outcome.RATE_LIMITED, None)


@pytest.mark.parametrize("status", [404, 429])
def test_the_error_of_another_status_stays(status):
    error = status_error(status, [], b"", NOW)
    assert error is not None
    assert quota_error(error, signal(429)) is error
