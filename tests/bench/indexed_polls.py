"""What the search index adds to polls of new feeds, end to end.

    python -m tests.bench.indexed_polls [FEEDS] [TURNS]

`ingestd fetch` polls FEEDS (200) new feeds of 30 entries into a database with the index and into one without, TURNS (3)
times in turns. Printed are the CPU of all processes a feed, in fp (yardsticks.py), medians, without the start of the
program, and their ratio. Exit status 1 where the target is missed or a poll did not do its work.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from ingestd.store.database import Database
from tests.bench.contenders import Ingestd, Options
from tests.bench.phases import run_phases
from tests.bench.search import START, without_index
from tests.bench.simulator import Simulator
from tests.bench.site import Phase

#: By how much storing may be slower with the index.
MAX_SLOWDOWN = 1.15


@dataclass(frozen=True, slots=True)
class PreparedIngestd(Ingestd):
    """ingestd on a database that is there, with the search index or without."""

    indexed: bool

    def prepare(self, room: Path, urls: list[str], options: Options) -> None:
        """Make the database and the configuration."""
        Ingestd.prepare(self, room, urls, options)
        room.mkdir(parents=True, exist_ok=True)
        with Database(f"sqlite:///{room}/ingestd.db") as database:
            database.upgrade(now=START)
            if not self.indexed:
                without_index(database)


def compare(feeds: int, turns: int, options: Options, folder: Path) -> dict[str, Any]:
    """The CPU a feed in fp with and without the index, and what went wrong."""
    costs: dict[bool, list[float]] = {True: [], False: []}
    problems: list[str] = []
    with Simulator(feeds, min(feeds, 50)) as simulator:
        for turn in range(2 * turns):
            indexed = bool(turn % 2)
            [polled] = run_phases(PreparedIngestd(indexed), simulator, folder / str(turn), options, [Phase.COLD])
            costs[indexed].append(polled.fp_a_feed)
            problems += polled.problems
    without, with_index = median(costs[False]), median(costs[True])
    return {"without": without, "with": with_index, "ratio": with_index / without, "problems": problems}


def main(argv: Sequence[str]) -> int:
    """Measure, print, and say whether the target is met."""
    feeds, turns = (int(argv[place]) if len(argv) > place else usual for place, usual in ((0, 200), (1, 3)))
    with tempfile.TemporaryDirectory(prefix="ingestd-bench-") as folder:
        found = compare(feeds, turns, Options(), Path(folder))
    print(
        f"without the index {found['without']:.2f} fp a feed, with it {found['with']:.2f}: {found['ratio']:.2f} times"
    )
    print(json.dumps(found))
    if found["ratio"] > MAX_SLOWDOWN:
        print(f"MISSED: at most {MAX_SLOWDOWN:.2f} times")
    return int(bool(found["problems"]) or found["ratio"] > MAX_SLOWDOWN)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
