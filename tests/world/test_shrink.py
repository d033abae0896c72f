"""A failing world is made smaller, and the command that is printed makes the same world again."""

import pytest

from tests.world import __main__ as program
from tests.world.knobs import Knobs
from tests.world.plan import make_world
from tests.world.run import Result
from tests.world.shrink import cut, smallest_cut, story
from tests.world.truth import World

#: Sites that list the articles of others.
READERS = frozenset({"planet", "linkblog"})


def has_kill(world: World) -> bool:
    return any(item.kind == "kill" for item in world.machine)


def test_only_what_the_failure_needs_is_left():
    world = next(
        world for world in (make_world(seed, Knobs(4, 10.0, off=READERS)) for seed in range(1, 50)) if has_kill(world)
    )
    names = smallest_cut(world, lambda smaller: has_kill(smaller) and len(smaller.sites[0].articles) > 0)
    smallest = cut(world, names)
    assert len(smallest.sites) == 1
    assert len(smallest.sites[0].articles) == 1
    assert [item.kind for item in smallest.machine] == ["kill"]
    assert not smallest.sites[0].faults
    assert len(list(story(smallest))) <= 6


def test_what_is_cut_is_what_is_named():
    world = make_world(2, Knobs(3, 8.0, off=READERS))
    article = world.sites[1].articles[0]
    smaller = cut(world, ["s0", f"a1.{article.number}", "d4"])
    assert [site.number for site in smaller.sites] == [1, 2]
    assert [item.site for item in smaller.subscriptions] == [1, 2]
    assert article not in smaller.sites[0].articles
    assert smaller.days == 4


def test_a_planet_is_left_without_the_sites_that_are_left_out():
    world = next(
        world
        for world in (make_world(seed, Knobs(4, 5.0)) for seed in range(1, 50))
        if [site.kind for site in world.sites[4:]] == ["planet", "linkblog"]
    )
    dropped = world.sites[4].lists[0]
    planet, links = cut(world, [f"s{dropped}"]).sites[-2:]
    assert dropped not in planet.lists
    left = {article.name for site in world.sites[:4] if site.number != dropped for article in site.articles}
    assert {article.about for article in links.articles} <= left
    assert len(links.articles) < len(world.sites[5].articles)


@pytest.mark.slow
def test_the_program_tells_a_failing_seed_and_its_command(capsys: pytest.CaptureFixture[str], monkeypatch):
    def fail(world: World) -> Result:
        return Result(world, {"own_fields": ["wrong"]}, 10, 20)

    monkeypatch.setattr(program, "run", fail)
    assert program.main(["--seed", "3", "--sites", "2", "--days", "2", "--cut", "s1"]) == 1
    told = capsys.readouterr().out
    assert "own_fields: 1" in told
    assert "again: python -m tests.world --seed 3 --sites 2 --days 2 --rate 0.6 --cut 's1'" in told


@pytest.mark.slow
def test_a_seed_alone_is_run(capsys: pytest.CaptureFixture[str]):
    assert program.main(["--seed", "1", "--sites", "2", "--days", "2"]) == 0
    assert "seed 1: nothing found" in capsys.readouterr().out
