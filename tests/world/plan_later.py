"""Plans what worlds from seed `FIRST_SEED` on have too, so that earlier seeds stay the worlds that they were.

Feeds in another order, with the date of the last edit; servers that answer with no entries, with copies of different
ages in turns, or with pages that come after their entry.
"""

from dataclasses import replace
from random import Random

from tests.world.knobs import Knobs
from tests.world.truth import DAY_S, HOUR_S, Article, Fault, Site

#: The first seed whose world has these habits.
FIRST_SEED = 1001
_KINDS = ("order", "dates-edited", "empty", "flap", "late", "forbidden")
_ORDERS = ("oldest", "shuffled", "pinned")
#: How old the older copy is, and for how long a page is missing, in seconds.
_AGES, _DELAYS = (900.0, 2 * HOUR_S, 8 * HOUR_S), (600.0, 2 * HOUR_S, 6 * HOUR_S)


def with_later_habit(seed: int, site: Site, knobs: Knobs) -> Site:
    """The site, with one of these habits in most cases."""
    rng = Random(f"{seed} later {site.number}")
    kind = rng.choice(_KINDS)
    if seed < FIRST_SEED or rng.random() < 0.2 or kind in knobs.off:
        return site
    match kind:
        case "order":
            return replace(site, feed=replace(site.feed, order=rng.choice(_ORDERS)))
        case "dates-edited":
            return replace(site, feed=replace(site.feed, dates="edited"))
        case "flap":
            return _with_fault(rng, _that_stays(site), kind, rng.choice(_AGES), knobs)
        case "late":
            return _with_fault(rng, site, kind, rng.choice(_DELAYS), knobs)
    return _with_fault(rng, site, kind, 0.0, knobs)


def _with_fault(rng: Random, site: Site, kind: str, value: float, knobs: Knobs) -> Site:
    """The site with a fault for half a day to three days, in place of the others of that time."""
    start = rng.uniform(0.0, max(knobs.days - 1, 1) * DAY_S)
    fault = Fault(kind, start, start + rng.uniform(0.5, 3.0) * DAY_S, value)
    others = tuple(each for each in site.faults if each.end <= fault.start or each.start >= fault.end)
    return replace(site, faults=tuple(sorted((*others, fault), key=lambda each: each.start)))


def _that_stays(site: Site) -> Site:
    """The site and its articles where they are: copies of different ages would redirect to each other."""
    return replace(site, hosts=site.hosts[:1], articles=tuple(map(_that_remains, site.articles)))


def _that_remains(article: Article) -> Article:
    return replace(article, paths=article.paths[:1])
