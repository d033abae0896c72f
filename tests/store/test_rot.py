"""A site rule that has ceased to find anything is noticed."""

from ingestd.model.article import BodyOrigin
from ingestd.model.errors import Outcome
from ingestd.model.feed import Problem
from ingestd.store.statistics import source_health
from tests.store import make


def misses(database):
    [row] = database.read(source_health)
    return row["rule_misses"]


def missed(database, number, seconds):
    problem = Problem(Outcome.RULE_MISSED, "the selector matches nothing", make.link(number)[1])
    make.store(database, problems=(problem,), at=make.later(seconds))


def test_misses_count_from_the_last_hit_on(database):
    make.configured(database)
    assert misses(database) == 0
    for number in (1, 2):
        missed(database, number, number)
    assert misses(database) == 2
    hit = make.post(3, body_origin=BodyOrigin.RULE, fetched_at=make.later(3))
    make.store(database, make.new(3, like=hit), at=make.later(3))
    assert misses(database) == 0
    for number in (4, 5, 6):
        missed(database, number, number)
    assert misses(database) == 3


def test_other_problems_and_other_bodies_do_not_count(database):
    make.configured(database)
    problem = Problem(Outcome.NOT_FOUND, "404", make.link(1)[1])
    make.store(database, make.new(2), problems=(problem,))
    assert misses(database) == 0
