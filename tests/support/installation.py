"""One installation of ingestd for one test: a configuration, a database, a web server, and the ways to use them."""

import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from ingestd.cli.main import run_command
from ingestd.config.load import load_config
from ingestd.daemon import revisits
from ingestd.model.poll import Poll
from ingestd.poll.context import PollContext
from ingestd.poll.open_context import open_poll_context
from ingestd.poll.poll_sources import poll_sources
from ingestd.poll.workers import WorkerPool
from ingestd.sources.configured import configured_sources, select_sources
from ingestd.store import sources
from ingestd.store.database import Database
from ingestd.store.engine import open_engine
from tests.support.program import Program
from tests.support.server import Answer, Server

ROOT = Path(__file__).resolve().parents[2]
#: Seconds after which a test that waits fails: only what hangs takes as long, however busy the machine is.
HANG_S = 120.0


@dataclass(frozen=True)
class Item:
    """One entry of an RSS feed; None leaves an element out."""

    title: str | None
    link: str | None
    text: str = ""
    guid: str | None = None
    date: str | None = "Sun, 18 Apr 2021 15:18:00 +0800"

    def xml(self) -> str:
        guid = None if self.guid is None else f'<guid isPermaLink="false">{escape(self.guid)}</guid>'
        named = {"title": self.title, "link": self.link, "description": self.text, "pubDate": self.date}
        parts = [f"<{name}>{escape(value)}</{name}>" for name, value in named.items() if value is not None]
        return f"<item>{''.join(parts)}{guid or ''}</item>"


def rss(*items: Item, title: str = "联合早报") -> str:
    """An RSS 2.0 feed."""
    body = "".join(item.xml() for item in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{body}</channel></rss>'


def feed(*items: Item, etag: str | None = None, **more: Any) -> Answer:
    """An answer that serves `rss`."""
    headers = {"Content-Type": "application/rss+xml"} | ({"ETag": etag} if etag else {})
    return Answer(body=rss(*items), headers=headers, **more)


def prose(about: str, sentences: int = 12) -> str:
    """A text long enough to be an article, in Chinese."""
    return "".join(
        f"<p>{about}的第{number}段：天还没有亮，居民们就来到河边，谈起这几年的变化，大家都有说不完的话。</p>"
        for number in range(1, sentences + 1)
    )


def page(title: str, body: str, *, head: str = "", **more: Any) -> Answer:
    """An article page with navigation around it."""
    html = (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f'<nav><a href="/">首页</a> <a href="/world">国际</a></nav><article><h1>{title}</h1>{body}</article>'
        "<footer>版权所有</footer></body></html>"
    )
    more.setdefault("headers", {"Content-Type": "text/html; charset=utf-8"})
    return Answer(body=html, **more)


class Clock:
    """The true time, which a test may move on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **duration: float) -> None:
        self.ahead += timedelta(**duration)


class Installation:
    """A folder with `ingestd.toml` and `ingestd.db`. Polls run in this process, or through the command line.

    With `server_url` its database is one of PostgreSQL, which has the schema.
    """

    def __init__(
        self, folder: Path, server: Server, workers: WorkerPool, empty_database: Path, server_url: str | None = None
    ) -> None:
        self.folder, self.server, self.workers = folder, server, workers
        self.clock = Clock()
        self.started = 0
        #: The seconds for which the leases of its processes stand, where they are not the usual ones.
        self.lease_s: float | None = None
        self.path = folder / "ingestd.toml"
        self.database = folder / "ingestd.db"
        self.server_url = server_url
        if server_url is None:
            shutil.copy(empty_database, self.database)

    def configure(
        self, *sources: dict[str, Any], fetch: str = "", schedule: str = "", more: str = "", timeout: str = "10m"
    ) -> None:
        """Write the configuration; a source's `path` becomes its address on the server."""
        text = [
            f'[database]\nurl = "{self.url}"\n',
            '[fetch]\nmin_delay = "0s"\nper_host = 16\nallow_networks = ["127.0.0.0/8"]\n'
            f'timeout = "{timeout}"\n{fetch}',
            f'[schedule]\ninterval = "30m"\n{schedule}\n{more}',
        ]
        for source in sources:
            own = {"url": self.server.url(source["path"]), **source} if "path" in source else source
            pairs = (f"{key} = {_toml(value)}" for key, value in own.items() if key != "path")
            text.append("[[sources]]\n" + "\n".join(pairs))
        self.path.write_text("\n".join(text), encoding="utf-8")

    async def fetch(self, *names: str, force: bool = False) -> dict[str, Poll]:
        """Poll sources as `ingestd fetch` does: the poll of each, by name."""
        polls: dict[str, Poll] = {}
        async for context in self.open():
            stored = await context.database.writing(sources.sync, self.configured(), self.clock())
            wanted = select_sources(stored, list(names))
            await poll_sources(wanted, context, force=force, done=lambda poll: polls.update({poll.name: poll}))
        return polls

    async def fetch_one(self, name: str = "甲", *, force: bool = False) -> Poll:
        """Poll one source."""
        return (await self.fetch(name, force=force))[name]

    async def visit(self) -> int:
        """Make every visit that is due: how many there were."""
        count = 0
        async for context in self.open():
            stored = await context.database.writing(sources.sync, self.configured(), self.clock())
            by_id = {source.id: source for source in stored}
            enabled = {key: source for key, source in by_id.items() if source.enabled}
            while due := await revisits.claim_due(enabled, context):
                for visit in due:
                    await revisits.revisit(visit, enabled.get(visit.source_id or 0), context)
                count += len(due)
        return count

    async def open(self) -> Any:
        """The tools over this installation, once."""
        with Database(self.url) as database:
            config = load_config(self.path, {})
            async with open_poll_context(config, database, clock=self.clock, workers=self.workers) as context:
                yield context

    def configured(self) -> Any:
        """The sources of the configuration."""
        return configured_sources(load_config(self.path, {}))

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What the database holds."""
        if self.is_postgresql:
            return self._on_server(query, values, reads=True)
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self.server_url or f"sqlite:///{self.database}"

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is one of PostgreSQL."""
        return self.server_url is not None

    def _on_server(self, statement: str, values: tuple[object, ...], *, reads: bool = False) -> list[dict[str, Any]]:
        # The engine of ingestd: a change waits for its writers, as they do.
        engine = open_engine(self.url)
        with engine.execution_options(reads=reads).begin() as connection:
            found = connection.exec_driver_sql(statement.replace("%", "%%").replace("?", "%s"), values)
            rows = [dict(row) for row in found.mappings()] if found.returns_rows else []
        engine.dispose()
        return rows

    def value(self, query: str, *values: object) -> Any:
        """The first column of the first row."""
        return next(iter(self.rows(query, *values)[0].values()))

    def execute(self, statement: str, *values: object) -> None:
        """Change the database, as a user may."""
        if self.is_postgresql:
            self._on_server(statement, values)
            return
        with closing(sqlite3.connect(self.database, timeout=10)) as connection, connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(statement, values)

    def start(self, *arguments: str, **variables: str) -> Program:
        """A process of its own: `ingestd --config … ARGUMENTS`. Its output is in files named after its number."""
        self.started += 1
        out, err = (self.folder / f"{name}-{self.started}.txt" for name in ("out", "err"))
        return self._program(arguments, variables, out=out, err=err)

    def _program(
        self,
        arguments: tuple[str, ...],
        variables: dict[str, str],
        *,
        out: Path,
        err: Path,
    ) -> Program:
        words = ("--config", str(self.path), *arguments)
        # A stop is not cut short on a busy machine.
        return Program(
            *words, folder=ROOT, out=out, err=err, variables=variables, stop_timeout_s=HANG_S, lease_s=self.lease_s
        )

    @contextmanager
    def daemon(
        self, *, hurried: bool = False, through: Sequence[str] = (), **variables: str
    ) -> Iterator["Program | subprocess.Popen[str]"]:
        """A running daemon, its log in `daemon.log`; killed at the end where it still lives.

        Its stop is not cut short on a busy machine, except where it is `hurried`: it is then started as in service,
        by the program `through` where one is named, which must become the daemon.
        """
        log = self.folder / "daemon.log"
        log.touch()
        if hurried:
            process = self._service(log, variables, through)
        else:
            process = self._program(("run",), variables, out=Path(os.devnull), err=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def _service(
        self, log: Path, variables: dict[str, str], through: Sequence[str]
    ) -> "Program | subprocess.Popen[str]":
        with log.open("a", encoding="utf-8") as stream:
            return subprocess.Popen(
                [*through, sys.executable, "-m", "ingestd", "--config", str(self.path), "run"],
                cwd=ROOT,
                env={**os.environ, **variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stream,
                text=True,
            )

    def log(self) -> list[dict[str, Any]]:
        """The events that daemons have logged."""
        lines = (self.folder / "daemon.log").read_text(encoding="utf-8").splitlines()
        # A killed process leaves a word of Python's own about its semaphores.
        return [json.loads(line) for line in lines if line.startswith("{")]

    def stop(self, process: "Program | subprocess.Popen[str]", *, last: str = "stopped") -> None:
        """Send SIGTERM: the daemon says that it stops, ends well, and what it says last is `last`."""
        process.send_signal(signal.SIGTERM)
        assert process.wait(HANG_S) == 0
        said = [line["event"] for line in self.log()]
        assert "stopping" in said[len(said) - said[::-1].index("started") :]
        assert said[-1] == last

    def run(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        """A process of its own to its end: status, standard output, standard error."""
        process = self.start(*arguments, **variables)
        out, err = process.communicate(HANG_S)
        return process.wait(), out, err

    def command(self, *arguments: str) -> tuple[int, str, str]:
        """The same in this process and with the shared pool, which takes a tenth of the time."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_command(["--config", str(self.path), *arguments])
        for stream in (out, err):
            stream.seek(0)
        return status, out.read(), err.read()


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; fail where it does not come true."""
    end = time.monotonic() + HANG_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


__all__ = ["Clock", "Installation", "Item", "PollContext", "feed", "page", "prose", "rss", "until"]


@contextmanager
def installation_on(
    request: pytest.FixtureRequest, folder: Path, pool: WorkerPool, empty_database: Path
) -> Iterator[Installation]:
    """One on the database that is the parameter of a fixture, with a web server."""
    with Server() as server:
        if request.param == "sqlite":
            yield Installation(folder, server, pool, empty_database)
            return
        with request.getfixturevalue("postgresql_with_schema").lent() as url:
            yield Installation(folder, server, pool, empty_database, url)
