"""The installations of these tests: on SQLite, and on PostgreSQL.

Tests of what no database has a part in (how long the event loop is blocked, how many entries are read), and those that
look at the bytes of the file, name SQLite alone.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestd.poll.workers import WorkerPool
from tests.support.installation import Installation, installation_on


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(
    request: pytest.FixtureRequest, tmp_path: Path, shared_pool: WorkerPool, empty_database: Path
) -> Iterator[Installation]:
    """One installation of ingestd with a web server."""
    with installation_on(request, tmp_path, shared_pool, empty_database) as found:
        yield found
