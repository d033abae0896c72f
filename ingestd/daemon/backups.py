"""Backups at intervals, made in a thread: polls and writes go on meanwhile."""

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import datetime

from ingestd.config.logs import log_event
from ingestd.daemon.service import finish, guarded_tick, log_store_failure
from ingestd.model.errors import LeaseLostError, StoreError
from ingestd.store.backup_folder import BackupPlan, BackupResult, make_backup
from ingestd.store.backup_records import BACKUP_FAILED, Backup, last_attempts
from ingestd.store.database import Database

#: Seconds after which a backup is tried again that failed.
RETRY_S = 600.0


class Backups:
    """Makes a backup when the last good one is old enough; a service of the daemon."""

    interval_s = 15.0

    def __init__(
        self,
        database: Database,
        plan: BackupPlan,
        every_s: float,
        clock: Callable[[], datetime],
        lease: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`lease` is asked when a backup begins: the number of the lease under which it is recorded, if any."""
        self._database = database
        self._plan = plan
        self._every_s = every_s
        self._clock = clock
        self._lease = lease
        self._task: asyncio.Task[None] | None = None
        self._cancelled = threading.Event()

    @property
    def in_flight(self) -> int:
        """1 while a backup is made: a stop breaks it off, and the next start begins it anew."""
        return int(self._task is not None)

    async def start(self) -> None:
        """Begin a backup at once where one is due, in the background."""
        await guarded_tick(self)

    async def tick(self) -> None:
        """Begin a backup where one is due. Raises StoreError."""
        if self._task is not None or self._cancelled.is_set():
            return
        good, last = await self._database.reading(last_attempts)
        if is_due(good, last, self._every_s, self._clock()):
            self._task = asyncio.create_task(self._make(self._lease()), name="backup")
            self._task.add_done_callback(self._ended)

    async def stop(self, grace_s: float) -> None:
        """Break off the copy; what is left of it is removed."""
        self._cancelled.set()
        await finish([self._task] if self._task is not None else [], grace_s)

    def _ended(self, _task: "asyncio.Task[None]") -> None:
        self._task = None

    async def _make(self, lease: int | None) -> None:
        begin = asyncio.get_running_loop().time()
        try:
            made = await asyncio.to_thread(
                make_backup,
                self._database,
                self._plan,
                clock=self._clock,
                cancelled=self._cancelled.is_set,
                lease=lease,
            )
        except LeaseLostError as error:
            log_store_failure(error)
        except StoreError as error:
            if not self._cancelled.is_set():
                log_event(BACKUP_FAILED, level=logging.ERROR, error=str(error))
        else:
            _log(made, asyncio.get_running_loop().time() - begin)


def _log(made: BackupResult, seconds: float) -> None:
    failures = made.images.failures
    log_event(
        "backed-up",
        level=logging.WARNING if failures else logging.INFO,
        path=str(made.backup.path),
        bytes=made.backup.bytes,
        seconds=round(seconds, 3),
        images=made.images.copied,
        deleted=[path.name for path in made.deleted],
        **({"images_failed": len(failures), "error": failures[0]} if failures else {}),
    )


def is_due(good: Backup | None, last: Backup | None, every_s: float, now: datetime) -> bool:
    """Whether a backup is to be made: the last good one began `every_s` seconds ago, a failed one `RETRY_S`.

    A time in the future, after the clock was set back, does not delay it.
    """
    if last is not None and last.error is not None and 0 <= (now - last.ended_at).total_seconds() < RETRY_S:
        return False
    return good is None or not 0 <= (now - good.started_at).total_seconds() < every_s
