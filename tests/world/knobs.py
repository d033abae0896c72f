"""How large a world is, and what may occur in it."""

from dataclasses import dataclass

#: Every so many seeds the world is a large one: more than the usual ones come by, and over a longer time.
LARGE_WORLD_EVERY = 20
#: Sites and days of usual and of large worlds. A thousand seeds take about 40 minutes on two processors.
USUAL_SIZE, LARGE_SIZE = (4, 6.0), (10, 20.0)


@dataclass(frozen=True, slots=True)
class Knobs:
    """How large a world is, and what happens in it. `off` names habits, faults and events that do not occur."""

    sites: int = 8
    days: float = 14.0
    articles_a_day: float = 0.6
    off: frozenset[str] = frozenset()

    def allowed(self, *kinds: str) -> tuple[str, ...]:
        """Those of `kinds` that may occur."""
        return tuple(kind for kind in kinds if kind not in self.off)


def usual_size(seed: int) -> tuple[int, float]:
    """How many sites the world of a seed has, and for how many days it lasts, where nothing else is asked for."""
    return USUAL_SIZE if seed % LARGE_WORLD_EVERY else LARGE_SIZE


def knobs_of(seed: int, sites: int | None, days: float | None, rate: float, off: frozenset[str] = frozenset()) -> Knobs:
    """The knobs of a seed: its usual size, unless `sites` or `days` are given."""
    own_sites, own_days = usual_size(seed)
    return Knobs(own_sites if sites is None else sites, own_days if days is None else days, rate, off)
