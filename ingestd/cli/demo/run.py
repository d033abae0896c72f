"""Runs the demonstration: the daemon, as a process, archives the sample site; the result is exported and printed."""

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

from ingestd.cli.demo import report
from ingestd.cli.demo.config import CONFIG_MARK, demo_config
from ingestd.cli.demo.server import SiteServer
from ingestd.cli.demo.site.build import (
    ARCHIVED_NAME,
    ARTICLE_COUNT,
    FEED_COUNT,
    LISTED_ARTICLE_COUNT,
    LISTED_COUNT,
    LISTING_COUNT,
)
from ingestd.model.errors import UsageError

#: Seconds in which the daemon must have stored everything; it usually takes a few.
STORE_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0
_POLL_INTERVAL_S = 0.1
_MAX_LOG_LINES = 20
# The article whose exported file is printed: two feeds list it, and it has a table.
_SHOWN_ARTICLE = "ferry-timetable"


def run_demo(directory: Path, out: TextIO, timeout_s: float = STORE_TIMEOUT_S) -> int:
    """Archive the sample site into `directory` with the daemon, and print the posts and queries; gives the exit status.

    The status is 1 where the site was not stored completely within `timeout_s` seconds, or not exported. Files of an
    earlier demonstration in `directory` are removed first. Raises UsageError where `directory` holds another archive.
    """
    _remove_earlier_files(directory)
    database, configuration, log = (directory / name for name in ("ingestd.db", "ingestd.toml", "daemon.log"))
    with SiteServer() as site:
        configuration.write_text(demo_config(site.base_url, database), encoding="utf-8")
        _print(out, f"The sample site serves {FEED_COUNT} feeds on {site.base_url}")
        _print(out, f"The daemon runs: ingestd {' '.join(_run_arguments(configuration))}")
        with _daemon(configuration, log) as daemon:
            seconds = _wait_until_stored(database, daemon, timeout_s)
            found = report.count_stored(database)
            _print(out, f"Stored after {seconds:.1f} s: {found.posts} posts from {found.listings} listings")
            status = _stop_daemon(daemon, out)
        if found.posts and not status:
            _backfill(configuration, out)
            found = report.count_stored(database)
    if not found.posts or status:
        _print(out, f"The daemon did not do its work; the end of {log}:")
        out.writelines(_last_lines(log))
        return 1
    exported = _export(configuration, directory / "posts", out)
    _print_result(database, directory / "posts", out)
    complete = (found.sources, found.posts, found.listings) == (FEED_COUNT, ARTICLE_COUNT, LISTING_COUNT)
    if not complete:
        _print(out, f"\nIncomplete: the site has {ARTICLE_COUNT} articles in {LISTING_COUNT} listings; see {log}")
    return 0 if complete and exported else 1


def _print_result(database: Path, posts: Path, out: TextIO) -> None:
    _print(out, "\nThe posts\n")
    report.show_posts(database, out)
    for path in _shown_file(posts):
        _print(out, f"\nOne exported file, whole: {path}\n")
        _print(out, path.read_text(encoding="utf-8").rstrip("\n"))
    _print(out, "\nThree questions to the archive")
    report.show_queries(database, out)
    _print(
        out,
        f"\nThe database: {database.absolute()}\nOpen it with sqlite3, pandas or DuckDB, or look at it in the browser:",
    )
    _print(out, f"ingestd --config {database.with_suffix('.toml')} browse")


def _shown_file(posts: Path) -> list[Path]:
    """The file of `_SHOWN_ARTICLE`, else the first one; empty where nothing was exported."""
    files = sorted(posts.rglob("*.md"))
    return [path for path in files if f"{_SHOWN_ARTICLE}.html" in path.read_text(encoding="utf-8")][:1] or files[:1]


def _remove_earlier_files(directory: Path) -> None:
    """Make `directory`, and remove the files of an earlier demonstration in it, but no others."""
    directory.mkdir(parents=True, exist_ok=True)
    configuration, database = directory / "ingestd.toml", directory / "ingestd.db"
    is_demo = configuration.is_file() and configuration.read_text(encoding="utf-8", errors="replace").startswith(
        CONFIG_MARK
    )
    if not is_demo:
        if configuration.exists() or database.exists() or (directory / "posts").exists():
            raise UsageError(f"{directory} holds an archive that is not a demonstration: name another directory")
        return
    shutil.rmtree(directory / "posts", ignore_errors=True)
    for path in (*directory.glob("ingestd.db*"), directory / "daemon.log"):
        path.unlink(missing_ok=True)


@contextmanager
def _daemon(configuration: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon as a process, which is killed at the latest when the block ends."""
    with log.open("wb") as lines:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own arguments
            [sys.executable, "-m", "ingestd", *_run_arguments(configuration)],
            stdout=lines,
            stderr=lines,
            env=_environment(),
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def _run_arguments(configuration: Path) -> list[str]:
    return ["--config", str(configuration), "run"]


def _environment() -> dict[str, str]:
    """The environment without the variables that override the configuration or address a service manager."""
    excluded = ("INGESTD_DATABASE_URL", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
    kept = {name: value for name, value in os.environ.items() if name not in excluded}
    return {**kept, "PYTHONUTF8": "1"}


def _wait_until_stored(database: Path, daemon: subprocess.Popen[bytes], timeout_s: float) -> float:
    """Wait until everything is stored, the daemon ends, or `timeout_s` seconds passed; gives the seconds it took."""
    started = time.monotonic()
    while daemon.poll() is None and not _complete(report.count_stored(database)):
        if time.monotonic() - started > timeout_s:
            break
        time.sleep(_POLL_INTERVAL_S)
    return time.monotonic() - started


def _complete(found: report.StoredCounts) -> bool:
    return found.sources >= FEED_COUNT and found.posts >= LISTED_ARTICLE_COUNT and found.listings >= LISTED_COUNT


def _stop_daemon(daemon: subprocess.Popen[bytes], out: TextIO) -> int:
    """Send SIGTERM to the daemon; its exit status, 1 where it does not end in time."""
    started = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    try:
        status = daemon.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        _print(out, f"SIGTERM: the daemon still ran after {_STOP_TIMEOUT_S:.0f} s")
        return 1
    _print(out, f"SIGTERM: the daemon stopped in {time.monotonic() - started:.1f} s with exit status {status}")
    return status


def _backfill(configuration: Path, out: TextIO) -> None:
    """Read what a publication lists beyond its feed, with the command `ingestd backfill`; print what that prints."""
    command = ["--quiet", "--config", str(configuration), "backfill", ARCHIVED_NAME]
    _print(out, f"The history of one source: ingestd --config {configuration} backfill '{ARCHIVED_NAME}'")
    printed = _command(command, out).stdout.decode(errors="replace")
    for line in printed.splitlines():
        _print(out, "  " + line.replace("\t", "  "))


def _export(configuration: Path, posts: Path, out: TextIO) -> bool:
    """Export the posts with the command `ingestd export jekyll`; whether it succeeded."""
    command = ["--config", str(configuration), "export", "jekyll", "--out", str(posts)]
    _print(out, f"The export runs: ingestd {' '.join(command)}")
    return _command(command, out).returncode == 0


def _command(arguments: list[str], out: TextIO) -> "subprocess.CompletedProcess[bytes]":
    """Run a command of ingestd; where it fails, print what it says."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own arguments
        [sys.executable, "-m", "ingestd", *arguments],
        env=_environment(),
        capture_output=True,
        timeout=STORE_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        _print(out, done.stderr.decode(errors="replace"))
    return done


def _last_lines(log: Path) -> list[str]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    return lines[-_MAX_LOG_LINES:]


def _print(out: TextIO, text: str) -> None:
    print(text, file=out, flush=True)
