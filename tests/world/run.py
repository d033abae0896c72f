"""One run of a world: simulate it over a new database, and compare what is stored with what is true."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ingestd.store.database import Database
from tests.support.memory_folder import memory_folder
from tests.world.evidence import Evidence
from tests.world.invariants import violations
from tests.world.machine import Record, simulate
from tests.world.rows import Rows, read_rows
from tests.world.truth import World


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to: the violations by invariant, and how much was done."""

    world: World
    violations: dict[str, list[str]]
    polls: int
    requests: int


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for databases; in memory where the system has such a file system."""
    with tempfile.TemporaryDirectory(prefix="world-", dir=memory_folder()) as path:
        yield Path(path)


@cache
def _empty_database() -> bytes:
    with folder() as path:
        with Database(f"sqlite:///{path / 'empty.db'}") as database:
            database.upgrade(now=datetime.now(UTC))
        return (path / "empty.db").read_bytes()


def run_in(world: World, path: Path) -> tuple[Record, Rows]:
    """Run a world in a folder: the record and the rows."""
    database = path / "world.db"
    database.write_bytes(_empty_database())
    return simulate(world, database), read_rows(database)


def run(world: World) -> Result:
    """Run a world and check it."""
    with folder() as path:
        record, rows = run_in(world, path)
        found = violations(rows, Evidence(record))
    return Result(world, found, len(rows["polls"]), len(record.exchanges))


__all__ = ["Result", "folder", "run", "run_in", "shutil"]
