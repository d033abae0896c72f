"""What is read for one scrape, or one health check: the state in the database, and the disk."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingestd.model.condition import Disk, SourcesSummary
from ingestd.model.errors import StoreError
from ingestd.policy.checks import Finding, Level, daemon_findings, disk_findings, polling_findings, summary_bounds
from ingestd.store.daemons import running_daemons
from ingestd.store.database import Database
from ingestd.store.newest_backup import newest_backup_at
from ingestd.store.notify_targets import all_targets
from ingestd.store.queues import database_bytes, queue_lengths
from ingestd.store.source_conditions import disk_of, sources_summary

#: Seconds for which what was read is given again, so that many scrapes cost no more than one.
CACHED_S = 5.0
#: Seconds that the database may take to answer.
READ_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class DaemonState:
    """The state at one time; `seen_at` is when this daemon last wrote its sign of life, `backup_at` when the newest
    backup was made."""

    at: datetime
    seen_at: datetime | None
    sources: SourcesSummary
    queues: Mapping[str, int]
    targets: Sequence[Mapping[str, Any]]
    database_bytes: int | None
    disk: Disk | None
    backup_at: datetime | None = None

    def findings(self) -> list[Finding]:
        """What is wrong with the daemon itself, not with sources: it cannot write, does not poll, has no disk."""
        return [
            *daemon_findings(self.seen_at, self.at),
            *polling_findings(self.sources, self.at),
            *disk_findings(self.disk),
        ]


class StateReader:
    """Reads the state, at most once in `CACHED_S`."""

    def __init__(
        self, database: Database, holder: str, clock: Callable[[], datetime], backups: Path | None = None
    ) -> None:
        """`backups` is the folder of backups, None where none are configured."""
        self._database = database
        self._backups = backups
        self._holder = holder
        self._clock = clock
        self._reading: asyncio.Task[DaemonState] | None = None
        self._read_at = 0.0

    async def read(self) -> DaemonState:
        """The present state. Raises StoreError, also where the database does not answer in time."""
        now = asyncio.get_running_loop().time()
        if self._reading is None or (self._reading.done() and now - self._read_at >= CACHED_S):
            self._reading, self._read_at = asyncio.create_task(self._read()), now
        try:
            # Others may wait for the same reading.
            return await asyncio.wait_for(asyncio.shield(self._reading), READ_TIMEOUT_S)
        except TimeoutError:
            raise StoreError(f"the database has not answered within {READ_TIMEOUT_S:g} s") from None

    async def close(self) -> None:
        """End a reading that is under way."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> DaemonState:
        now, reading = self._clock(), self._database.reading
        daemons = await reading(running_daemons)
        backup_at = None
        if self._backups is not None and self._database.path is not None:
            backup_at = await reading(newest_backup_at, self._database.path, self._backups)
        return DaemonState(
            at=now,
            seen_at=next((daemon.seen_at for daemon in daemons if daemon.holder == self._holder), None),
            sources=await reading(sources_summary, *summary_bounds(now)),
            queues=await reading(queue_lengths, now),
            targets=await reading(all_targets),
            database_bytes=database_bytes(self._database.path),
            disk=disk_of(self._database.path),
            backup_at=backup_at,
        )


def health(findings: Sequence[Finding]) -> tuple[int, str]:
    """Status and one line for a health check: 503 where something is critical."""
    told = "; ".join(finding.text for finding in findings)
    if any(finding.level is Level.CRITICAL for finding in findings):
        return 503, told
    return 200, f"ok; {told}" if told else "ok"
