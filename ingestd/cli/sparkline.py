"""Counts drawn as a row of bars, one character each."""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_NONE = "·"


def sparkline(counts: Sequence[int]) -> str:
    """A bar for each count, the largest one the highest; a dot for zero."""
    most = max(counts, default=0)
    return "".join(_BARS[-(-count * len(_BARS) // most) - 1] if count else _NONE for count in counts)
