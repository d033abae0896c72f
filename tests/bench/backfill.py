"""Backfills at scale: a simulated site of many articles behind each means, with a process that is killed on the way.

    python -m tests.bench.backfill [ARTICLES [MEANS...]]

For each means (all of them by default) a site of ARTICLES (20,000) is served on loopback, and `ingestd backfill` reads
its history, article pages included: once to the end, and once in a process that is killed ten times. Exit status 1
where an article is missing or stored twice, a date is wrong, or the requests are more than the target.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.poll.backfill.sites import PLATFORMS, Blog
from tests.support.server import Server

#: Requests an article with its page, everything included.
MAX_REQUESTS_PER_ARTICLE = 1.15
KILLS = 10
_POLL_INTERVAL_S = 0.05
_CONFIG = """\
[database]
url = "sqlite:///{folder}/ingestd.db"
keep_pages = false

[fetch]
min_delay = "0s"
per_host = 16
allow_networks = ["127.0.0.1/32"]

[[sources]]
name = "site"
url = "{url}"
"""


@dataclass(frozen=True)
class Figures:
    """What one run found; `twice` counts addresses that have several posts."""

    means: str
    kills: int
    articles: int
    missing: int
    twice: int
    wrong_dates: int
    requests_per_article: float
    seconds: float

    @property
    def is_met(self) -> bool:
        """Whether every target is met."""
        return not (self.missing or self.twice or self.wrong_dates) and (
            self.requests_per_article <= MAX_REQUESTS_PER_ARTICLE
        )


def measure(means: str, articles: int, kills: int, folder: Path) -> Figures:
    """Backfill a site of `articles` behind a means, in a process that is killed `kills` times."""
    with Server() as server:
        blog = Blog(server, articles)
        config = folder / "ingestd.toml"
        config.write_text(_CONFIG.format(folder=folder, url=PLATFORMS[means](blog)), encoding="utf-8")
        started = time.monotonic()
        for number in range(1, kills + 1):
            _run(config, kill_at=articles * number // (kills + 1))
        status = _run(config)
        seconds = time.monotonic() - started
        assert status == 0, f"{means}: exit status {status}"
        with closing(sqlite3.connect(folder / "ingestd.db")) as database:
            rows = database.execute("SELECT from_url, date FROM posts").fetchall()
        return _figures(means, kills, blog, rows, seconds)


def _run(config: Path, kill_at: int | None = None) -> int:
    """Run the command; with `kill_at` it is killed when so many posts are stored. Its exit status."""
    command = [sys.executable, "-m", "ingestd", "--quiet", "--config", str(config), "backfill", "site"]
    database = config.with_name("ingestd.db")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        if kill_at is not None and _posts(database) >= kill_at:
            process.kill()
        time.sleep(_POLL_INTERVAL_S)
    return process.returncode


def _posts(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            found: int = connection.execute("SELECT coalesce(max(id), 0) FROM posts").fetchone()[0]
            return found
    except sqlite3.OperationalError:
        return 0


def _figures(means: str, kills: int, blog: Blog, rows: list[tuple[str, str]], seconds: float) -> Figures:
    stored, true = dict(rows), blog.dates()
    return Figures(
        means,
        kills,
        blog.count,
        missing=len(true.keys() - stored.keys()),
        twice=len(rows) - len(stored),
        wrong_dates=sum(stored[url] != true.get(url) for url in stored),
        requests_per_article=round(len(blog.server.requests) / blog.count, 3),
        seconds=round(seconds, 1),
    )


def main(arguments: list[str]) -> int:
    """Measure every means, and print its figures as one line of JSON each."""
    articles = int(arguments[0]) if arguments else 20_000
    met = True
    for means in arguments[1:] or PLATFORMS:
        for kills in (0, KILLS):
            folder = Path(tempfile.mkdtemp(prefix="backfill-"))
            try:
                found = measure(means, articles, kills, folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            met &= found.is_met
            print(json.dumps(asdict(found) | {"met": found.is_met}), flush=True)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
