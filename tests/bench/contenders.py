"""The archivers that the bench compares: how each is set up, run, and asked what it has stored."""

import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.bench.simulator import ROOT


@dataclass(frozen=True, slots=True)
class Options:
    """How the polls are made: article pages or not, requests in flight; how often each yardstick is measured."""

    pages: bool = False
    concurrency: int = 32
    per_host: int = 2
    min_delay: str = "0s"
    yardstick_rounds: int = 5
    more: Mapping[str, str] = field(default_factory=dict)


class Contender(Protocol):
    """One archiver. `room` is an empty folder of its own; the database in it grows over the phases of one run."""

    name: str
    #: Whether it keeps validators from its second poll on only; that poll is then made, and not measured.
    late_validators: bool

    def missing(self) -> str | None:
        """Why it cannot run here, or None."""

    def prepare(self, room: Path, urls: list[str], options: Options) -> None:
        """Make the sources known, without polling them."""

    def command(self, room: Path) -> list[str]:
        """What polls every source once."""

    def posts(self, room: Path) -> int:
        """How many entries are stored."""


def count(database: Path, table: str) -> int:
    """Rows of a table, 0 where there is no database yet."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return found


def environment() -> dict[str, str]:
    """This process's environment without variables that could change what a contender does."""
    return {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("INGESTD_", "NOTIFY_", "PYTHON")) and "proxy" not in k.lower()
    }


class Ingestd:
    """What this repository builds, by its command line alone."""

    name = "ingestd"
    late_validators = False

    def missing(self) -> str | None:
        return None if (ROOT / "ingestd" / "__main__.py").exists() else "it has no command line yet"

    def prepare(self, room: Path, urls: list[str], options: Options) -> None:
        (room / "ingestd.toml").write_text(configuration(room, urls, options))

    def command(self, room: Path) -> list[str]:
        return [sys.executable, "-m", "ingestd", "fetch", "--json", "--config", str(room / "ingestd.toml")]

    def daemon(self, room: Path) -> list[str]:
        """What polls sources for as long as it runs."""
        return [sys.executable, "-m", "ingestd", "run", "--config", str(room / "ingestd.toml")]

    def posts(self, room: Path) -> int:
        return count(room / "ingestd.db", "posts")


def configuration(room: Path, urls: list[str], options: Options) -> str:
    """A configuration file of ingestd that polls the simulated sites without politeness delays.

    A run without sources has one that is disabled: the start, and nothing else, is then measured.
    """
    article = "always" if options.pages else "never"
    more = "".join(f"{key} = {value}\n" for key, value in options.more.items())
    head = (
        f"[database]\nurl = {json.dumps(f'sqlite:///{room}/ingestd.db')}\n\n"
        f"[fetch]\nconcurrency = {options.concurrency}\n"
        f'per_host = {options.per_host}\nmin_delay = "{options.min_delay}"\nallow_networks = ["127.0.0.0/8"]\n{more}\n'
    )
    tables = [
        f'[[sources]]\nname = "Feed {n}"\nurl = {json.dumps(url)}\narticle = "{article}"\n'
        for n, url in enumerate(urls)
    ] or ['[[sources]]\nname = "None"\nurl = "http://127.1.0.1:9/"\nenabled = false\n']
    return head + "\n".join(tables)


class Newsboat:
    """newsboat, reloading all feeds without its screen."""

    name = "newsboat"
    late_validators = True

    def missing(self) -> str | None:
        return None if shutil.which("newsboat") else "not installed"

    def prepare(self, room: Path, urls: list[str], options: Options) -> None:
        (room / "config").write_text("reload-threads 4\nmax-items 0\ncleanup-on-quit no\n")
        (room / "urls").write_text("\n".join(urls or ["http://127.1.0.1:9/"]) + "\n")

    def command(self, room: Path) -> list[str]:
        return ["newsboat", "-u", f"{room}/urls", "-C", f"{room}/config", "-c", f"{room}/cache.db", "-x", "reload"]

    def posts(self, room: Path) -> int:
        return count(room / "cache.db", "rss_item")


class Reader:
    """The `reader` library."""

    name = "reader"
    late_validators = False

    def missing(self) -> str | None:
        return None if importlib.util.find_spec("reader") else "not installed"

    def prepare(self, room: Path, urls: list[str], options: Options) -> None:
        (room / "urls").write_text("\n".join(urls))
        subprocess.run([*self.command(room), "add"], cwd=ROOT, check=True, env=environment())

    def command(self, room: Path) -> list[str]:
        return [sys.executable, "-m", "tests.bench.reader_run", f"{room}/reader.db", f"{room}/urls"]

    def posts(self, room: Path) -> int:
        return count(room / "reader.db", "entries")


class Plain:
    """feedparser, httpx and SQLAlchemy, put together plainly."""

    name = "plain"
    late_validators = False
    options = Options()

    def missing(self) -> str | None:
        return None

    def prepare(self, room: Path, urls: list[str], options: Options) -> None:
        self.options = options
        (room / "urls").write_text("\n".join(urls))

    def command(self, room: Path) -> list[str]:
        module = [sys.executable, "-m", "tests.bench.plain", *(["--pages"] if self.options.pages else [])]
        bounds = [f"--concurrency={self.options.concurrency}"]
        return [*module, f"--database={room}/plain.db", f"--urls={room}/urls", *bounds]

    def posts(self, room: Path) -> int:
        return count(room / "plain.db", "entries")


_EVERY: tuple[Contender, ...] = (Ingestd(), Newsboat(), Reader(), Plain())
ALL = {contender.name: contender for contender in _EVERY}
