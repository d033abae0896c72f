"""Fixtures for tests of more than one room."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestd.poll.open_context import new_worker_pool
from ingestd.poll.workers import WorkerPool
from ingestd.store.database import Database
from tests.support.installation import Installation
from tests.support.server import Server


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
def installation(tmp_path: Path, pool: WorkerPool, empty_database: Path) -> Iterator[Installation]:
    """One installation of ingestd with a web server."""
    with Server() as server:
        yield Installation(tmp_path, server, pool, empty_database)
