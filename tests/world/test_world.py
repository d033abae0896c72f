"""Seeded worlds: whatever happens in them, what is stored is true."""

from random import Random

import pytest

from tests.world import plan_further, words
from tests.world.knobs import Knobs
from tests.world.plan import make_world
from tests.world.plan_later import FIRST_SEED
from tests.world.run import folder, run, run_in
from tests.world.shrink import story

KNOBS = Knobs(sites=4, days=6.0)
SHORT = Knobs(sites=4, days=4.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", (1, 2, 5, 11, 2005, 2006))
def test_what_is_stored_is_what_the_world_had(seed: int):
    world = make_world(seed, SHORT)
    result = run(world)
    assert not result.violations, "\n".join([*map(str, result.violations.items()), *story(world)])
    assert result.polls > 20


@pytest.mark.slow
def test_a_seed_gives_the_same_rows_every_time():
    found = []
    for _ in range(2):
        with folder() as path:
            _, rows = run_in(make_world(3, Knobs(sites=3, days=3.0)), path)
        found.append(rows.tables)
    assert found[0] == found[1]


def test_a_world_is_the_same_whatever_other_sites_there_are():
    small, large = make_world(5, Knobs(sites=2, days=6.0)), make_world(5, Knobs(sites=4, days=6.0))
    assert small.sites[:2] == large.sites[:2]


def test_later_habits_leave_earlier_seeds_as_they_were():
    faults = {"empty", "flap", "late", "forbidden"}
    early, late = (
        [site for seed in range(first, first + 6) for site in make_world(seed, KNOBS).sites]
        for first in (FIRST_SEED - 6, FIRST_SEED)
    )
    assert not any(fault.kind in faults for site in early for fault in site.faults)
    assert {site.feed.order for site in early} == {"newest"}
    assert {fault.kind for site in late for fault in site.faults} >= faults
    assert len({site.feed.order for site in late}) > 1


def test_further_habits_are_of_later_seeds_alone():
    early, late = (
        [make_world(seed, KNOBS) for seed in range(first, first + 30)]
        for first in (plan_further.FIRST_SEED - 30, plan_further.FIRST_SEED)
    )
    events = {"statement", "files", "upgrade", "empty"}
    assert not any(event.kind in events for world in early for event in world.machine)
    assert {event.kind for world in late for event in world.machine} >= events
    assert {world.daemons for world in early} == {1}
    assert {world.daemons for world in late} == {1, 2}
    sites, before = ([site for world in worlds for site in world.sites] for worlds in (late, early))
    assert not any(site.feed_moves or site.hosts_alike or site.feed.session or site.feed.hidden for site in before)
    assert {site.feed_moves[1] for site in sites if site.feed_moves} == {301, 404}
    assert {site.push_style for site in sites} == {"once", "repeated", "late"}
    assert any(article.alias for site in sites for article in site.articles)
    assert any(item.gap for world in late for item in world.subscriptions)


def test_a_comment_has_another_headline_than_its_article():
    first = words.title(Random(7), "en", "Xbabababakolivaq")
    assert words.title(Random(7), "en", "Xbabababakolivaq") == first
    assert words.title_unlike(Random(7), "en", "Xbabababakolivaq", [first]) != first
