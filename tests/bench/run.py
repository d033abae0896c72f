"""The bench: `python -m tests.bench.run` polls simulated sites with ingestd and what else is installed, side by side.

    python -m tests.bench.run --feeds 1000 --runs 3                     CPU a feed in fp, medians of three runs
    python -m tests.bench.run --feeds 100 --pages --only ingestd        CPU a page in tr
    python -m tests.bench.run --only ingestd --keep                     keep what is measured as figures.toml
    python -m tests.bench.run --latency 0.1 --hosts 50 --concurrency 64 the wall time on a slow web
    python -m tests.bench.run --memory | --start-up | --slow-hosts | --crowded-host   the other promises
    python -m tests.bench.run --profile --only ingestd                  where the time of each phase goes

fp and tr are what feedparser and trafilatura take for the same feed and page (yardsticks.py), measured in the same run.
Exit status 0 when all did their work and ingestd is not more than 10 % slower than figures.toml says, 1 otherwise.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import kept, profiling, report, scenarios, yardsticks
from tests.bench.contenders import ALL, Contender, Options
from tests.bench.phases import Polled, medians, run_phases
from tests.bench.simulator import Simulator
from tests.bench.site import Phase

#: Who takes part in the run with pages: the others fetch none.
WITH_PAGES = {"ingestd", "plain"}


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3, help="runs of ingestd")
    parser.add_argument("--other-runs", type=int, default=1, help="runs of each of the others, which take minutes")
    parser.add_argument("--hosts", type=int, default=50, help="loopback addresses that the feeds are spread over")
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--per-host", type=int, default=2)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--pages", action="store_true", help="with article pages")
    parser.add_argument("--phases", default=",".join(Phase), help="which phases, in this order")
    parser.add_argument("--only", default=",".join(ALL), help="which contenders")
    parser.add_argument("--keep", action="store_true", help="write the figures of ingestd to figures.toml")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    for scenario in ("--memory", "--start-up", "--slow-hosts", "--crowded-host", "--profile"):
        parser.add_argument(scenario, action="store_true")
    args = parser.parse_args(argv)
    args.phases = [Phase(name) for name in args.phases.split(",")]
    args.only = [ALL[name] for name in args.only.split(",")]
    return args


def compare(args: argparse.Namespace, contenders: list[Contender], options: Options, room: Path) -> list[Polled]:
    """Every contender through every phase; the medians of its runs."""
    results = []
    with Simulator(args.feeds, args.hosts) as simulator:
        simulator.latency(args.latency)
        for contender in contenders:
            count = args.runs if contender.name == "ingestd" else args.other_runs
            runs = []
            for n in range(count):
                print(f"{contender.name}, run {n + 1} of {count} ...", file=sys.stderr, flush=True)
                runs.append(run_phases(contender, simulator, room / f"{contender.name}-{n}", options, args.phases))
            results += medians(runs)
    return results


def taking_part(wanted: list[Contender], pages: bool) -> list[Contender]:
    """Those that can run here; why the others cannot is said."""
    able = []
    for contender in wanted:
        reason = contender.missing() or ("it fetches no pages" if pages and contender.name not in WITH_PAGES else None)
        if reason:
            print(f"{contender.name} is left out: {reason}", file=sys.stderr)
        else:
            able.append(contender)
    return able


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    return {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg(),
        "fp_ms": round(yardsticks.fp_ms(), 1),
    }


def summary(results: list[Polled], keep: bool) -> tuple[str, list[str]]:
    """Tables, and what is wrong: work left undone, and what is slower than the kept figures; `keep` renews them."""
    before, now = kept.read(), kept.comparable(results)
    if keep:
        kept.write(now)
    slower = [] if keep else [f"SLOWER THAN BEFORE: {line}" for line in kept.slower(now, before)]
    faults = [f"NOT DONE: {line}" for line in report.problems(results)]
    return f"{report.unit_table(results, before)}\n\n{report.detail_table(results)}", faults + slower


def main(argv: list[str]) -> int:
    args = arguments(argv)
    options = Options(pages=args.pages, concurrency=args.concurrency, per_host=args.per_host)
    contenders = taking_part(args.only, args.pages)
    with tempfile.TemporaryDirectory(prefix="ingestd-bench-") as folder:
        room = Path(folder)
        if args.profile:
            print(profiling.profile(contenders, room, options, args.feeds, args.hosts, args.phases))
            return 0
        if args.memory or args.start_up or args.slow_hosts or args.crowded_host:
            text, figures, faults = scenarios.run(args, contenders, room)
            faults = [f"NOT REACHED: {fault}" for fault in faults]
        else:
            results = compare(args, contenders, options, room)
            text, faults = summary(results, args.keep)
            figures = [polled.as_json() for polled in results]
    print(text, *faults, sep="\n")
    if args.json:
        settings = {key: value for key, value in vars(args).items() if isinstance(value, int | float | bool)}
        document = {"machine": machine(), "settings": settings, "figures": figures, "missed": faults}
        args.json.write_text(json.dumps(document, indent=1, ensure_ascii=False))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
