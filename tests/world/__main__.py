"""Runs many simulated worlds, in as many processes as there are processors: `python -m tests.world --seeds 1000`.

A seed that fails is made smaller and told as a story, with the command that runs it again. Exit status 1 where any
failed.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial

from tests.world.knobs import Knobs, knobs_of
from tests.world.plan import make_world
from tests.world.run import Result, run
from tests.world.shrink import cut, smallest_cut, story
from tests.world.truth import World

#: After each so many worlds a line says how far the run is.
WORLDS_PER_LINE = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; the exit status."""
    options = _parser().parse_args(arguments)
    off = frozenset(options.off.split(","))
    knobs = partial(knobs_of, sites=options.sites, days=options.days, rate=options.rate, off=off)
    if options.seed is not None:
        result = run(cut(make_world(options.seed, knobs(options.seed)), options.cut.split(",")))
        _tell(result, options.cut.split(","), options)
        return int(bool(result.violations))
    started, seeds = time.monotonic(), range(options.first, options.first + options.seeds)
    polls = requests = 0
    failed: list[int] = []
    for done, (result, names) in enumerate(_results(seeds, knobs, options.processes, shrink=options.shrink), 1):
        polls, requests = polls + result.polls, requests + result.requests
        if result.violations:
            failed.append(result.world.seed)
            _tell(result, names, options)
        if done % WORLDS_PER_LINE == 0:
            print(f"{done} of {len(seeds)} worlds, {len(failed)} failed", file=sys.stderr, flush=True)
    took = time.monotonic() - started
    print(
        f"{len(seeds)} worlds, {polls:,} polls, {requests:,} requests in {took:.0f} s ({polls / took:.0f} polls/s): "
        f"{len(failed)} failed{': ' + ', '.join(map(str, sorted(failed))) if failed else ''}"
    )
    return int(bool(failed))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.world", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="how many worlds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--sites", type=int, help="sites of a world (4, and 10 in every 20th)")
    parser.add_argument("--days", type=float, help="days of its life (6, and 20 in every 20th)")
    parser.add_argument("--rate", type=float, default=0.6, help="articles a day of a usual site")
    parser.add_argument("--off", default="", help="habits, faults and events to leave out, with commas")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-shrink", dest="shrink", action="store_false", help="tell a failing world as it is")
    parser.add_argument("--seed", type=int, help="run this one world")
    parser.add_argument("--cut", default="", help="what to leave out of it (see tests/world/shrink.py)")
    return parser


def _results(
    seeds: range, knobs: Callable[[int], Knobs], processes: int, *, shrink: bool
) -> Iterator[tuple[Result, list[str]]]:
    with ProcessPoolExecutor(processes) as pool:
        tasks = [pool.submit(partial(run_and_shrink, seed, knobs(seed), shrink=shrink)) for seed in seeds]
        for task in as_completed(tasks):
            yield task.result()


def run_and_shrink(seed: int, knobs: Knobs, *, shrink: bool) -> tuple[Result, list[str]]:
    """Run a seed; where it fails, the result of the smallest world that fails in the same way, and its cut."""
    world = make_world(seed, knobs)
    result = run(world)
    if not result.violations or not shrink:
        return result, []
    kind = next(iter(result.violations))

    def fails(smaller: World) -> bool:
        return kind in run(smaller).violations

    names = smallest_cut(world, fails)
    return run(cut(world, names)), names


def _tell(result: Result, names: Sequence[str], options: argparse.Namespace) -> None:
    print(f"seed {result.world.seed}: {'nothing found' if not result.violations else ''}")
    for name, lines in result.violations.items():
        print(f"  {name}: {len(lines)}")
        print("\n".join(f"    {line}" for line in lines[:5]))
    if result.violations:
        print("\n".join(f"  {line}" for line in story(result.world)))
        knobs = knobs_of(result.world.seed, options.sites, options.days, options.rate)
        own = f"--sites {knobs.sites} --days {knobs.days:g} --rate {knobs.articles_a_day:g}"
        off, left_out = f" --off {options.off}" if options.off else "", ",".join(filter(None, names))
        print(f"  again: python -m tests.world --seed {result.world.seed} {own}{off} --cut '{left_out}'", flush=True)


if __name__ == "__main__":
    sys.exit(main())
