"""Seeded worlds: whatever happens in them, what is stored is true."""

from random import Random

import pytest

from tests.world import words
from tests.world.knobs import Knobs
from tests.world.plan import make_world
from tests.world.plan_later import FIRST_SEED
from tests.world.run import folder, run, run_in
from tests.world.shrink import story

KNOBS = Knobs(sites=4, days=6.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", (1, 2, 5, 11))
def test_what_is_stored_is_what_the_world_had(seed: int):
    world = make_world(seed, KNOBS)
    result = run(world)
    assert not result.violations, "\n".join([*map(str, result.violations.items()), *story(world)])
    assert result.polls > 20


@pytest.mark.slow
def test_a_seed_gives_the_same_rows_every_time():
    found = []
    for _ in range(2):
        with folder() as path:
            _, rows = run_in(make_world(3, KNOBS), path)
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


def test_a_comment_has_another_headline_than_its_article():
    first = words.title(Random(7), "en", "Xbabababakolivaq")
    assert words.title(Random(7), "en", "Xbabababakolivaq") == first
    assert words.title_unlike(Random(7), "en", "Xbabababakolivaq", [first]) != first
