"""The promises beside CPU: memory, start-up, and sources that hang."""

import argparse
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from tests.bench import measure, report
from tests.bench.contenders import Contender, Ingestd, Options, environment
from tests.bench.server import host_addresses
from tests.bench.simulator import ROOT, Simulator
from tests.bench.site import Phase

MOST_RSS_MB = 300.0
MOST_MORE_MB = 150.0
MOST_HELP_S = 0.25
MOST_STATUS_S = 0.5
MOST_DELAY = 0.10

#: Sources of the slow-host scenario, and those of them that never answer.
SLOW_SOURCES = 500
HANGING = 50
SLOW_LATENCY_S = 0.3
SLOW_HOSTS = 90
#: Rounds of each case, at least.
SLOW_ROUNDS = 5

#: Feeds at the one host of the crowded-host scenario, hosts with one feed each beside it, and the targets in seconds.
CROWD = 1000
OTHERS = 100
MOST_FIRST_OTHER_S = 2.0
MOST_LAST_OTHER_S = 10.0
#: For how many seconds the daemon runs.
CROWDED_S = 40.0

#: How many times a start is measured.
STARTS = 7


def run(
    args: argparse.Namespace, contenders: list[Contender], room: Path
) -> tuple[str, list[dict[str, Any]], list[str]]:
    """The scenarios asked for, one after another: their tables, their figures, and what is not reached."""
    texts, figures, missed = [], [], []
    chosen = (
        (args.memory, memory),
        (args.start_up, start_up),
        (args.slow_hosts, slow_hosts),
        (args.crowded_host, crowded_host),
    )
    for wanted, scenario in chosen:
        if wanted:
            for contender in contenders:
                home = room / f"{scenario.__name__}-{contender.name}"
                home.mkdir()
                rows, misses = scenario(contender, home, args)
                texts.append(f"{scenario.__name__}, {contender.name}\n\n{_as_table(rows)}")
                figures.append({"scenario": scenario.__name__, "contender": contender.name, "rows": rows})
                missed += [f"{contender.name}, {miss}" for miss in misses if contender.name == "ingestd"]
    return "\n\n".join(texts), figures, missed


def memory(contender: Contender, room: Path, args: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    """Peaks of all processes together: one feed, a 15 MB feed beside it, and all feeds at once."""
    rows: list[dict[str, Any]] = []
    with Simulator(args.feeds, args.hosts) as simulator:
        one = simulator.feeds[:1]
        cases = {
            "one feed": one,
            "and one of 14.5 MB in 30 entries": [*one, f"{simulator.hosts[0]}/big/30.xml"],
            "and one of 14.5 MB in 4900 entries": [*one, f"{simulator.hosts[0]}/big/4900.xml"],
            f"{args.feeds} feeds at once": simulator.feeds,
        }
        for n, (case, urls) in enumerate(cases.items()):
            home = room / str(n)
            home.mkdir()
            contender.prepare(home, urls, Options(concurrency=args.concurrency, per_host=args.per_host))
            cost = measure.run(contender.command(home), cwd=ROOT, env=environment())
            more = round(cost.rss_mb - rows[0]["rss_mb"], 1) if rows else 0.0
            posts = contender.posts(home)
            row = {"case": case, "rss_mb": round(cost.rss_mb, 1), "more_mb": more, "pss_mb": round(cost.pss_mb, 1)}
            rows.append(row | {"wall_s": round(cost.wall_s, 2), "posts": posts, "status": cost.status})
    big = max(rows[1]["more_mb"], rows[2]["more_mb"])
    misses = [f"a 15 MB feed costs {big:.0f} MB more, wanted {MOST_MORE_MB:.0f}"] if big > MOST_MORE_MB else []
    if rows[3]["rss_mb"] > MOST_RSS_MB:
        misses.append(f"{args.feeds} feeds at once hold {rows[3]['rss_mb']:.0f} MB, wanted {MOST_RSS_MB:.0f}")
    misses += [f"{row['case']}: exit status {row['status']}" for row in rows if row["status"]]
    return rows, misses


def start_up(contender: Contender, room: Path, args: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    """Wall and CPU of commands that should be there at once; medians."""
    urls = [f"http://{address}:9/feed.xml" for address in host_addresses(200)]
    contender.prepare(room, urls, Options())
    config = ["--config", str(room / "ingestd.toml")]
    commands = {"python -c pass": [sys.executable, "-c", "pass"]}
    if isinstance(contender, Ingestd):
        program = [sys.executable, "-m", "ingestd"]
        measure.run([*program, "db", "upgrade", *config], cwd=ROOT, env=environment())
        commands |= {"ingestd --help": [*program, "--help"], "ingestd status": [*program, "status", *config]}
    rows: list[dict[str, Any]] = []
    for name, command in commands.items():
        costs = [measure.run(command, cwd=ROOT, env=environment(), memory=False) for _ in range(STARTS)]
        wall, cpu = median(cost.wall_s for cost in costs), median(cost.cpu_s for cost in costs)
        rows.append({"command": name, "wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "status": costs[-1].status})
    limits = {"ingestd --help": MOST_HELP_S, "ingestd status": MOST_STATUS_S}
    misses = [
        f"{row['command']} takes {row['wall_s']:.2f} s, wanted {limits[row['command']]:g}"
        for row in rows
        if row["wall_s"] > limits.get(row["command"], 9.0)
    ]
    return rows, misses + [f"{row['command']}: exit status {row['status']}" for row in rows if row["status"]]


def slow_hosts(contender: Contender, room: Path, args: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    """How much later the last good source is answered when some others hang, each on a host of its own."""
    good = SLOW_SOURCES - HANGING
    options = Options(concurrency=args.concurrency, per_host=args.per_host)
    rows: list[dict[str, Any]] = []
    misses = []
    with Simulator(good, SLOW_HOSTS, spare_hosts=HANGING) as simulator:
        hanging = [f"{base}/hang/{n}.xml" for n, base in enumerate(simulator.spare)]
        cases = {"without": simulator.feeds, "with": spread(simulator.feeds, hanging)}
        for case, urls in cases.items():
            (room / case).mkdir()
            contender.prepare(room / case, urls, options)
        spans: dict[str, list[float]] = {case: [] for case in cases}
        walls: dict[str, list[float]] = {case: [] for case in cases}
        # In turn, so that a machine which is busy for a while is busy for both. The first round fills the databases;
        # what is measured after it is waiting for answers, and hardly any processor time.
        for n in range(1 + max(args.runs, SLOW_ROUNDS)):
            for case in cases:
                span, wall, answered = _last_good(contender, simulator, room / case, Phase.NOT_MODIFIED if n else None)
                if n:
                    spans[case].append(span)
                    walls[case].append(wall)
                if answered != good:
                    misses.append(f"{answered} of {good} good sources were polled {case} hanging ones")
        for case in cases:
            row = {
                "hanging": case,
                "last_good_s": round(median(spans[case]), 2),
                "wall_s": round(median(walls[case]), 2),
            }
            rows.append(row | {"from": round(min(spans[case]), 2), "to": round(max(spans[case]), 2)})
    delay = rows[1]["last_good_s"] / rows[0]["last_good_s"] - 1
    rows[1]["delay"] = f"{delay:+.1%}"
    if delay > MOST_DELAY:
        misses.append(f"hanging hosts delay the others by {delay:.0%}, wanted {MOST_DELAY:.0%}")
    return rows, misses


def _last_good(contender: Contender, simulator: Simulator, home: Path, phase: Phase | None) -> tuple[float, float, int]:
    """Seconds from the first request to the last good answer, seconds of the whole, and how many were answered."""
    simulator.enter(phase or Phase.COLD)
    simulator.latency(SLOW_LATENCY_S if phase else 0.0)
    cost = measure.run(contender.command(home), cwd=ROOT, env=environment(), timeout_s=600)
    stats = simulator.stats()
    return stats["span"], cost.wall_s, stats.get("200", 0) + stats.get("304", 0)


def crowded_host(contender: Contender, room: Path, args: argparse.Namespace) -> tuple[list[dict[str, Any]], list[str]]:
    """A daemon that begins with many feeds at one host: how long after its first request the other hosts are asked.

    The default `min_delay` holds. Only ingestd has a daemon that is measured.
    """
    if not isinstance(contender, Ingestd):
        return [], []
    with Simulator(CROWD, 1, spare_hosts=OTHERS) as simulator:
        others = [f"{base}/feed/{n}.xml" for n, base in enumerate(simulator.spare)]
        options = Options(concurrency=args.concurrency, per_host=args.per_host, min_delay="1s")
        contender.prepare(room, [*simulator.feeds, *others], options)
        simulator.enter(Phase.COLD)
        with measure.running(contender.daemon(room), cwd=ROOT, env=environment()):
            time.sleep(CROWDED_S)
            stats = simulator.stats()
    crowded = urlsplit(simulator.hosts[0]).hostname
    asked = sorted(at for address, at in stats["first_asked"].items() if address != crowded)
    row = {"feeds at one host": CROWD, "others": len(asked), "seconds": CROWDED_S, "feeds": stats.get("200", 0)}
    if len(asked) < OTHERS:
        return [row], [f"{len(asked)} of {OTHERS} other hosts are asked within {CROWDED_S:g} s"]
    misses = []
    if asked[0] > MOST_FIRST_OTHER_S:
        misses.append(f"the first other host is asked after {asked[0]:.1f} s, wanted {MOST_FIRST_OTHER_S:g}")
    if asked[-1] > MOST_LAST_OTHER_S:
        misses.append(f"the last other host is asked after {asked[-1]:.1f} s, wanted {MOST_LAST_OTHER_S:g}")
    return [row | {"first_other_s": round(asked[0], 2), "last_other_s": round(asked[-1], 2)}], misses


def spread(good: list[str], hanging: list[str]) -> list[str]:
    """The hanging ones evenly among the good, one of them first."""
    every = -(-len(good) // len(hanging))
    mixed: list[str] = []
    for n, bad in enumerate(hanging):
        mixed += [bad, *good[n * every : (n + 1) * every]]
    return mixed


def _as_table(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return report.table([names, *([str(row.get(name, "")) for name in names] for row in rows)])
