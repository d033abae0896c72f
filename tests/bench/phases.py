"""One contender through all phases on a fresh database: what each poll cost, and whether it did its work at all."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import measure, yardsticks
from tests.bench.contenders import Contender, Options, environment
from tests.bench.simulator import ROOT, Simulator
from tests.bench.site import ENTRIES, Phase

#: What a feed may cost by phase, in fp, and a page, in tr: all processes together, and the main process alone.
GOALS_FP = {Phase.COLD: 0.7, Phase.NOT_MODIFIED: 0.08, Phase.SAME: 0.10, Phase.CHANGED: 0.15, Phase.NEW: 0.25}
GOAL_PAGE_TR = 0.6
GOAL_MAIN_TR = 0.15


@dataclass(frozen=True, slots=True)
class Polled:
    """One phase of one run. `start_cpu_s` is what the same command costs without any source.

    `fp_ms` and `tr_ms` are the yardsticks as they were before and after the poll (0: not measured).
    """

    contender: str
    phase: Phase
    feeds: int
    cpu_s: float
    start_cpu_s: float
    wall_s: float
    rss_mb: float
    pss_mb: float
    processes: int
    new: int
    pages: int
    requests: int
    connections: int
    problems: tuple[str, ...] = ()
    main_cpu_s: float = 0.0
    fp_ms: float = 0.0
    tr_ms: float = 0.0

    @property
    def ms_a_feed(self) -> float:
        """CPU milliseconds a feed, the start of the interpreter included."""
        return 1000 * self.cpu_s / self.feeds

    @property
    def net_ms_a_feed(self) -> float:
        """The same without the start."""
        return 1000 * max(self.cpu_s - self.start_cpu_s, 0.0) / self.feeds

    @property
    def ms_a_page(self) -> float | None:
        return 1000 * self.cpu_s / self.pages if self.pages else None

    @property
    def fp_a_feed(self) -> float:
        """A feed without the start, in fp."""
        return self.net_ms_a_feed / self.fp_ms if self.fp_ms else 0.0

    @property
    def tr_a_page(self) -> float:
        """A page with all that belongs to it, without the start, in tr."""
        return self._in_tr(self.cpu_s)

    @property
    def main_tr_a_page(self) -> float:
        """What the main process alone takes for a page, without the start, in tr."""
        return self._in_tr(self.main_cpu_s)

    def _in_tr(self, cpu_s: float) -> float:
        if not self.pages or not self.tr_ms:
            return 0.0
        return 1000 * max(cpu_s - self.start_cpu_s, 0.0) / self.pages / self.tr_ms

    def as_json(self) -> dict[str, Any]:
        return {
            **dataclasses.asdict(self),
            "cpu_ms_a_feed": round(self.ms_a_feed, 3),
            "net_cpu_ms_a_feed": round(self.net_ms_a_feed, 3),
            "cpu_ms_a_page": self.ms_a_page and round(self.ms_a_page, 3),
            "fp_a_feed": round(self.fp_a_feed, 3),
            "tr_a_page": round(self.tr_a_page, 3),
            "main_tr_a_page": round(self.main_tr_a_page, 3),
            "polls_a_second": round(self.feeds / self.wall_s, 1),
            "posts_a_second": round(self.new / self.wall_s, 1),
        }


def run_phases(
    contender: Contender,
    simulator: Simulator,
    room: Path,
    options: Options,
    phases: list[Phase],
    timeout_s: float = 1800.0,
) -> list[Polled]:
    """Poll all feeds of the simulator once a phase, in order, on a database that begins empty."""
    start = _start_costs(contender, room / "start", options)
    room = room / "feeds"
    room.mkdir(parents=True)
    contender.prepare(room, simulator.feeds, options)
    results = []
    for phase in phases:
        if phase is Phase.NOT_MODIFIED and contender.late_validators:
            measure.run(contender.command(room), cwd=ROOT, env=environment(), timeout_s=timeout_s, memory=False)
        simulator.enter(phase)
        before, units = contender.posts(room), _yardsticks(options)
        cost = measure.run(contender.command(room), cwd=ROOT, env=environment(), timeout_s=timeout_s)
        stats = simulator.stats()
        fp, tr = (sum(pair) / 2 for pair in zip(units, _yardsticks(options), strict=True))
        new = contender.posts(room) - before
        results.append(
            Polled(
                contender=contender.name,
                phase=phase,
                feeds=len(simulator.feeds),
                cpu_s=cost.cpu_s,
                start_cpu_s=start[phase is not Phase.COLD],
                wall_s=cost.wall_s,
                rss_mb=cost.rss_mb,
                pss_mb=cost.pss_mb,
                processes=cost.processes,
                new=new,
                pages=stats.get("pages", 0),
                requests=stats.get("requests", 0),
                connections=stats["most_connections"],
                problems=tuple(problems(phase, len(simulator.feeds), options, cost, stats, new)),
                main_cpu_s=cost.main_s,
                fp_ms=fp,
                tr_ms=tr,
            )
        )
    return results


def _yardsticks(options: Options) -> tuple[float, float]:
    """fp and tr in milliseconds, now; tr only where pages are fetched."""
    rounds = options.yardstick_rounds
    return yardsticks.fp_ms(rounds), yardsticks.tr_ms(rounds) if options.pages else 0.0


def _start_costs(contender: Contender, room: Path, options: Options) -> tuple[float, float]:
    """CPU seconds of a run without sources: with a database to be made, and with one that is there."""
    room.mkdir(parents=True)
    contender.prepare(room, [], options)
    made, there = (measure.run(contender.command(room), cwd=ROOT, env=environment(), memory=False) for _ in range(2))
    return made.cpu_s, there.cpu_s


def problems(
    phase: Phase, feeds: int, options: Options, cost: measure.Cost, stats: dict[str, Any], new: int
) -> list[str]:
    """Why the figures of a phase are not valid: work that was not done, or done twice. Empty where they are valid."""
    found = []
    fresh = {Phase.COLD: feeds * ENTRIES, Phase.NEW: feeds}.get(phase, 0)
    if cost.status != 0:
        found.append(f"exit status {cost.status}: {cost.stderr.strip()[-300:]}")
    if new != fresh:
        found.append(f"{new} new posts where the feeds had {fresh}")
    answered = {name: stats.get(name, 0) for name in ("200", "304")}
    wanted = {"200": 0, "304": feeds} if phase is Phase.NOT_MODIFIED else {"200": feeds, "304": 0}
    if answered != wanted:
        found.append(f"feeds were answered {answered}, wanted {wanted}")
    if options.pages and stats.get("pages", 0) != fresh:
        found.append(f"{stats.get('pages', 0)} pages were fetched for {fresh} new articles")
    return found


def medians(runs: list[list[Polled]]) -> list[Polled]:
    """Phase by phase the run whose cost in yardsticks is the median; problems of any run stay."""
    merged = []
    for same in zip(*runs, strict=True):
        middle = sorted(same, key=lambda polled: polled.fp_a_feed or polled.cpu_s)[len(same) // 2]
        noticed = tuple(dict.fromkeys(problem for polled in same for problem in polled.problems))
        merged.append(dataclasses.replace(middle, problems=noticed))
    return merged
