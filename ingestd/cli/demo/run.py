"""The demonstration: the real daemon, as its own process, archives the sample site until all is stored."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ingestd.cli.demo import MARK, config, report
from ingestd.cli.demo.server import SiteServer
from ingestd.cli.demo.site import ARTICLES, FEEDS, LISTINGS
from ingestd.model.errors import UsageError

#: How long the daemon may take to store everything, in seconds; a few are enough on any machine.
PATIENCE_S = 60.0
_STOP_S = 10.0
_PAUSE_S = 0.1
_LOG_LINES = 20
# The article of which the exported file is shown: it is listed by two feeds, and has a table.
_SHOWN = "ferry-timetable"


def run_demo(directory: Path, out: TextIO, patience_s: float = PATIENCE_S) -> int:
    """Archive the sample site into `directory` with the real daemon, and print what came of it.

    Every run starts from nothing: what an earlier one left in `directory` is removed. Gives the exit status: 0, or 1
    where something of the site was not stored within `patience_s` seconds. Raises UsageError where `directory` holds a
    database that no demonstration made.
    """
    _clear(directory)
    database, configuration, log = (directory / name for name in ("ingestd.db", "ingestd.toml", "daemon.log"))
    with SiteServer() as site:
        configuration.write_text(config(site.base_url, database), encoding="utf-8")
        _say(out, f"The sample site serves {FEEDS} feeds on {site.base_url}")
        _say(out, f"The daemon runs: ingestd {' '.join(_run(configuration))}")
        with _daemon(configuration, log) as daemon:
            seconds = _wait(database, daemon, patience_s)
            found = report.stored(database)
            _say(out, f"Stored after {seconds:.1f} s: {found.posts} posts from {found.listings} listings")
            status = _stop(daemon, out)
    if not found.posts or status:
        _say(out, f"The daemon did not do its work; the end of {log}:")
        out.writelines(_tail(log))
        return 1
    exported = _export(configuration, directory / "posts", out)
    _show(database, directory / "posts", out)
    complete = (found.sources, found.posts, found.listings) == (FEEDS, ARTICLES, LISTINGS)
    if not complete:
        _say(out, f"\nIncomplete: the site has {ARTICLES} articles in {LISTINGS} listings; see {log}")
    return 0 if complete and exported else 1


def _show(database: Path, posts: Path, out: TextIO) -> None:
    _say(out, "\nThe posts\n")
    report.show_posts(database, out)
    for path in _shown_file(posts):
        _say(out, f"\nOne exported file, whole: {path}\n")
        _say(out, path.read_text(encoding="utf-8").rstrip("\n"))
    _say(out, "\nThree questions to the archive")
    report.show_queries(database, out)
    _say(out, f"\nThe database: {database.absolute()}\nOpen it with sqlite3, pandas, DuckDB or Datasette.")


def _shown_file(posts: Path) -> list[Path]:
    """The one file to show; none where nothing was exported."""
    files = sorted(posts.rglob("*.md"))
    return [path for path in files if f"{_SHOWN}.html" in path.read_text(encoding="utf-8")][:1] or files[:1]


def _clear(directory: Path) -> None:
    """Make `directory`, and remove what an earlier demonstration left there, but nothing else."""
    directory.mkdir(parents=True, exist_ok=True)
    configuration, database = directory / "ingestd.toml", directory / "ingestd.db"
    ours = configuration.is_file() and configuration.read_text(encoding="utf-8", errors="replace").startswith(MARK)
    if not ours:
        if configuration.exists() or database.exists() or (directory / "posts").exists():
            raise UsageError(f"{directory} holds an archive that is not a demonstration: name another directory")
        return
    shutil.rmtree(directory / "posts", ignore_errors=True)
    for path in (*directory.glob("ingestd.db*"), directory / "daemon.log"):
        path.unlink(missing_ok=True)


@contextmanager
def _daemon(configuration: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon as a process of its own; it ends with the block, whatever happens in it."""
    with log.open("wb") as lines:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own arguments
            [sys.executable, "-m", "ingestd", *_run(configuration)], stdout=lines, stderr=lines, env=_environment()
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def _run(configuration: Path) -> list[str]:
    return ["--config", str(configuration), "run"]


def _environment() -> dict[str, str]:
    """This process's environment without what would go before the configuration, or speak to its service manager."""
    theirs = ("INGESTD_DATABASE_URL", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
    kept = {name: value for name, value in os.environ.items() if name not in theirs}
    return {**kept, "PYTHONUTF8": "1"}


def _wait(database: Path, daemon: subprocess.Popen[bytes], patience_s: float) -> float:
    """Wait until everything is stored, the daemon ends or patience does; gives the seconds that passed."""
    started = time.monotonic()
    while daemon.poll() is None and not _complete(report.stored(database)):
        if time.monotonic() - started > patience_s:
            break
        time.sleep(_PAUSE_S)
    return time.monotonic() - started


def _complete(found: report.Stored) -> bool:
    return found.sources >= FEEDS and found.posts >= ARTICLES and found.listings >= LISTINGS


def _stop(daemon: subprocess.Popen[bytes], out: TextIO) -> int:
    """End the daemon as a service manager would; its exit status."""
    started = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    try:
        status = daemon.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        _say(out, f"SIGTERM: the daemon still ran after {_STOP_S:.0f} s")
        return 1
    _say(out, f"SIGTERM: the daemon stopped in {time.monotonic() - started:.1f} s with exit status {status}")
    return status


def _export(configuration: Path, posts: Path, out: TextIO) -> bool:
    """Write the posts as files with the real command; whether it succeeded."""
    command = ["--config", str(configuration), "export", "jekyll", "--out", str(posts)]
    _say(out, f"The export runs: ingestd {' '.join(command)}")
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own arguments
        [sys.executable, "-m", "ingestd", *command],
        env=_environment(),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode:
        _say(out, done.stderr.decode(errors="replace"))
    return done.returncode == 0


def _tail(log: Path) -> list[str]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    return lines[-_LOG_LINES:]


def _say(out: TextIO, text: str) -> None:
    print(text, file=out, flush=True)
