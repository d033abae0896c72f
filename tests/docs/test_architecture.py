"""docs/architecture.md agrees with the code: its packages, its layers, and the stops of one URL in a real poll."""

import asyncio
import importlib
import re
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, cast

import pytest

from ingestd.daemon.poller import Poller
from ingestd.model.poll import Poll
from ingestd.model.source import Source
from ingestd.poll.workers import WorkerPool
from ingestd.store import sources
from tests.support.in_process import InProcess
from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Server

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ingestd"
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
MAX_STOPS = 40
MAX_PACKAGES = 14


class Stop(NamedTuple):
    """One row of the table of stops; `file` is relative to the package."""

    number: int
    file: str
    function: str

    @property
    def module(self) -> str:
        return "ingestd." + self.file.removesuffix(".py").replace("/", ".")


STOPS = [
    Stop(int(number), file, function)
    for number, file, link, function in re.findall(r"^\| (\d+) \| \[(.+?)\]\((.+?)\) \| `(.+?)` \|", PAGE, re.MULTILINE)
    if link == f"../ingestd/{file}"
]


@contextmanager
def traced() -> Iterator[dict[tuple[str, str], None]]:
    """The (file, function) of every call inside the package, by all threads that start here, in order of first call."""
    calls: dict[tuple[str, str], None] = {}
    inside = f"{PACKAGE}/"

    def record(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(inside):
            calls.setdefault((code.co_filename.removeprefix(inside), code.co_qualname))

    before = sys.getprofile()
    threading.setprofile(record)
    sys.setprofile(record)
    try:
        yield calls
    finally:
        sys.setprofile(before)
        threading.setprofile(cast(Any, before))


def test_the_stops_are_few_and_numbered():
    assert [stop.number for stop in STOPS] == list(range(1, len(STOPS) + 1))
    assert len(STOPS) == len(re.findall(r"^\| \d+ \|", PAGE, re.MULTILINE)), "a link leads to another file than named"
    assert 30 <= len(STOPS) <= MAX_STOPS


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: f"{stop.file}:{stop.function}")
def test_every_stop_exists(stop: Stop):
    function = attrgetter(stop.function)(importlib.import_module(stop.module))
    assert callable(function)
    assert function.__module__ == stop.module, f"{stop.function} is only imported there"


async def test_a_poll_passes_every_stop_in_order(tmp_path: Path, empty_database: Path):
    with Server() as server:
        installation = Installation(tmp_path, server, cast(WorkerPool, InProcess()), empty_database)
        server.route("/f", feed(Item("一", server.url("/a/1"), text="河边的居民谈起这几年的变化。")))
        server.route("/a/1", page("一", prose("长江")))
        installation.configure({"name": "甲", "path": "/f"})
        with traced() as calls:
            async for context in installation.open():
                stored = await context.database.writing(sources.sync, installation.configured(), context.clock())
                ended = asyncio.Event()

                def polled(_source: Source, _poll: Poll, ended: asyncio.Event = ended) -> None:
                    ended.set()

                poller = Poller({source.id: source for source in stored}, context, max_polls=1, polled=polled)
                calls.clear()
                await poller.tick()
                await asyncio.wait_for(ended.wait(), 60)
        assert installation.value("SELECT body_origin FROM posts") == "page"
    order = list(calls)
    missing = [stop for stop in STOPS if (stop.file, stop.function) not in calls]
    assert not missing
    walked = sorted(STOPS, key=lambda stop: order.index((stop.file, stop.function)))
    assert walked == STOPS


def test_the_packages_are_those_of_the_tree():
    listed = re.findall(r"^\| \[(\w+)/\]\(\.\./ingestd/(\w+)\) \|", PAGE, re.MULTILINE)
    assert all(name == link for name, link in listed)
    there = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(name for name, _ in listed) == sorted(there)
    assert len(there) <= MAX_PACKAGES


def test_the_layers_are_those_of_the_import_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    drawn = re.findall(r"^```\n(__main__\n.*?)```$", PAGE, re.MULTILINE | re.DOTALL)
    assert [block.split("\n")[:-1] for block in drawn] == [layers]


def test_functions_that_other_tables_name_exist():
    """`function` in [file](link), and `Class.method` ([file](link)), of the rest of the page."""
    named = re.findall(r"`([A-Za-z_.]+)`(?: in |\s\()\s?\[[^\]]+\]\(\.\./(ingestd/[\w/]+)\.py\)", PAGE)
    assert len(named) >= 6
    for name, path in named:
        module = importlib.import_module(path.replace("/", "."))
        assert attrgetter(name)(module) is not None
