"""What an article page costs: `python -m tests.bench.page_cost`, in tr, main process and workers apart.

    python -m tests.bench.page_cost                       40 new feeds of 30 pages of 60 KB, which are kept
    python -m tests.bench.page_cost --feeds 1000          the throughput of the whole
    python -m tests.bench.page_cost --profile             where the time of the main process goes

A tr is the CPU that trafilatura takes to extract the same pages, measured before and after in the same run. The start
of the program is taken off the main process, and told; that of the workers is not.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import mean

from tests.bench import measure, report
from tests.bench.contenders import Ingestd, Options, environment
from tests.bench.simulator import ROOT, Simulator
from tests.bench.site import ENTRIES, Phase
from tests.bench.yardsticks import tr_ms

#: What a page may cost, in tr: of the main process, and all included.
TARGETS_TR = {"main process": 0.15, "all": 0.6}
#: Lines of each list of the profile.
TOP = 60


def start_cpu_s(room: Path, options: Options) -> float:
    """CPU seconds of a `fetch` without sources that makes its database."""
    room.mkdir()
    Ingestd().prepare(room, [], options)
    return measure.run(Ingestd().command(room), cwd=ROOT, env=environment(), memory=False).main_s


def cost_table(cost: measure.Cost, start_s: float, pages: int, unit_ms: float) -> tuple[str, dict[str, float]]:
    """The figures of a run as a table, and those that have targets, in tr a page."""
    seconds = {
        "main process": max(cost.main_s - start_s, 0.0),
        "workers": cost.cpu_s - cost.main_s,
        "all": max(cost.cpu_s - start_s, 0.0),
    }
    figures = {name: 1000 * value / pages / unit_ms for name, value in seconds.items()}
    rows = [["CPU a page", "ms", "tr", "target"]]
    for name, value in figures.items():
        wanted = f"<= {TARGETS_TR[name]:g}" if name in TARGETS_TR else ""
        rows.append([name, f"{value * unit_ms:.2f}", f"{value:.3f}", wanted])
    return report.table(rows), figures


def main_profile(profile: Mapping[str, Mapping[str, tuple[int, float, float]]], pages: int) -> str:
    """What each thread of the main process did, in microseconds a page: function by function, itself and below."""
    lines = []
    for thread, functions in profile.items():
        whole = 1e6 * sum(own for _, own, _ in functions.values()) / pages
        lines.append(f"== {thread}: {whole:.0f} us a page, the profiler's own time included")
        for title, column in (("in the function itself", 1), ("in the function and below", 2)):
            ranked = sorted(functions.items(), key=lambda item: -item[1][column])[:TOP]
            lines.append(f"-- {title}: us, calls a page")
            lines += [f"{1e6 * of[column] / pages:8.1f} {of[0] / pages:7.1f}  {name}" for name, of in ranked]
    return "\n".join(lines)


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=40)
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--per-host", type=int, default=2)
    parser.add_argument("--profile", action="store_true")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    args = arguments(argv)
    options = Options(pages=True, concurrency=args.concurrency, per_host=args.per_host)
    contender, before = Ingestd(), tr_ms()
    with tempfile.TemporaryDirectory(prefix="ingestd-bench-") as folder, Simulator(args.feeds, args.hosts) as simulator:
        start_s = start_cpu_s(Path(folder) / "start", options)
        room, raw = Path(folder) / "feeds", Path(folder) / "raw"
        room.mkdir()
        contender.prepare(room, simulator.feeds, options)
        simulator.enter(Phase.COLD)
        command = contender.command(room)
        if args.profile:
            command = [sys.executable, "-m", "tests.bench.profiled", str(raw), *command[3:]]
        cost = measure.run(command, cwd=ROOT, env=environment(), memory=not args.profile)
        posts, wanted = contender.posts(room), args.feeds * ENTRIES
        if args.profile:
            print(main_profile(json.loads(raw.read_text()), wanted))
            return 0
    unit_ms = mean((before, tr_ms()))
    table, figures = cost_table(cost, start_s, wanted, unit_ms)
    print(f"{table}\n\n1 tr = {unit_ms:.2f} ms; the start of the program, taken off: {start_s:.2f} s")
    print(f"{wanted / cost.wall_s:.0f} pages/s; {cost.rss_mb:.0f} MB RSS, {cost.pss_mb:.0f} MB PSS")
    missed = [
        f"{name}: {figures[name]:.3f} tr, target {most:g}" for name, most in TARGETS_TR.items() if figures[name] > most
    ]
    if posts != wanted or cost.status:
        missed.append(f"{posts} posts of {wanted} pages, exit status {cost.status}: {cost.stderr.strip()[-300:]}")
    print(*(f"NOT REACHED: {miss}" for miss in missed), sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
