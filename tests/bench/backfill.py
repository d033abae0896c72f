"""Backfills at scale: a simulated site of many articles behind each means, with a process that is killed on the way.

    python -m tests.bench.backfill [--means NAME...] [--articles N] [--kills N...]

For each means (all of them by default) a site of 20,000 articles is served on loopback, and `ingestd backfill` reads
its history, article pages included: once to the end, and once in a process that is killed ten times. One line of JSON
each. Exit status 1 where an article is missing or stored twice, a date is wrong, or the requests are more than the
target.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.backfill_sites import SITES
from tests.bench.measure import Cost
from tests.bench.measure import run as run_command
from tests.poll.backfill.sites import Blog
from tests.support.server import Server

#: Requests an article with its page, everything included.
MAX_REQUESTS_PER_ARTICLE = 1.15
ARTICLES = 20_000
KILLS = 10
_POLL_INTERVAL_S = 0.05
#: A process is killed at a random moment within so many seconds after a certain article.
_MAX_KILL_DELAY_S = 1.0
_TIMEOUT_S = 7200.0
_CONFIG = """\
[database]
url = "sqlite:///{folder}/ingestd.db"
keep_pages = false

[fetch]
min_delay = "0s"
per_host = 16
allow_networks = ["127.0.0.1/32"]

[backfill]
wayback = "{archive}"

[[sources]]
name = "site"
url = "{url}"
"""


@dataclass(frozen=True)
class Figures:
    """What one run found; `twice` counts addresses that have several posts.

    CPU is that of all processes, in milliseconds an article; `cpu_ms_first` and `cpu_ms_last` are those of the first
    and the last process: a cost that grows with the number of articles is seen there. `rss_mb` is the largest sum of
    resident sizes of a process and its workers.
    """

    means: str
    kills: int
    articles: int
    missing: int
    twice: int
    wrong_dates: int
    requests_per_article: float
    cpu_ms: float = 0.0
    cpu_ms_first: float = 0.0
    cpu_ms_last: float = 0.0
    rss_mb: float = 0.0
    database_mb: float = 0.0
    seconds: float = 0.0

    @property
    def is_met(self) -> bool:
        """Whether every target is met."""
        return not (self.missing or self.twice or self.wrong_dates) and (
            self.requests_per_article <= MAX_REQUESTS_PER_ARTICLE
        )


def measure(means: str, articles: int, kills: int, folder: Path) -> Figures:
    """Backfill a site of `articles` behind a means, in a process that is killed `kills` times."""
    moments = random.Random(f"{means} {articles} {kills}")
    with Server() as server:
        blog = Blog(server, articles)
        config = folder / "ingestd.toml"
        archive = server.url("") if means == "wayback" else ""
        text = _CONFIG.format(folder=folder, url=SITES[means](blog), archive=archive)
        config.write_text(text, encoding="utf-8")
        runs: list[tuple[Cost, int]] = []
        for number in range(1, kills + 1):
            killer = _Killer(folder, articles * number // (kills + 1), moments.uniform(0, _MAX_KILL_DELAY_S))
            runs.append((_run(config, killer), _posts(folder)))
        runs.append((_run(config), _posts(folder)))
        assert runs[-1][0].status == 0, f"{means}: exit status {runs[-1][0].status}\n{runs[-1][0].stderr}"
        return _figures(means, blog, runs, folder)


class _Killer(threading.Thread):
    """Kills a process some seconds after so many posts are stored, unless it has ended by then."""

    def __init__(self, folder: Path, posts: int, delay_s: float) -> None:
        super().__init__(daemon=True)
        self._folder, self._posts, self._delay_s = folder, posts, delay_s
        self._pid = 0
        self.ended = threading.Event()

    def begin(self, pid: int) -> None:
        """Watch this process."""
        self._pid = pid
        self.start()

    def run(self) -> None:
        while _posts(self._folder) < self._posts:
            if self.ended.wait(_POLL_INTERVAL_S):
                return
        if not self.ended.wait(self._delay_s):
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)


def _run(config: Path, killer: _Killer | None = None) -> Cost:
    """Run the command to its end, or until it is killed."""
    command = [sys.executable, "-m", "ingestd", "--quiet", "--config", str(config), "backfill", "site"]
    if killer is None:
        return run_command(command, timeout_s=_TIMEOUT_S)
    cost = run_command(command, timeout_s=_TIMEOUT_S, on_start=killer.begin)
    killer.ended.set()
    killer.join()
    return cost


def _posts(folder: Path) -> int:
    """How many posts are stored; none are deleted."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'ingestd.db'}?mode=ro", uri=True)) as connection:
            found: int = connection.execute("SELECT coalesce(max(id), 0) FROM posts").fetchone()[0]
            return found
    except sqlite3.OperationalError:
        return 0


def _figures(means: str, blog: Blog, runs: Sequence[tuple[Cost, int]], folder: Path) -> Figures:
    with closing(sqlite3.connect(folder / "ingestd.db")) as database:
        rows: list[tuple[str, str]] = database.execute("SELECT from_url, date FROM posts").fetchall()
    stored, true = dict(rows), blog.dates()
    posts = [0, *(count for _, count in runs)]
    cpu_ms = [1000 * cost.cpu_s / max(1, posts[n + 1] - posts[n]) for n, (cost, _) in enumerate(runs)]
    return Figures(
        means,
        sum(cost.status == -signal.SIGKILL for cost, _ in runs),
        blog.count,
        missing=len(true.keys() - stored.keys()),
        twice=len(rows) - len(stored),
        wrong_dates=sum(stored[url] != true.get(url) for url in stored),
        requests_per_article=round(len(blog.server.requests) / blog.count, 3),
        cpu_ms=round(1000 * sum(cost.cpu_s for cost, _ in runs) / blog.count, 2),
        cpu_ms_first=round(cpu_ms[0], 2),
        cpu_ms_last=round(cpu_ms[-1], 2),
        rss_mb=round(max(cost.rss_mb for cost, _ in runs), 1),
        database_mb=round((folder / "ingestd.db").stat().st_size / 1e6, 1),
        seconds=round(sum(cost.wall_s for cost, _ in runs), 1),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the means that are asked for, and print the figures of each run as one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.backfill")
    parser.add_argument("--means", nargs="+", choices=SITES, default=list(SITES))
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--kills", type=int, nargs="+", default=[0, KILLS])
    options = parser.parse_args(arguments)
    met = True
    for means in options.means:
        for kills in options.kills:
            folder = Path(tempfile.mkdtemp(prefix="backfill-"))
            try:
                found = measure(means, options.articles, kills, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            met &= found.is_met
            print(json.dumps(asdict(found) | {"met": found.is_met}), flush=True)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
