"""The state of a source in words."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestd.model.errors import SUCCESSFUL_OUTCOMES, Cause, Outcome
from ingestd.model.feed import ZoneOrigin
from ingestd.policy import advice, health, is_dead, zone_remark

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEW = "https://b.example/feed"


def test_health_has_state_and_advice():
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


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_advice_of_its_own(cause):
    outcome = Outcome.ADDRESS_REFUSED
    assert advice(outcome, f"the port {cause} (of this)") not in ("", advice(outcome))


def test_advice_names_the_keys_that_help():
    assert "`username`" in advice(Outcome.UNAUTHORIZED, "the site asks for a user name and password")
    assert "allow_networks" not in advice(Outcome.ADDRESS_REFUSED, f"port 22 {Cause.PORT}")
    assert "allow_networks" in advice(Outcome.ADDRESS_REFUSED, f"a.example is at 10.1.1.1, which is {Cause.NOT_PUBLIC}")


@pytest.mark.parametrize(("days", "dead"), [(None, False), (29, False), (30, True), (400, True)])
def test_a_source_is_dead_after_thirty_days(days, dead):
    assert is_dead(None if days is None else NOW - timedelta(days=days), NOW) is dead


@pytest.mark.parametrize(
    ("origin", "language", "words"),
    [
        (None, None, None),
        (ZoneOrigin.STATED, "zh", None),
        (ZoneOrigin.SOURCE, "zh", None),
        (ZoneOrigin.LANGUAGE, "zh-CN", ("that of its language", 'timezone = "Asia/Shanghai"')),
        (ZoneOrigin.TEXT, None, ("that of the language of its texts", 'timezone = "Asia/Seoul"')),
        (ZoneOrigin.TEXT, "en-US", ("that of the language of its texts", 'timezone = "Asia/Seoul"')),
        (ZoneOrigin.HTTP_DATE, None, ("by the time of its answer", 'timezone = "Area/City"')),
        (ZoneOrigin.ASSUMED, "en", ("UTC is assumed", 'timezone = "Area/City"')),
    ],
)
def test_a_zone_that_was_assumed_is_told_with_the_line_that_settles_it(origin, language, words):
    remark = zone_remark(origin, language, "서울의 새로운 소식\nSeoul")
    assert (remark is None) == (words is None)
    assert all(word in (remark or "") for word in words or ())


@pytest.mark.parametrize(
    "reason",
    [
        "`links` finds no link on the page: ul.news a",
        "`links` is no valid CSS: ul[",
        "no links to articles were recognised on the page: set `links`, or the address of another list",
        'the address is that of a feed, not of a page: leave out `kind = "page"`',
    ],
)
def test_who_has_set_a_list_page_is_not_told_to_look_for_a_feed(reason: str):
    assert "discover" in advice(Outcome.NOT_A_FEED)
    assert "discover" not in advice(Outcome.NOT_A_FEED, reason)
    assert ("sources check" in advice(Outcome.NOT_A_FEED, reason)) == ("`links`" in reason)
