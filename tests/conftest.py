"""Fixtures for tests of more than one room, and the rule which tests `make quick` leaves out."""

import asyncio
import contextlib
import gc
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import hypothesis
import pytest

from ingestd.poll import open_context
from ingestd.poll.open_context import new_worker_pool
from ingestd.poll.workers import WorkerPool
from ingestd.store.database import Database
from tests.support.installation import Installation
from tests.support.memory_folder import memory_folder
from tests.support.other_user import OtherUser, acting_as_other_user
from tests.support.postgresql import administer, postgresql_server, postgresql_with_schema
from tests.support.server import Server

# `make test` gives hypothesis the same examples in every run, and no deadline: it neither fails by chance nor on a busy
# machine. `make fuzz` looks for new examples; what it prints can be pasted above the test.
_UNTIMED = hypothesis.settings(
    deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True, database=None
)
hypothesis.settings.register_profile("repeatable", _UNTIMED, derandomize=True)
hypothesis.settings.register_profile("random", _UNTIMED, max_examples=2_000)
hypothesis.settings.load_profile("repeatable")

# Fixtures of every room.
__all__ = ["administer", "postgresql_server", "postgresql_with_schema"]

#: Whoever takes one of these fixtures uses processes, and so has the marker `process`.
PROCESS_FIXTURES = {"pool", "postgresql_server", "simulator"}
#: Audit events of the interpreter that only a test with the marker `process` may cause.
PROCESS_EVENTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "time.sleep"}


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep the files of tests in memory; `--basetemp` names another folder, which is kept."""
    if config.option.basetemp is None and not hasattr(config, "workerinput") and (memory := memory_folder()):
        folder = tempfile.mkdtemp(prefix="ingestd-tests-", dir=memory)
        config.option.basetemp = f"{folder}/t"
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep what all tests share, some million objects, from the garbage collector: it would look through them often."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the marker `process` to tests by their fixtures and by the database that they run on.

    Tests that take long or wait for processes come first: at the end no worker of xdist is left alone with one, and the
    pool of processes and the server that forks daemons are started by few of its workers.
    """
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if PROCESS_FIXTURES & set(item.fixturenames) or "postgresql" in parameters:
            item.add_marker("process")
    items.sort(key=lambda item: not any(item.get_closest_marker(marker) for marker in ("process", "slow")))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One for each processor, and one more where tests are run that wait for processes."""
    return len(os.sched_getaffinity(0)) + ("not process" not in config.option.markexpr)


class ProcessGuard:
    """Fails a test of `make quick` that starts a process or sleeps."""

    def __init__(self) -> None:
        self.armed = False
        sys.addaudithook(self.audit)

    def audit(self, event: str, _arguments: object) -> None:
        """Called by the interpreter for everything that it reports."""
        # Threads may belong to the shared pool, which outlives the test that uses it.
        if self.armed and event in PROCESS_EVENTS and threading.current_thread() is threading.main_thread():
            raise AssertionError(f"{event} in a test without the marker `process`")

    @contextlib.contextmanager
    def hold(self, item: pytest.Item) -> Iterator[None]:
        """Hold a test to its markers."""
        self.armed = not any(item.get_closest_marker(marker) for marker in ("process", "slow"))
        try:
            yield
        finally:
            self.armed = False


_GUARD = ProcessGuard()
_start_process = BaseProcess.start


def _guarded_start(process: BaseProcess) -> None:
    _GUARD.audit("os.fork", ())  # multiprocessing reports nothing by itself
    _start_process(process)


BaseProcess.start = _guarded_start  # type: ignore[method-assign, assignment] # it has no hook of its own


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Hold fixtures to the markers of their test."""
    with _GUARD.hold(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Hold the test to its markers."""
    with _GUARD.hold(item):
        return (yield)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Undo what a command that ran in this process has set for the process's log."""
    yield
    log, root = logging.getLogger("ingestd"), logging.getLogger()
    for handler in log.handlers:
        root.removeHandler(handler)
    log.handlers.clear()
    log.propagate = True
    log.setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    """WorkerPool that many tests share, because a process takes a second to start."""
    workers = new_worker_pool()
    yield workers
    asyncio.run(workers.__aexit__())


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing else, to copy."""
    path: Path = tmp_path_factory.mktemp("database") / "empty.db"
    with Database(f"sqlite:///{path}") as database:
        database.upgrade(now=datetime.now(UTC))
    return path


@pytest.fixture
def shared_pool(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> WorkerPool:
    """The shared pool, also for commands and daemons that run in this process and would start one of their own."""
    monkeypatch.setattr(open_context, "new_worker_pool", lambda *_: contextlib.nullcontext(pool))
    return pool


@pytest.fixture
def installation(tmp_path: Path, shared_pool: WorkerPool, empty_database: Path) -> Iterator[Installation]:
    """One installation of ingestd with a web server."""
    with Server() as server:
        yield Installation(tmp_path, server, shared_pool, empty_database)


@pytest.fixture
def other_user() -> OtherUser:
    """A context manager in which this process acts as another user; only root can do that."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as another user")
    return acting_as_other_user
