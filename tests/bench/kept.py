"""The figures of ingestd that the repository keeps, in yardsticks, and what has become slower than they say."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.bench.phases import Polled
from tests.bench.site import Phase

KEPT = Path(__file__).with_name("figures.toml")
#: What may be measurement: a figure may be so much larger than the kept one.
TOLERANCE = 0.10
#: Where a figure can be compared: below it, what a run costs once weighs too much.
ENOUGH_FEEDS = 1000
ENOUGH_PAGES = 1000

_HEAD = """\
# CPU of ingestd, the start of the program taken off, in the units of tests/bench/yardsticks.py.
# `python -m tests.bench.run --keep` writes what it measures here; a run that finds more than 10 % above it fails.
"""


def comparable(results: Iterable[Polled]) -> dict[str, float]:
    """Figures of ingestd by name: "fp cold" … a feed, "tr page" and "tr main" a page; of runs that did their work."""
    figures: dict[str, float] = {}
    for polled in results:
        if polled.contender != "ingestd" or polled.problems:
            continue
        if polled.pages:
            if polled.phase is Phase.COLD and polled.pages >= ENOUGH_PAGES:
                figures |= {"tr page": polled.tr_a_page, "tr main": polled.main_tr_a_page}
        elif polled.feeds >= ENOUGH_FEEDS:
            figures[f"fp {polled.phase}"] = polled.fp_a_feed
    return figures


def slower(now: Mapping[str, float], kept: Mapping[str, float]) -> list[str]:
    """A line for each figure that has grown by more than the tolerance."""
    return [
        f"{name.split()[1]}: {figure:.3f} {name.split()[0]}, kept {kept[name]:.3f} ({figure / kept[name] - 1:+.0%})"
        for name, figure in now.items()
        if name in kept and figure > kept[name] * (1 + TOLERANCE)
    ]


def read(path: Path | None = None) -> dict[str, float]:
    path = path or KEPT
    tables = tomllib.loads(path.read_text()) if path.exists() else {}
    return {f"{unit} {name}": figure for unit, table in tables.items() for name, figure in table.items()}


def write(figures: Mapping[str, float], path: Path | None = None) -> None:
    """Keep these figures, and those of other names that are there."""
    path = path or KEPT
    merged = {**read(path), **figures}
    lines = [_HEAD.rstrip()]
    for unit in dict.fromkeys(name.split()[0] for name in merged):
        lines += ["", f"[{unit}]"]
        lines += [f"{name.split()[1]} = {figure:.3f}" for name, figure in merged.items() if name.split()[0] == unit]
    path.write_text("\n".join(lines) + "\n")
