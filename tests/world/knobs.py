"""How large a world is, and what may occur in it."""

from dataclasses import dataclass


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
